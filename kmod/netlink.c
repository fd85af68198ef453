// SPDX-License-Identifier: GPL-2.0-only
#include <linux/ctype.h>
#include <net/genetlink.h>

#include "hook.h"
#include "netlink.h"
#include "ve.h"
#include "version.h"

/* Policies: one a nest level and command; what a command does not list is
 * unknown to it. */

/* Not const: 6.1 takes a pointer to non-const. */
static struct netlink_range_validation value_range = {
	.max = VZLITE_UNLIMITED,
};
static struct netlink_range_validation id_range = {
	.min = VZLITE_VE_ID_MIN,
	.max = VZLITE_VE_ID_MAX,
};

static const struct nla_policy counter_policy[VZLITE_COUNTER_A_MAX + 1] = {
	[VZLITE_COUNTER_A_RESOURCE]	= NLA_POLICY_MAX(NLA_U32, VZLITE_RESOURCE_COUNT - 1),
	[VZLITE_COUNTER_A_BARRIER]	= NLA_POLICY_FULL_RANGE(NLA_U64, &value_range),
	[VZLITE_COUNTER_A_LIMIT]	= NLA_POLICY_FULL_RANGE(NLA_U64, &value_range),
};

static const struct nla_policy counter_item_policy[VZLITE_ITEM_MAX + 1] = {
	[VZLITE_ITEM]		= NLA_POLICY_NESTED(counter_policy),
};

/* One more than needed: with a maxattr of 0 the family's would be used on it. */
static const struct nla_policy none_policy[VZLITE_A_PAD + 1] = {
	[VZLITE_A_UNSPEC]	= { .type = NLA_REJECT },
	[VZLITE_A_PAD]		= { .type = NLA_REJECT },
};

static const struct nla_policy id_policy[VZLITE_A_VE_ID + 1] = {
	[VZLITE_A_VE_ID]	= NLA_POLICY_FULL_RANGE(NLA_U32, &id_range),
};

static const struct nla_policy ve_policy[VZLITE_A_COUNTERS + 1] = {
	[VZLITE_A_VE_ID]	= NLA_POLICY_FULL_RANGE(NLA_U32, &id_range),
	[VZLITE_A_VE_NAME]	= { .type = NLA_NUL_STRING, .len = VZLITE_VE_NAME_MAX },
	[VZLITE_A_CGROUP_FD]	= { .type = NLA_U32 },
	[VZLITE_A_CGROUP_ID]	= { .type = NLA_U64 },
	[VZLITE_A_COUNTERS]	= NLA_POLICY_NESTED(counter_item_policy),
};

static struct genl_family vz_family;

/* Requests */

/* A second attribute of one type would silently win over the first. */
static int refuse_duplicates(const struct nlattr *head, int len,
			     struct netlink_ext_ack *extack)
{
	const struct nlattr *attr;
	u64 seen = 0;
	int rem;

	BUILD_BUG_ON(VZLITE_A_MAX >= 64 || VZLITE_COUNTER_A_MAX >= 64);
	nla_for_each_attr(attr, head, len, rem) {
		if (seen & BIT_ULL(nla_type(attr) & 63)) {
			NL_SET_ERR_MSG_ATTR(extack, attr, "attribute stands twice");
			return -EINVAL;
		}
		seen |= BIT_ULL(nla_type(attr) & 63);
	}
	return 0;
}

static int request_check(struct genl_info *info, bool needs_id)
{
	if (needs_id && !info->attrs[VZLITE_A_VE_ID]) {
		GENL_SET_ERR_MSG(info, "VE_ID is missing");
		return -EINVAL;
	}
	return refuse_duplicates(genlmsg_data(info->genlhdr),
				 genlmsg_len(info->genlhdr), info->extack);
}

static int parse_counter(const struct nlattr *item, struct vz_bound *bounds,
			 struct netlink_ext_ack *extack)
{
	struct nlattr *tb[VZLITE_COUNTER_A_MAX + 1];
	struct vz_bound *bound;
	int ret;

