// SPDX-License-Identifier: GPL-2.0-only
#include <net/genetlink.h>

#include "netlink.h"
#include "netlink_parse.h"
#include "netlink_put.h"
#include "ve.h"

/* A literal, since 6.1 formats nothing. */
#define NOT_ENFORCED "a limit that is set, or none at all, cannot be enforced: see MODULE_GET, and the kernel's log"

static struct genl_family vz_family;

/* The bounds are 600 bytes: too much for the stack beside the rest. */
static struct vz_bound *bounds_alloc(void)
{
	return kcalloc(VZLITE_RESOURCE_COUNT, sizeof(struct vz_bound), GFP_KERNEL);
}

static int vz_netlink_ve_new(struct sk_buff *skb, struct genl_info *info)
{
	char name[VZLITE_VE_NAME_MAX + 1];
	struct vz_bound *bounds;
	struct cgroup *cgroup;
	int ret;
	u32 id;

	ret = vz_request_check(info, true);
	if (ret)
		return ret;
	id = nla_get_u32(info->attrs[VZLITE_A_VE_ID]);
	ret = vz_parse_name(info, name);
	if (ret < 0)
		return ret;
	if (!ret)
		snprintf(name, sizeof(name), "%u", id);

	bounds = bounds_alloc();
	if (!bounds)
		return -ENOMEM;
	ret = vz_parse_counters(info->attrs[VZLITE_A_COUNTERS], bounds, info->extack);
	if (ret)
		goto out;
	cgroup = vz_parse_cgroup(info);
	ret = PTR_ERR_OR_ZERO(cgroup);
	if (ret)
		goto out;
	ret = vz_ve_new(id, name, cgroup, bounds, vz_parse_features(info));
	if (ret)
		cgroup_put(cgroup);
	if (ret == -EEXIST)
		GENL_SET_ERR_MSG(info, "the id, the name or the cgroup is a VE already");
	else if (ret == -EINVAL)
		GENL_SET_ERR_MSG(info, "the cgroup is the root, or 64 or more levels below it");
	else if (ret == -EBUSY)
		GENL_SET_ERR_MSG(info, "the cgroup lies above or below another VE's");
	else if (ret == -EOPNOTSUPP)
		GENL_SET_ERR_MSG(info, NOT_ENFORCED);
out:
	kfree(bounds);
	return ret;
}

static int vz_netlink_ve_set(struct sk_buff *skb, struct genl_info *info)
{
	char name[VZLITE_VE_NAME_MAX + 1];
	struct vz_bound *bounds;
	int named, ret;

	ret = vz_request_check(info, true);
	if (ret)
		return ret;
	if (info->attrs[VZLITE_A_CGROUP_FD] || info->attrs[VZLITE_A_CGROUP_ID]) {
		GENL_SET_ERR_MSG(info, "a VE's cgroup cannot be changed");
		return -EINVAL;
	}
	named = vz_parse_name(info, name);
	if (named < 0)
		return named;
	bounds = bounds_alloc();
	if (!bounds)
		return -ENOMEM;
	ret = vz_parse_counters(info->attrs[VZLITE_A_COUNTERS], bounds, info->extack);
	if (!ret)
		ret = vz_ve_set(nla_get_u32(info->attrs[VZLITE_A_VE_ID]),
				named ? name : NULL, bounds, vz_parse_features(info));
	if (ret == -EOPNOTSUPP)
		GENL_SET_ERR_MSG(info, NOT_ENFORCED);
	kfree(bounds);
	return ret;
}

static int vz_netlink_ve_delete(struct sk_buff *skb, struct genl_info *info)
{
	int ret = vz_request_check(info, true);

	if (ret)
		return ret;
	ret = vz_ve_delete(nla_get_u32(info->attrs[VZLITE_A_VE_ID]),
			   info->attrs[VZLITE_A_RELEASE]);
	if (ret == -EBUSY)
		GENL_SET_ERR_MSG(info, "tasks live in the VE's cgroup");
	return ret;
}

typedef int (*put_fn)(struct sk_buff *skb, struct vz_ve *ve, unsigned long mask);

