/* SPDX-License-Identifier: GPL-2.0-only */
/* Requests: what each command takes (its policy), and reading it. All or nothing:
 * an error has its reason in the extended acknowledgement. Process context. */
#ifndef VZLITE_NETLINK_PARSE_H
#define VZLITE_NETLINK_PARSE_H

#include <net/genetlink.h>
#include <uapi/vzlite.h>

struct cgroup;
struct vz_bound;

extern const struct nla_policy vz_none_policy[VZLITE_A_PAD + 1];
extern const struct nla_policy vz_id_policy[VZLITE_A_VE_ID + 1];
extern const struct nla_policy vz_ve_policy[VZLITE_A_FEATURES + 1];
extern const struct nla_policy vz_del_policy[VZLITE_A_RELEASE + 1];
extern const struct nla_policy vz_counter_get_policy[VZLITE_A_RESOURCE_MASK + 1];

/* No attribute stands twice, and VE_ID is there if @needs_id. */
int vz_request_check(struct genl_info *info, bool needs_id);

/* The same of a dump's request, which names no VE. @mask: of RESOURCE_MASK, or all. */
int vz_dump_check(struct netlink_callback *cb, unsigned long *mask);

/* RESOURCE_MASK; without it all resources. */
unsigned long vz_parse_mask(const struct nlattr *mask);

/* @name: room for VZLITE_VE_NAME_MAX + 1 bytes. 1 when there is one, 0, or an error. */
int vz_parse_name(struct genl_info *info, char *name);

/* @counters (may be NULL) into @bounds[VZLITE_RESOURCE_COUNT]. */
int vz_parse_counters(const struct nlattr *counters, struct vz_bound *bounds,
		      struct netlink_ext_ack *extack);

/* FEATURES; without it nothing is selected. */
struct nla_bitfield32 vz_parse_features(struct genl_info *info);

/* The cgroup by fd or id, with a reference for the caller; or ERR_PTR. */
struct cgroup *vz_parse_cgroup(struct genl_info *info);

#endif