	ret = refuse_duplicates(nla_data(item), nla_len(item), extack);
	if (ret)
		return ret;
	ret = nla_parse_nested(tb, VZLITE_COUNTER_A_MAX, item, counter_policy, extack);
	if (ret)
		return ret;
	if (!tb[VZLITE_COUNTER_A_RESOURCE] || !tb[VZLITE_COUNTER_A_BARRIER] ||
	    !tb[VZLITE_COUNTER_A_LIMIT]) {
		NL_SET_ERR_MSG_ATTR(extack, item, "RESOURCE, BARRIER and LIMIT are required");
		return -EINVAL;
	}
	bound = &bounds[nla_get_u32(tb[VZLITE_COUNTER_A_RESOURCE])];
	if (bound->set) {
		NL_SET_ERR_MSG_ATTR(extack, item, "resource stands twice");
		return -EINVAL;
	}
	bound->barrier = nla_get_u64(tb[VZLITE_COUNTER_A_BARRIER]);
	bound->limit = nla_get_u64(tb[VZLITE_COUNTER_A_LIMIT]);
	bound->set = true;
	if (bound->barrier > bound->limit) {
		NL_SET_ERR_MSG_ATTR(extack, item, "barrier is above limit");
		return -EINVAL;
	}
	return 0;
}

static int parse_counters(const struct nlattr *counters, struct vz_bound *bounds,
			  struct netlink_ext_ack *extack)
{
	const struct nlattr *item;
	int rem, ret;

	if (!counters)
		return 0;
	nla_for_each_nested(item, counters, rem) {
		if (nla_type(item) != VZLITE_ITEM) {
			NL_SET_ERR_MSG_ATTR(extack, item, "not an ITEM");
			return -EINVAL;
		}
		ret = parse_counter(item, bounds, extack);
		if (ret)
			return ret;
	}
	return 0;
}

static bool name_valid(const char *name)
{
	if (!*name || *name == '-' || *name == '.')
		return false;
	for (; *name; name++) {
		if (!isascii(*name) || (!isalnum(*name) && !strchr("_.+-", *name)))
			return false;
	}
	return true;
}

/* @name: room for VZLITE_VE_NAME_MAX + 1 bytes. 1 when there is one, 0, or an error. */
static int parse_name(struct genl_info *info, char *name)
{
	const struct nlattr *attr = info->attrs[VZLITE_A_VE_NAME];

	if (!attr)
		return 0;
	nla_strscpy(name, attr, VZLITE_VE_NAME_MAX + 1);
	if (!name_valid(name)) {
		NL_SET_ERR_MSG_ATTR(info->extack, attr, "not a valid name");
		return -EINVAL;
	}
	return 1;
}

static struct cgroup *parse_cgroup(struct genl_info *info)
{
	const struct nlattr *fd = info->attrs[VZLITE_A_CGROUP_FD];
	const struct nlattr *id = info->attrs[VZLITE_A_CGROUP_ID];

	if (!fd == !id) {
		GENL_SET_ERR_MSG(info, "exactly one of CGROUP_FD and CGROUP_ID is required");
		return ERR_PTR(-EINVAL);
	}
	return fd ? cgroup_get_from_fd(nla_get_u32(fd)) : cgroup_get_from_id(nla_get_u64(id));
}

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

	ret = request_check(info, true);
	if (ret)
		return ret;
	id = nla_get_u32(info->attrs[VZLITE_A_VE_ID]);
	ret = parse_name(info, name);
	if (ret < 0)
		return ret;
	if (!ret)
		snprintf(name, sizeof(name), "%u", id);

	bounds = bounds_alloc();
	if (!bounds)
		return -ENOMEM;
	ret = parse_counters(info->attrs[VZLITE_A_COUNTERS], bounds, info->extack);
	if (ret)
		goto out;
	cgroup = parse_cgroup(info);
	ret = PTR_ERR_OR_ZERO(cgroup);
	if (ret)
		goto out;
	ret = vz_ve_new(id, name, cgroup, bounds);
	if (ret)
		cgroup_put(cgroup);
	if (ret == -EEXIST)
		GENL_SET_ERR_MSG(info, "the id, the name or the cgroup is a VE already");
	else if (ret == -EBUSY)
		GENL_SET_ERR_MSG(info, "the cgroup lies above or below another VE's");
	else if (ret == -EOPNOTSUPP)
		GENL_SET_ERR_MSG(info, "no resource can be enforced: see the kernel log");
