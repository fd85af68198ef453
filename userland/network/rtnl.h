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

/* Of the namespace that we are in now; NULL: out of memory or descriptors. It hears the kernel
 * alone: in a VE its root may send to it, too. */
struct nl_sock *rtnl_open(void);

/* A request with its fixed part, NULL: out of memory; and send it (NULL is ENOMEM). */
struct nl_msg *rtnl_request(int type, int flags, const void *header, size_t size);
int rtnl_tell(struct nl_sock *sock, struct nl_msg *msg);
/* The same, and give @reply the answer, or with NLM_F_DUMP each, if there is one. */
int rtnl_ask(struct nl_sock *sock, struct nl_msg *msg,
	     void (*reply)(struct nlmsghdr *nlh, void *arg), void *arg);

/* Two joined ends of veth. */
struct rtnl_pair {
	const char *name, *peer;	/* the host's end, and the other */
	const uint8_t *mac, *peer_mac;	/* 6 bytes each */
	int netns;			/* where the other one is made */
	uint32_t group;			/* of the host's end; 0: the kernel's, as below */
	uint32_t mtu;			/* of both */
};

/* Both ends are down, and on no bridge. */
int rtnl_make_pair(struct nl_sock *host, const struct rtnl_pair *pair);
/* Give @reply what the kernel says of the interface @name. ENODEV: there is none. */
int rtnl_get_link(struct nl_sock *sock, const char *name,
		  void (*reply)(struct nlmsghdr *nlh, void *arg), void *arg);
/* Its interface number, 0 when there is none. */
int rtnl_index(struct nl_sock *sock, const char *name);
bool rtnl_is_up(struct nl_sock *sock, const char *name);
/* Bring it up, without addresses that the kernel would choose: that of the VE, or the
 * host's end as its router, which forwards, and believes nobody; neither of these with ARP;
 * or the host's end of what the admin bridges, which believes nobody and does not forward
 * IPv4. In one step it is put on @bridge (0: left where it is), as wide as that is: @mtu. */
enum rtnl_side { RTNL_INSIDE, RTNL_ROUTER, RTNL_PORT };
int rtnl_raise(struct nl_sock *sock, int index, enum rtnl_side side, int bridge, uint32_t mtu);
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
