/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All VEs that have a network now, as it is written down. */
#ifndef VZLITE_NETWORK_MEMBERS_H
#define VZLITE_NETWORK_MEMBERS_H

#include "network/rtnl.h"
#include "network/rules.h"

struct members {
	struct member *list;
	size_t n;
};

/*
 * Read them. What is left of those whose link is gone is removed on the way, but for
 * VE @ctid: its own is put last, where there is room for it, whether it has any or not.
 */
int __must_check members_read(struct members *m, uint32_t ctid, struct nl_sock *host);
void members_free(struct members *m);
#define cleanup_members __attribute__((cleanup(members_free)))

static inline struct network *members_own(const struct members *m)
{
	return &m->list[m->n].net;
}

/* Answer for the address number @i of @net where it is to be, if there is such an interface. 0 or
 * the kernel's errno. */
int members_add_proxy(struct nl_sock *host, const struct network *net, size_t i);
/* Stop answering for the address number @i of @net. */
void members_drop_proxy(struct nl_sock *host, const struct network *net, size_t i);

#endif
