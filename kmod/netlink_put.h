/* SPDX-License-Identifier: GPL-2.0-only */
/* Replies: what a message says. -EMSGSIZE when it does not fit; the caller then
 * drops the message. */
#ifndef VZLITE_NETLINK_PUT_H
#define VZLITE_NETLINK_PUT_H

#include <net/netlink.h>
#include <uapi/vzlite.h>

struct vz_end;
struct vz_hit;
struct vz_ve;

/* Do not sleep; @ve is kept by the caller (RCU or a reference). */
int vz_put_ve(struct sk_buff *skb, struct vz_ve *ve, unsigned long unused);
/* Of the resources whose bit @mask has. */
int vz_put_counters(struct sk_buff *skb, struct vz_ve *ve, unsigned long mask);
int vz_put_limit_event(struct sk_buff *skb, struct vz_ve *ve,
		       enum vzlite_resource resource, const struct vz_hit *hit);
int vz_put_end_event(struct sk_buff *skb, struct vz_ve *ve, const struct vz_end *end);

/* Sleeps: takes the registry's mutex. Also -ENOMEM. */
int vz_put_module(struct sk_buff *skb);

#endif
