/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What `list` knows of all VEs at once. */
#ifndef VZLITE_LIVES_H
#define VZLITE_LIVES_H

#include "config_shared.h"
#include "table.h"

/* What is asked for once for all VEs. What the module knows are two dumps, of which the
 * second may tell of more. */
struct lives {
	struct live {
		uint32_t ctid;
		struct counter counters[VZLITE_RESOURCE_COUNT];
	} *list;
	size_t n, room;
	struct module_ve *ves;
	size_t n_ves;
	struct config_shared shared;
	struct ids suspended;
	struct ids lost;	/* were started, and have no file: whoever took it away */
	bool defaults;		/* are known, be it that there are none */
	bool disk;		/* what their files take is shown */
};

void lives_free(struct lives *l);
#define cleanup_lives __attribute__((cleanup(lives_free)))

/* Ask the module, only for what is shown. */
int __must_check lives_ask(struct lives *l, const struct column *columns, int n);
/* What it has told of a VE; NULL: nothing. */
const struct counter *lives_counters(const struct lives *l, uint32_t ctid);
const struct module_ve *lives_ve(const struct lives *l, uint32_t ctid);

#endif
