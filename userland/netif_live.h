/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The interfaces of netif.h in VEs that run. What a VE has is written down, before it is
 * made, in /run/vzlite/CTID.netif, in the configuration's form. The work is that of
 * vzlite-netif (netif/), a program of its own, which only VEs with such need.
 *
 * The host's end lets in what comes from the VE's own MAC address and no other, by a
 * filter of traffic control that goes with it: on a bridge a VE must not be taken for
 * another. What IP addresses it uses there is between the VE and who else is on the bridge.
 */
#ifndef VZLITE_NETIF_LIVE_H
#define VZLITE_NETIF_LIVE_H

#include "config.h"
#include "ids.h"
#include "netif.h"

#define NETIF_HELPER VZLITE_LIBEXECDIR "/vzlite-netif"

/* Is there anything? Costs a system call. */
bool netif_there(uint32_t ctid);
/* Read what is written down; nothing is no error. */
int __must_check netif_read(uint32_t ctid, struct netifs *list);
int __must_check netif_write(uint32_t ctid, const struct netifs *list);
void netif_forget(uint32_t ctid);
/* Add all for which something is written down. */
int __must_check netif_list(struct ids *ids);

/*
 * EXIT_NETIF when the host's end or the MAC address of one of @text is another VE's, in its
 * configuration or now, or when its bridge is not there; not of those that are in @known
 * (may be NULL) just so. @strict and the lock: as of network_check().
 */
int __must_check netif_check(uint32_t ctid, const char *text, const char *known, bool strict);

/* Have VE @ctid, whose init is @pidfd, have the interfaces of @text (NULL or "": none)
 * and no other of ours; those that are made are as fast as @rate says. A failure may leave a
 * part. */
int __must_check netif_apply(uint32_t ctid, int pidfd, const char *text, const char *rate);
/* Have all be as fast as @rate says (rate.h; NULL or "": no limit). */
int __must_check netif_rate(uint32_t ctid, const char *rate);
/* Remove all of a VE that is dead, or dies. */
int __must_check netif_clear(uint32_t ctid);

/* Is one of these off its bridge, which is there: @bridge, NULL: any? Costs some system calls. A
 * record that cannot be read has its line, and is taken for one. */
bool netif_off_bridge(uint32_t ctid, const char *bridge);
/* Put back those that are, with a line each. */
int __must_check netif_mend(uint32_t ctid);

#endif
