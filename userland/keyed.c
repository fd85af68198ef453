// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "keyed.h"

static const void *item(const struct keyed *k, const void *items, int i)
{
	return (const char *)items + i * k->item;
}

static const char *key(const struct keyed *k, const void *items, int i)
{
	return *(const char *const *)((const char *)item(k, items, i) + k->key);
}

/* Has one of the first @n of @items this key? */
static bool have(const struct keyed *k, const void *items, int n, const char *wanted)
{
	for (int i = 0; i < n; i++)
		if (!strcmp(key(k, items, i), wanted))
			return true;
	return false;
}

int keyed_parse(const struct keyed *k, const char *list, char *text, void *items, const char **bad)
{
	size_t used = 0, len;
	int n = 0;

	for (list = list ? list : ""; *(list += strspn(list, " \t")); list += len) {
		len = strcspn(list, " \t");
		if (bad)
			*bad = list;
		if (n == k->max || used + len + 1 > k->text)
			return -1;
		memcpy(text + used, list, len);
		text[used + len] = '\0';
		if (!k->parse(text + used, (char *)items + n * k->item) ||
		    have(k, items, n, key(k, items, n)))
			return -1;
		used += len + 1;
		n++;
	}
	return n;
}

static void put(const struct keyed *k, FILE *out, const void *what)
{
	k->put(out, ftell(out) > 0 ? " " : "", what);
}

static const char *join(const struct keyed *k, const void *items, int n, const void *given, int count,
			bool keep, char **out)
{
	size_t size;
	FILE *file;

	*out = NULL;
	file = open_memstream(out, &size);
	if (!file)
		return "out of memory";
	for (int i = 0; i < n; i++)
		if (!have(k, given, count, key(k, items, i)))
			put(k, file, item(k, items, i));
	for (int i = 0; keep && i < count; i++)
		put(k, file, item(k, given, i));
	if (!fclose(file) && *out)
		return NULL;
	free(steal_ptr(*out));
	return "out of memory";
}

const char *keyed_put(const struct keyed *k, const void *items, int n, const void *given, int count,
		      char **out)
{
	return join(k, items, n, given, count, true, out);
}

const char *keyed_take(const struct keyed *k, const void *items, int n, const void *given, int count,
		       char **out)
{
	return join(k, items, n, given, count, false, out);
}
