/* SPDX-License-Identifier: GPL-2.0-or-later */
/* By which interface the host would reach an address that a VE has, without the VE's own route. */
#ifndef VZLITE_NETWORK_WAY_H
#define VZLITE_NETWORK_WAY_H

#include "address.h"

struct nl_sock;

struct way {
	const struct address *a;
	int own;		/* the VE's link, 0: there is none */
	int now;		/* where the host answers for it, 0: nowhere */
	int best;		/* found: where it should, 0: nowhere */
	int length, now_length;	/* of the prefixes that lead there, -1: none does */
	uint32_t metric;
};

/*
 * Find @best for all @n of @ways; 0 or the kernel's errno. It is @now, as long as a route leads there
 * (by any table: the admin's rules may choose one of his own) and none of the main table's is more
 * precise, or where none leads anywhere.
 */
int ways_find(struct nl_sock *host, struct way *ways, size_t n);

#endif