/* One VE's message, in answer to a request that names it. */
static int reply_one(struct genl_info *info, u8 cmd, put_fn put, unsigned long mask)
{
	struct sk_buff *skb;
	struct vz_ve *ve;
	void *header;
	int ret;

	ret = vz_request_check(info, true);
	if (ret)
		return ret;
	skb = genlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);
	if (!skb)
		return -ENOMEM;
	header = genlmsg_put_reply(skb, info, &vz_family, 0, cmd);
	if (!header) {
		nlmsg_free(skb);
		return -EMSGSIZE;
	}
	rcu_read_lock();
	ve = vz_ve_find(nla_get_u32(info->attrs[VZLITE_A_VE_ID]));
	ret = ve ? put(skb, ve, mask) : -ENOENT;
	rcu_read_unlock();
	if (ret) {
		nlmsg_free(skb);
		return ret;
	}
	genlmsg_end(skb, header);
	return genlmsg_reply(skb, info);
}

static int vz_netlink_ve_get(struct sk_buff *skb, struct genl_info *info)
{
	return reply_one(info, VZLITE_CMD_VE_GET, vz_put_ve, 0);
}

static int vz_netlink_counter_get(struct sk_buff *skb, struct genl_info *info)
{
	if (info->attrs[VZLITE_A_VE_ID])
		vz_sample_refresh_id(nla_get_u32(info->attrs[VZLITE_A_VE_ID]));
	return reply_one(info, VZLITE_CMD_COUNTER_GET, vz_put_counters,
			 vz_parse_mask(info->attrs[VZLITE_A_RESOURCE_MASK]));
}

/* Dumps: args[0] is the key of the next VE, args[1] the mask. */
static int dump_start(struct netlink_callback *cb)
{
	unsigned long mask;
	int ret = vz_dump_check(cb, &mask);

	cb->args[1] = ret ? 0 : mask;
	return ret;
}

static int dump_all(struct sk_buff *skb, struct netlink_callback *cb, u8 cmd, put_fn put)
{
	unsigned long key = cb->args[0];
	struct vz_ve *ve;
	void *header;

	rcu_read_lock();
	cb->seq = atomic_read(&vz_registry_generation);
	for (; (ve = vz_ve_first(&key)) && key <= VZLITE_VE_ID_MAX; key++) {
		if (READ_ONCE(ve->zombie))
			continue;
		header = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
				     &vz_family, NLM_F_MULTI, cmd);
		if (!header)
			break;
		genl_dump_check_consistent(cb, header);
		if (put(skb, ve, cb->args[1])) {
			genlmsg_cancel(skb, header);
			break;
		}
		genlmsg_end(skb, header);
	}
	rcu_read_unlock();
	cb->args[0] = key;
	return skb->len;
}

static int vz_netlink_ve_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	return dump_all(skb, cb, VZLITE_CMD_VE_GET, vz_put_ve);
}

static int vz_netlink_counter_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	return dump_all(skb, cb, VZLITE_CMD_COUNTER_GET, vz_put_counters);
}

static int vz_netlink_module_get(struct sk_buff *request, struct genl_info *info)
{
	struct sk_buff *skb;
	void *header;
	int ret;

	ret = vz_request_check(info, false);
	if (ret)
		return ret;
	skb = genlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);
	if (!skb)
		return -ENOMEM;
	header = genlmsg_put_reply(skb, info, &vz_family, 0, VZLITE_CMD_MODULE_GET);
	ret = header ? vz_put_module(skb) : -EMSGSIZE;
	if (ret) {
		nlmsg_free(skb);
		return ret;
	}
	genlmsg_end(skb, header);
	return genlmsg_reply(skb, info);
}

/* A message of @cmd, begun: NULL when nobody listens, or an error. */
static struct sk_buff *event_begin(u8 cmd, void **header)
{
	struct sk_buff *skb;

	if (!genl_has_listeners(&vz_family, &init_net, 0))
		return NULL;
	skb = genlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);
	if (!skb)
		return ERR_PTR(-ENOMEM);
	*header = genlmsg_put(skb, 0, 0, &vz_family, 0, cmd);
	if (*header)
		return skb;
	nlmsg_free(skb);
	return ERR_PTR(-EMSGSIZE);
}

