/* SPDX-License-Identifier: GPL-2.0-only */
/* The generic netlink family; the protocol is in include/uapi/vzlite.h. */
#ifndef VZLITE_NETLINK_H
#define VZLITE_NETLINK_H

#include <uapi/vzlite.h>

struct vz_end;
struct vz_hit;
struct vz_ve;

int vz_netlink_init(void);
void vz_netlink_exit(void);

/* Multicast one LIMIT_EVENT. 0, also when nobody listens; -ENOMEM: not sent.
 * Sleeps. @ve is kept by the caller. */
int vz_netlink_limit_event(struct vz_ve *ve, enum vzlite_resource resource,
			   const struct vz_hit *hit);
/* The same for an END_EVENT. */
int vz_netlink_end_event(struct vz_ve *ve, const struct vz_end *end);

#endif
