/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The host's packet filter for all VEs: the table "inet vzlite" of nftables. */
#ifndef VZLITE_NETWORK_RULES_H
#define VZLITE_NETWORK_RULES_H

#include "network.h"

/* The network of a VE. */
struct member {
	uint32_t ctid;
	struct network net;
};

/*
 * Make the table that of @members and of no other VE, whatever it is now; without any
 * there is none. All at once: no packet sees a part of it. @ended: who has just
 * stopped, or NULL. EXIT_ADD_IP with its line.
 */
int __must_check rules_write(uint32_t ctid, const struct member *members, size_t n,
			     const struct member *ended);
/* Are the tables there that @members need? @counted: also that which knows their connections, if they need it. */
bool rules_there(const struct member *members, size_t n, bool *counted);

#endif
