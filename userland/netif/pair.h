/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A pair of veth, whose host's end is to be on a bridge, by netlink. Functions return 0 or
 * the kernel's errno, and print nothing. */
#ifndef VZLITE_NETIF_PAIR_H
#define VZLITE_NETIF_PAIR_H

#include "netif.h"

struct nl_sock;

struct link {
	int index;		/* 0: there is none */
	char kind[16];		/* "veth", "bridge"; "": a device */
	uint8_t mac[MAC_SIZE];
	uint32_t mtu;
	int bridge;		/* or another master that it is on, 0: none */
	bool up;
};

/* The host's interface @name. */
int pair_find(struct nl_sock *host, const char *name, struct link *link);
/* Is it the host's end of @n? A name may have become somebody else's. */
bool pair_is(const struct link *link, const struct netif *n);
/* Make @n, with the VE's end in @netns, both ends @mtu wide (0: the kernel's). Both are down,
 * and on no bridge: who raises new links on the host must not open one before its filter is
 * there. EEXIST: the VE has such a name, if the host has not. */
int pair_make(struct nl_sock *host, const struct netif *n, int netns, uint32_t mtu);

#endif
