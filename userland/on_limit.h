/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is to be done when a VE hits a limit, after FreeBSD's rctl. ON_LIMIT of its
 * configuration holds rules with blanks between, one for each resource at most:
 *   ON_LIMIT="numproc=log numfile=exec:/usr/local/sbin/on-limit"
 * Stored here; carried out by eventd.
 */
#ifndef VZLITE_ON_LIMIT_H
#define VZLITE_ON_LIMIT_H

#include "resource.h"

enum limit_action {
	LIMIT_NONE,
	LIMIT_LOG,
	LIMIT_FREEZE,	/* all tasks of the VE */
	LIMIT_STOP,	/* as `vzlite stop` */
	LIMIT_EXEC,	/* a program of the host's */
};

struct limit_rule {
	enum limit_action action;
	const char *text;	/* in the list: "log", "exec:/path"; not NUL terminated */
	size_t len;
	const char *path;	/* of exec, in the same text; NULL of others */
	size_t path_len;
};

/* Rules by resource. False, and *@bad is the bad rule's first character, when one is
 * no RESOURCE=none|log|freeze|stop|exec:/PATH; of two for one resource the last
 * counts, and an empty action is none. */
bool on_limit_parse(const char *list, struct limit_rule rules[VZLITE_RESOURCE_COUNT],
		    const char **bad);
bool on_limit_valid(const char *list);

/*
 * Put the rules of @given into @list (NULL: an empty one), which are valid; @given
 * of "" or "none" empties it. *@out is malloc'ed. NULL, or why not (@reason filled):
 * a rule of @given is none, or its program is not one that root alone can change.
 */
const char *on_limit_change(const char *list, const char *given, char **out, char *reason,
			    size_t size);

#endif
