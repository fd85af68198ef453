/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What can be set on a VE beside the beancounters (resource.h): one row a
 * config key and option. Parsers, `set`, help, manual page and completion follow
 * this table.
 */
#ifndef VZLITE_SETTING_H
#define VZLITE_SETTING_H

#include "cgroup_limits.h"
#include "config.h"
#include "exitcode.h"

/* Where a setting takes effect in a VE that runs. */
enum setting_apply {
	APPLY_START,	/* at its next start, or whenever it is looked at */
	APPLY_CGROUP,
	APPLY_HOSTNAME,
	APPLY_NAME,
	APPLY_FEATURES,
	APPLY_NETWORK,	/* addresses */
	APPLY_NETIF,	/* interfaces beside venet0 */
	APPLY_NAT,
	APPLY_RATE,
	APPLY_RESOLVER,	/* its /etc/resolv.conf */
	APPLY_DISK,	/* also of one that does not run */
};

struct setting {
	const char *key;
	const char *option;		/* without "--"; NULL: none, `adopt` writes it */
	const char *argument;		/* for help: "yes|no" */
	const char *help;
	size_t offset;			/* in struct config */
	/* A string with its rule, or a number in min .. max, or an amount of
	 * memory that is written as the limit of a resource. */
	bool (*valid)(const char *value);
	const char *rule;
	/* The option changes a part of a string: *@out is all of it, malloc'ed. NULL,
	 * or why not. */
	const char *(*change)(const char *now, const char *given, char **out, char *reason,
			      size_t size);
	uint64_t min, max;
	const char *unit;		/* may stand behind the number */
	enum exitcode bad;		/* of a bad value; 0: EXIT_BAD_VALUE */
	bool join;			/* given several times, it is one list */
	bool memory;
	bool settable;			/* by `set`; the others only by create */
	bool one_ve;			/* no two VEs share it: no default for all */
	bool label;			/* no limit: in a file a bad value is told, and no more */
	bool adopted;			/* also of an adopted VE; others are its engine's */
	enum setting_apply apply;
	enum cgroup_limit limit;	/* with APPLY_CGROUP */
};

extern const struct setting settings[];
extern const size_t setting_count;

/* What a word before "=" stands for: a resource, or a setting. */
struct key {
	int resource;			/* -1: @setting it is */
	const struct setting *setting;	/* NULL: @resource it is */
};

/* False when @word is neither; both are then none. */
bool key_find(const char *word, struct key *key);

/* NULL when there is none. */
const struct setting *setting_by_option(const char *option);

/* Parse @value into *c. NULL, or why not (static text, or @reason filled). */
const char *setting_parse(struct config *c, const struct key *key, const char *value,
			  char *reason, size_t size);

#endif
