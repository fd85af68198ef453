/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Links, addresses, routes and neighbours of one network namespace. Functions return 0
 * or the kernel's errno, and print nothing. */
#ifndef VZLITE_NETWORK_RTNL_H
#define VZLITE_NETWORK_RTNL_H

#include <netlink/msg.h>

#include "address.h"

struct nl_sock;

static inline void cleanup_msg_(struct nl_msg **msg) { nlmsg_free(*msg); }
#define cleanup_msg __attribute__((cleanup(cleanup_msg_)))

/* Of the namespace that we are in now; NULL: out of memory or descriptors. */
struct nl_sock *rtnl_open(void);

/* A request with its fixed part, NULL: out of memory; and send it (NULL is ENOMEM). */
struct nl_msg *rtnl_request(int type, int flags, const void *header, size_t size);
int rtnl_tell(struct nl_sock *sock, struct nl_msg *msg);

/* Make the pair @name and, in the namespace @netns, @peer; both with @mac. It is down. */
int rtnl_make_pair(struct nl_sock *host, const char *name, const char *peer, int netns,
		   const uint8_t mac[6], uint32_t group);
/* Its interface number, 0 when there is none. */
int rtnl_index(struct nl_sock *sock, const char *name);
/* Bring it up, without ARP and addresses that the kernel would choose. @router: as that
 * of the VE, which forwards, and believes nobody. */
int rtnl_raise(struct nl_sock *sock, int index, bool router);
int rtnl_delete_link(struct nl_sock *sock, int index);

int rtnl_add_address(struct nl_sock *sock, int index, const struct address *a);
int rtnl_delete_address(struct nl_sock *sock, int index, const struct address *a);
/* All of @family goes by @index. */
int rtnl_add_default(struct nl_sock *sock, int index, int family);

/* ENETUNREACH and the like when there is no way to it. *@type is RTN_*, *@index where it leads. */
int rtnl_find_route(struct nl_sock *sock, const struct address *a, int *type, int *index);
int rtnl_add_route(struct nl_sock *sock, int index, const struct address *a);
int rtnl_delete_route(struct nl_sock *sock, int index, const struct address *a);
/* Answer for it there. */
int rtnl_add_proxy(struct nl_sock *sock, int index, const struct address *a);
int rtnl_delete_proxy(struct nl_sock *sock, int index, const struct address *a);

#endif
