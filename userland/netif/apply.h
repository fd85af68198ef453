/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VZLITE_NETIF_APPLY_H
#define VZLITE_NETIF_APPLY_H

#include "netif.h"

struct nl_sock;

/* What is worked on. */
struct work {
	uint32_t ctid;
	struct nl_sock *host;
	int netns;		/* the VE's */
	uint64_t rate;		/* of each link, bytes a second, 0: no limit */
};

/* See netif_apply(), netif_mend(), netif_rate() and netif_clear(). @wanted is complete. */
int __must_check apply(struct work *w, const struct netifs *wanted);
int __must_check mend(struct work *w);
int __must_check limit_rate(struct work *w);
int __must_check clear(struct work *w);

#endif
