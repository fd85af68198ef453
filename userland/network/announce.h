/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Telling the neighbours outside where an address is now. */
#ifndef VZLITE_NETWORK_ANNOUNCE_H
#define VZLITE_NETWORK_ANNOUNCE_H

#include "address.h"

/*
 * Tell all on the interface @index that @a is at its MAC address: whoever knew the address
 * at another, of the machine that the VE was on before, sends to the new one at once. One
 * packet, an ARP announcement (RFC 5227) or an unsolicited neighbour advertisement (RFC
 * 4861, 7.2.6). Nobody waits for an answer. 0 or an errno; an interface that is down, or not
 * Ethernet, has nobody to be told.
 */
int announce(int index, const struct address *a);

#endif