/* @ret: of what was put into it. */
static int event_send(struct sk_buff *skb, void *header, int ret)
{
	if (ret) {
		nlmsg_free(skb);
		return ret;
	}
	genlmsg_end(skb, header);
	/* A listener that is lost or late is told so by its socket. */
	genlmsg_multicast(&vz_family, skb, 0, 0, GFP_KERNEL);
	return 0;
}

int vz_netlink_limit_event(struct vz_ve *ve, enum vzlite_resource resource,
			   const struct vz_hit *hit)
{
	void *header;
	struct sk_buff *skb = event_begin(VZLITE_CMD_LIMIT_EVENT, &header);

	return IS_ERR_OR_NULL(skb) ? PTR_ERR(skb) :
	       event_send(skb, header, vz_put_limit_event(skb, ve, resource, hit));
}

int vz_netlink_end_event(struct vz_ve *ve, const struct vz_end *end)
{
	void *header;
	struct sk_buff *skb = event_begin(VZLITE_CMD_END_EVENT, &header);

	return IS_ERR_OR_NULL(skb) ? PTR_ERR(skb) :
	       event_send(skb, header, vz_put_end_event(skb, ve, end));
}

/* The family */

static const struct genl_ops vz_ops[] = {
	{
		.cmd		= VZLITE_CMD_MODULE_GET,
		.flags		= GENL_ADMIN_PERM,
		.policy		= vz_none_policy,
		.maxattr	= ARRAY_SIZE(vz_none_policy) - 1,
		.doit		= vz_netlink_module_get,
	},
	{
		.cmd		= VZLITE_CMD_VE_NEW,
		.flags		= GENL_ADMIN_PERM,
		.policy		= vz_ve_policy,
		.maxattr	= ARRAY_SIZE(vz_ve_policy) - 1,
		.doit		= vz_netlink_ve_new,
	},
	{
		.cmd		= VZLITE_CMD_VE_SET,
		.flags		= GENL_ADMIN_PERM,
		.policy		= vz_ve_policy,
		.maxattr	= ARRAY_SIZE(vz_ve_policy) - 1,
		.doit		= vz_netlink_ve_set,
	},
	{
		.cmd		= VZLITE_CMD_VE_GET,
		.flags		= GENL_ADMIN_PERM,
		.policy		= vz_id_policy,
		.maxattr	= ARRAY_SIZE(vz_id_policy) - 1,
		.doit		= vz_netlink_ve_get,
		.start		= dump_start,
		.dumpit		= vz_netlink_ve_dump,
	},
	{
		.cmd		= VZLITE_CMD_VE_DEL,
		.flags		= GENL_ADMIN_PERM,
		.policy		= vz_del_policy,
		.maxattr	= ARRAY_SIZE(vz_del_policy) - 1,
		.doit		= vz_netlink_ve_delete,
	},
	{
		.cmd		= VZLITE_CMD_COUNTER_GET,
		.flags		= GENL_ADMIN_PERM,
		.policy		= vz_counter_get_policy,
		.maxattr	= ARRAY_SIZE(vz_counter_get_policy) - 1,
		.doit		= vz_netlink_counter_get,
		.start		= dump_start,
		.dumpit		= vz_netlink_counter_dump,
	},
};

static const struct genl_multicast_group vz_mcgrps[] = {
	{ .name = VZLITE_GENL_MCGRP, .flags = GENL_MCAST_CAP_NET_ADMIN },
};

static struct genl_family vz_family = {
	.name		= VZLITE_GENL_NAME,
	.version	= VZLITE_GENL_VERSION,
	.maxattr	= VZLITE_A_MAX,
	.netnsok	= false,
	/* Our own mutex orders what must be; installing hooks takes long, and
	 * must not hold up every other family of the machine. */
	.parallel_ops	= true,
	.module		= THIS_MODULE,
	.ops		= vz_ops,
	.n_ops		= ARRAY_SIZE(vz_ops),
	.resv_start_op	= VZLITE_CMD_UNSPEC,
	.mcgrps		= vz_mcgrps,
	.n_mcgrps	= ARRAY_SIZE(vz_mcgrps),
};

int vz_netlink_init(void)
{
	return genl_register_family(&vz_family);
}

void vz_netlink_exit(void)
{
	genl_unregister_family(&vz_family);
}