out:
	kfree(bounds);
	return ret;
}

static int vz_netlink_ve_set(struct sk_buff *skb, struct genl_info *info)
{
	char name[VZLITE_VE_NAME_MAX + 1];
	struct vz_bound *bounds;
	int named, ret;

	ret = request_check(info, true);
	if (ret)
		return ret;
	if (info->attrs[VZLITE_A_CGROUP_FD] || info->attrs[VZLITE_A_CGROUP_ID]) {
		GENL_SET_ERR_MSG(info, "a VE's cgroup cannot be changed");
		return -EINVAL;
	}
	named = parse_name(info, name);
	if (named < 0)
		return named;
	bounds = bounds_alloc();
	if (!bounds)
		return -ENOMEM;
	ret = parse_counters(info->attrs[VZLITE_A_COUNTERS], bounds, info->extack);
	if (!ret)
		ret = vz_ve_set(nla_get_u32(info->attrs[VZLITE_A_VE_ID]),
				named ? name : NULL, bounds);
	kfree(bounds);
	return ret;
}

static int vz_netlink_ve_delete(struct sk_buff *skb, struct genl_info *info)
{
	int ret = request_check(info, true);

	if (ret)
		return ret;
	ret = vz_ve_delete(nla_get_u32(info->attrs[VZLITE_A_VE_ID]));
	if (ret == -EBUSY)
		GENL_SET_ERR_MSG(info, "tasks live in the VE's cgroup");
	return ret;
}

/* Replies */

static int put_u64(struct sk_buff *skb, int type, u64 value)
{
	return nla_put_u64_64bit(skb, type, value, VZLITE_COUNTER_A_PAD);
}

static int put_counter(struct sk_buff *skb, struct vz_ve *ve, enum vzlite_resource resource)
{
	struct vz_counter_values values;
	struct nlattr *item;

	vz_counter_read(&ve->bc.counter[resource], &values);
	item = nla_nest_start(skb, VZLITE_ITEM);
	if (!item ||
	    nla_put_u32(skb, VZLITE_COUNTER_A_RESOURCE, resource) ||
	    put_u64(skb, VZLITE_COUNTER_A_HELD, values.held) ||
	    put_u64(skb, VZLITE_COUNTER_A_MAXHELD, values.maxheld) ||
	    put_u64(skb, VZLITE_COUNTER_A_BARRIER, values.barrier) ||
	    put_u64(skb, VZLITE_COUNTER_A_LIMIT, values.limit) ||
	    put_u64(skb, VZLITE_COUNTER_A_FAILCNT, values.failcnt) ||
	    nla_put_u32(skb, VZLITE_COUNTER_A_ENFORCER, vz_resource_enforcer(resource)))
		return -EMSGSIZE;
	nla_nest_end(skb, item);
	return 0;
}

static int put_identity(struct sk_buff *skb, struct vz_ve *ve)
{
	char name[VZLITE_VE_NAME_MAX + 1];

	vz_ve_copy_name(ve, name);
	if (nla_put_u32(skb, VZLITE_A_VE_ID, ve->id) ||
	    nla_put_string(skb, VZLITE_A_VE_NAME, name))
		return -EMSGSIZE;
	return 0;
}

