/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a command line sets on a VE: the options of `create` and `set`, which are
 * the rows of setting.h and resource.h. */
#ifndef VZLITE_GIVEN_H
#define VZLITE_GIVEN_H

#include "config.h"

#define GIVEN_MAX 128

struct given {
	struct {
		const char *option, *value;	/* option without "--" */
	} list[GIVEN_MAX];
	size_t n;
	bool save;				/* --save; not of create */
};

/* Take all options, up to the first argument that is none of them. @creating:
 * also what only create may set, and no --save. */
int __must_check given_parse(int argc, char **argv, bool creating, struct given *g);
/* Into *c: it is changed up to the first bad value, whose line is printed. */
int __must_check given_apply(const struct given *g, struct config *c);

/* EXIT_BAD_NAME when c->name is another VE's. The caller holds host_lock("ids")
 * until the name is saved. */
int __must_check given_check_name(const struct config *c);

#endif
