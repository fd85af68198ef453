/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a command line sets on a VE: the options of `create`, `set` and `adopt`, which
 * are the rows of setting.h and resource.h. */
#ifndef VZLITE_GIVEN_H
#define VZLITE_GIVEN_H

#include "config.h"

#define GIVEN_MAX 128

struct given {
	struct {
		const char *option, *value;	/* option without "--" */
	} list[GIVEN_MAX];
	size_t n;
	bool save;				/* --save, of set */
	bool ignored;				/* something that does nothing was given, too */
	const char *cgroup;			/* --cgroup, of adopt; NULL: not given */
};

/* By whom; create may also set what set may not. */
enum given_by { GIVEN_SET, GIVEN_CREATE, GIVEN_ADOPT };

/* Take all options, up to the first argument that is none of them. */
int __must_check given_parse(int argc, char **argv, enum given_by by, struct given *g);
/* Into *c: it is changed up to the first bad value, whose line is printed. */
int __must_check given_apply(const struct given *g, struct config *c);

/* Is it left to an adopted VE's engine, what this option, which is one of the above, sets? */
bool given_engines(const char *option);
/* EXIT_BAD_OPTION when something is given that is. */
int __must_check given_check_adopted(const struct given *g, uint32_t ctid);
/* What --ipadd and --ipdel make of the addresses in force, which may not be those of the
 * file: *@old and *@live (both malloc'ed) are before and after. *@nat: is NAT in force?
 * @c: before. */
int __must_check given_live_addresses(const struct given *g, const struct config *c, char **old,
				      char **live, bool *nat);

/* The same of --netif_add and the like (netif.h) of a VE that is @running, or is not and so has
 * none; and into *c, after given_apply(), what these have left open, as it is in @live (NULL:
 * nothing is) where it is there. */
int __must_check given_live_netifs(const struct given *g, const struct config *c, bool running,
				   char **old, char **live);
int __must_check given_complete_netifs(struct config *c, const char *live);

/* A line about what was given and limits nothing. */
void given_warn(const struct given *g, const struct config *c);

/* EXIT_BAD_NAME when c->name is another VE's. The caller holds host_lock("ids")
 * until the name is saved. */
int __must_check given_check_name(const struct config *c);

#endif