static int put_ve(struct sk_buff *skb, struct vz_ve *ve)
{
	if (put_identity(skb, ve) ||
	    nla_put_u64_64bit(skb, VZLITE_A_CGROUP_ID, cgroup_id(ve->cgroup), VZLITE_A_PAD) ||
	    nla_put_u8(skb, VZLITE_A_POPULATED, cgroup_is_populated(ve->cgroup)))
		return -EMSGSIZE;
	return 0;
}

static int put_counters(struct sk_buff *skb, struct vz_ve *ve)
{
	struct nlattr *counters;
	int i;

	if (put_identity(skb, ve))
		return -EMSGSIZE;
	counters = nla_nest_start(skb, VZLITE_A_COUNTERS);
	if (!counters)
		return -EMSGSIZE;
	for (i = 0; i < VZLITE_RESOURCE_COUNT; i++) {
		if (put_counter(skb, ve, i))
			return -EMSGSIZE;
	}
	nla_nest_end(skb, counters);
	return 0;
}

typedef int (*put_fn)(struct sk_buff *skb, struct vz_ve *ve);

/* One VE's message, in answer to a request that names it. */
static int reply_one(struct genl_info *info, u8 cmd, put_fn put)
{
	struct sk_buff *skb;
	struct vz_ve *ve;
	void *header;
	int ret;

	ret = request_check(info, true);
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
	ret = ve ? put(skb, ve) : -ENOENT;
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
	return reply_one(info, VZLITE_CMD_VE_GET, put_ve);
}

static int vz_netlink_counter_get(struct sk_buff *skb, struct genl_info *info)
{
	return reply_one(info, VZLITE_CMD_COUNTER_GET, put_counters);
}

/* Dumps: args[0] is the key of the next VE. */
static int dump_start(struct netlink_callback *cb)
{
	if (nlmsg_len(cb->nlh) > GENL_HDRLEN) {
		NL_SET_ERR_MSG(cb->extack, "a dump takes no attributes");
		return -EINVAL;
	}
	return 0;
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
		if (put(skb, ve)) {
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
	return dump_all(skb, cb, VZLITE_CMD_VE_GET, put_ve);
}

static int vz_netlink_counter_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	return dump_all(skb, cb, VZLITE_CMD_COUNTER_GET, put_counters);
}

static int put_resource(struct sk_buff *skb, enum vzlite_resource resource)
{
	const char *missing = vz_hook_missing(resource);
	struct nlattr *item = nla_nest_start(skb, VZLITE_ITEM);

	if (!item ||
	    nla_put_u32(skb, VZLITE_RESOURCE_A_ID, resource) ||
	    nla_put_string(skb, VZLITE_RESOURCE_A_NAME, vz_resource_name(resource)) ||
	    nla_put_u32(skb, VZLITE_RESOURCE_A_ENFORCER, vz_resource_enforcer(resource)) ||
	    (missing && nla_put_string(skb, VZLITE_RESOURCE_A_MISSING, missing)))
		return -EMSGSIZE;
	nla_nest_end(skb, item);
	return 0;
}

static int put_module(struct sk_buff *skb)
{
	struct nlattr *resources;
	u32 ves, zombies;
	int i;

	mutex_lock(&vz_registry_mutex);
	vz_hooks_resolve();
	mutex_unlock(&vz_registry_mutex);
	vz_ve_count(&ves, &zombies);
	if (nla_put_string(skb, VZLITE_A_VERSION, VZLITE_VERSION) ||
	    nla_put_u32(skb, VZLITE_A_VE_COUNT, ves) ||
	    nla_put_u32(skb, VZLITE_A_ZOMBIE_COUNT, zombies))
		return -EMSGSIZE;
	resources = nla_nest_start(skb, VZLITE_A_RESOURCES);
	if (!resources)
		return -EMSGSIZE;
	for (i = 0; i < VZLITE_RESOURCE_COUNT; i++) {
		if (put_resource(skb, i))
			return -EMSGSIZE;
	}
	nla_nest_end(skb, resources);
	return 0;
}

