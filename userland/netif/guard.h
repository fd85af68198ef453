/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the host's end of a pair lets in. */
#ifndef VZLITE_NETIF_GUARD_H
#define VZLITE_NETIF_GUARD_H

#include "netif.h"

struct nl_sock;

#define GUARD_PRIORITY 1	/* of its filter: before a rate's */

/*
 * What comes by the host's end @index is dropped unless its source is @mac (NULL: any); and what
 * is addressed to the bridge itself (spanning tree, LLDP, pause: 01:80:c2:00:00:0x) always: by
 * it a VE could have the host's port of a switch shut. Where it is not @bridged, but the host's own,
 * so is what would redirect the host's routes, and what is for its loopback. It is in force before
 * this returns, and changed in one step. 0 or the kernel's errno.
 */
int guard(struct nl_sock *host, int index, const uint8_t *mac, bool bridged);

#endif
