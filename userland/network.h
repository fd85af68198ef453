/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The network of a VE: OpenVZ's venet, of stock parts. A pair of veth joins the VE's
 * venet0 with the host's vzCTID. There is no layer 2 to share: both ends have the same
 * MAC address and do without ARP and NDP, so that nobody can be asked who has an
 * address, or be told a lie. The VE sends all to its router, 169.254.1.1 or fe80::1, which
 * is nobody and everything behind the other end. The host routes exactly the VE's
 * addresses there, and answers for them (ARP, NDP) on the interface by which it would
 * have reached them without the VE. What comes from the VE with any other source is
 * dropped by nftables, table "inet vzlite", before anything else looks at it: one
 * chain and one set for all VEs, told by the interface's group.
 *
 * Two things are on request. A link's rate is limited in both directions by traffic control
 * on the host's end. With NAT what a VE sends from a private address leaves the host from
 * the host's own address (table "inet vzlite_nat").
 *
 * All of that is the work of vzlite-network (network/), a program of its own, which
 * only VEs with addresses need. What it makes it writes down before, in
 * /run/vzlite/CTID.network; of a VE whose link is gone, with its network namespace, it
 * removes the rest, whichever VE it was called for.
 */
#ifndef VZLITE_NETWORK_H
#define VZLITE_NETWORK_H

#include <net/if.h>

#include "address.h"
#include "config.h"
#include "ids.h"

#define NETWORK_GROUP 30330	/* of the host's ends: "vz" in ASCII */
#define NETWORK_TABLE "vzlite"	/* of nftables, family inet, as the next */
#define NETWORK_NAT_TABLE "vzlite_nat"

/* "vz101" */
void network_link_name(uint32_t ctid, char name[IFNAMSIZ]);

/* What was made for a VE: its addresses, and on which interface the host answers for
 * each ("": on none). */
struct network {
	bool nat;		/* what is private of them goes out as the host's */
	struct addresses addresses;
	char device[ADDRESSES_MAX][IFNAMSIZ];
};

/* Is there anything? Costs a system call. */
bool network_there(uint32_t ctid);
/* Read what is written down; nothing is no error. */
int __must_check network_read(uint32_t ctid, struct network *net);
int __must_check network_write(uint32_t ctid, const struct network *net);
void network_forget(uint32_t ctid);
/* Add all for which something is written down. */
int __must_check network_list(struct ids *ids);

/*
 * EXIT_IP_IN_USE when an address of @text is another VE's, in its configuration or in
 * force. The caller holds host_lock("ids") until @text is saved or in force, or wants to
 * know no more than what a file that was copied says: then, with @strict false, another
 * VE's file that cannot be read has its line, and that is all.
 */
int __must_check network_check(uint32_t ctid, const char *text, bool strict);

/* Have VE @ctid, whose init is @pidfd, have the addresses of @text (NULL or "": none)
 * and no other, whatever it has now; a link that is made is as fast as @rate says. A failure
 * may leave a part. */
int __must_check network_apply(uint32_t ctid, int pidfd, const char *text, bool nat, const char *rate);
/* Have its link be as fast as @rate says (rate.h; NULL or "": no limit), if it has one. */
int __must_check network_rate(uint32_t ctid, const char *rate);
/* Remove all of a VE that is dead, or dies. */
int __must_check network_clear(uint32_t ctid);
/* Is @device the host's end of what was made for a VE? */
bool network_is_link(const char *device);
/* Does the host answer on @device for some VE? */
bool network_uses(const char *device);
/* Has a VE an address of @family in the network of which @net are the first @bits? */
bool network_within(int family, const uint8_t *net, unsigned int bits);
/* Make again what others have taken away of all VEs' networks on the host. The filter: when it is
 * gone; in any case, as it may be another one; or others have changed it, of which a line tells. */
enum network_rules { RULES_LOOK, RULES_WRITE, RULES_CHANGED };
extern const char *const network_rules_words[];
int __must_check network_mend(enum network_rules rules);

#endif