static int vz_netlink_module_get(struct sk_buff *request, struct genl_info *info)
{
	struct sk_buff *skb;
	void *header;
	int ret;

	ret = request_check(info, false);
	if (ret)
		return ret;
	skb = genlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);
	if (!skb)
		return -ENOMEM;
	header = genlmsg_put_reply(skb, info, &vz_family, 0, VZLITE_CMD_MODULE_GET);
	ret = header ? put_module(skb) : -EMSGSIZE;
	if (ret) {
		nlmsg_free(skb);
		return ret;
	}
	genlmsg_end(skb, header);
	return genlmsg_reply(skb, info);
}

static int put_limit_event(struct sk_buff *skb, struct vz_ve *ve,
			   enum vzlite_resource resource, const struct vz_hit *hit)
{
	struct nlattr *counters;

	if (put_identity(skb, ve))
		return -EMSGSIZE;
	counters = nla_nest_start(skb, VZLITE_A_COUNTERS);
	if (!counters || put_counter(skb, ve, resource))
		return -EMSGSIZE;
	nla_nest_end(skb, counters);
	if (nla_put_u32(skb, VZLITE_A_PID, hit->pid) ||
	    nla_put_string(skb, VZLITE_A_COMM, hit->comm) ||
	    nla_put_u64_64bit(skb, VZLITE_A_HITS, hit->hits, VZLITE_A_PAD))
		return -EMSGSIZE;
	return 0;
}

void vz_netlink_limit_event(struct vz_ve *ve, enum vzlite_resource resource,
			    const struct vz_hit *hit)
{
	struct sk_buff *skb;
	void *header;

	if (!genl_has_listeners(&vz_family, &init_net, 0))
		return;
	skb = genlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);
	if (!skb)
		return;
	header = genlmsg_put(skb, 0, 0, &vz_family, 0, VZLITE_CMD_LIMIT_EVENT);
	if (!header || put_limit_event(skb, ve, resource, hit)) {
		nlmsg_free(skb);
		return;
	}
	genlmsg_end(skb, header);
	genlmsg_multicast(&vz_family, skb, 0, 0, GFP_KERNEL);
}

/* The family */

static const struct genl_ops vz_ops[] = {
	{
		.cmd		= VZLITE_CMD_MODULE_GET,
		.flags		= GENL_ADMIN_PERM,
		.policy		= none_policy,
		.maxattr	= ARRAY_SIZE(none_policy) - 1,
		.doit		= vz_netlink_module_get,
	},
	{
		.cmd		= VZLITE_CMD_VE_NEW,
		.flags		= GENL_ADMIN_PERM,
		.policy		= ve_policy,
		.maxattr	= ARRAY_SIZE(ve_policy) - 1,
		.doit		= vz_netlink_ve_new,
	},
	{
		.cmd		= VZLITE_CMD_VE_SET,
		.flags		= GENL_ADMIN_PERM,
		.policy		= ve_policy,
		.maxattr	= ARRAY_SIZE(ve_policy) - 1,
		.doit		= vz_netlink_ve_set,
	},
	{
		.cmd		= VZLITE_CMD_VE_GET,
		.flags		= GENL_ADMIN_PERM,
		.policy		= id_policy,
		.maxattr	= ARRAY_SIZE(id_policy) - 1,
		.doit		= vz_netlink_ve_get,
		.start		= dump_start,
		.dumpit		= vz_netlink_ve_dump,
	},
	{
		.cmd		= VZLITE_CMD_VE_DEL,
		.flags		= GENL_ADMIN_PERM,
		.policy		= id_policy,
		.maxattr	= ARRAY_SIZE(id_policy) - 1,
		.doit		= vz_netlink_ve_delete,
	},
	{
		.cmd		= VZLITE_CMD_COUNTER_GET,
		.flags		= GENL_ADMIN_PERM,
		.policy		= id_policy,
		.maxattr	= ARRAY_SIZE(id_policy) - 1,
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
