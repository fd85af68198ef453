/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What rose between two looks at the counters of all VEs: `stats -w`. A VE that was
 * not there at the last look has counted from 0 since; so has one whose failcnt is
 * lower than it was, which is another VE under the same CTID.
 */
#ifndef VZLITE_RISE_H
#define VZLITE_RISE_H

#include <time.h>

#include "json.h"
#include "module.h"

struct rise {
	const struct module_ve *ve;
	enum vzlite_resource resource;
	const struct counter *counter;
	uint64_t by;		/* what failcnt rose by: not 0 */
};

struct looks {
	struct look *last, *now;	/* in order of CTID */
	size_t n_last, n_now, room;
	bool any;			/* there was a look before */
};

void looks_free(struct looks *l);
#define cleanup_looks __attribute__((cleanup(looks_free)))

/* One VE of this look: @cb for each resource that rose; none does at the first look.
 * Returns what @cb returns when that is not 0, or an exitcode with its line. */
int __must_check looks_add(struct looks *l, const struct module_ve *ve,
			   const struct counter counters[VZLITE_RESOURCE_COUNT],
			   int (*cb)(const struct rise *rise, void *arg), void *arg);
/* All VEs of this look were added. */
void looks_end(struct looks *l);

void rise_header(FILE *out);
void rise_row(FILE *out, const struct rise *rise, time_t when);
/* One object on one line. */
void rise_json(FILE *out, const struct rise *rise, time_t when);

#endif
