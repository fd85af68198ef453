/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How fast packets go, by the kernel's traffic control. */
#ifndef VZLITE_NETWORK_SHAPE_H
#define VZLITE_NETWORK_SHAPE_H

#include <linux/pkt_sched.h>

#include "util.h"

struct nl_sock;

#define SHAPE_INGRESS TC_H_MAKE(TC_H_INGRESS, 0)

/*
 * At most @bytes a second each way through the host's end @index; 0: as fast as it can.
 * Towards the VE packets wait (tbf), from the VE those too many are dropped (police), as
 * they would wait at the host's expense. 0 or the kernel's errno. From one limit to another
 * the old or the new one is in force at any time. With @guard the qdisc of what comes from
 * the VE is not ours to make or remove, for it has filters with that priority (guard.h):
 * ours come after these, with the next two.
 */
int shape(struct nl_sock *host, int index, uint64_t bytes, uint16_t guard);
/* That qdisc; there already is as good. */
int shape_ingress(struct nl_sock *host, int index);

#endif
