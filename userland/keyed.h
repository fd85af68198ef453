/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lists of a configuration, words with blanks between, each with a key that no other has:
 * BINDMOUNT's is the target, DEVNODES' the node's name. */
#ifndef VZLITE_KEYED_H
#define VZLITE_KEYED_H

#include "util.h"

struct keyed {
	size_t item, key;	/* an item's size, and where in it the key is, a string */
	int max;		/* items */
	size_t text;		/* what @text of keyed_parse() has room for */
	/* One word, which is cut up, and stays. False: it is none. */
	bool (*parse)(char *word, void *item);
	/* As parse takes it, behind @blank; or nothing. */
	void (*put)(FILE *out, const char *blank, const void *item);
};

/* Each of @list (NULL: none) as one of @items, whose strings are in @text. How many, or -1,
 * with the first bad word in *@bad, if that is not NULL. */
int keyed_parse(const struct keyed *k, const char *list, char *text, void *items, const char **bad);

/* As setting.h's change: the @n of @items, but those with the key of one of the @count of
 * @given; with keyed_put() then these themselves. NULL, or why not. */
const char *keyed_put(const struct keyed *k, const void *items, int n, const void *given, int count,
		      char **out);
const char *keyed_take(const struct keyed *k, const void *items, int n, const void *given, int count,
		       char **out);

#endif
