/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VZLITE_NETWORK_APPLY_H
#define VZLITE_NETWORK_APPLY_H

#include "network/members.h"

/* What is worked on. */
struct work {
	uint32_t ctid;
	char name[IFNAMSIZ];		/* the host's end */
	struct members members;
	struct nl_sock *host, *ve;	/* @ve: only with a VE */
	int netns;			/* the VE's */
	uint64_t rate;			/* bytes a second, 0: no limit */
};

/* See network_apply() and network_clear(). A link that is made gets its rate. The caller holds the lock of all networks. */
int __must_check apply(struct work *w, const struct addresses *wanted, bool nat);
/* See network_rate(). */
int __must_check limit_rate(struct work *w);
int __must_check clear(struct work *w);

#endif
