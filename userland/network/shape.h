/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How fast packets go, by the kernel's traffic control. */
#ifndef VZLITE_NETWORK_SHAPE_H
#define VZLITE_NETWORK_SHAPE_H

#include "util.h"

struct nl_sock;

/*
 * At most @bytes a second each way through the host's end @index; 0: as fast as it can.
 * Towards the VE packets wait (tbf), from the VE those too many are dropped (police), as
 * they would wait at the host's expense. 0 or the kernel's errno.
 */
int shape(struct nl_sock *host, int index, uint64_t bytes);

#endif
