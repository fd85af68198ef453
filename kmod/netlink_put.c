// SPDX-License-Identifier: GPL-2.0-only
#include "hook.h"
#include "netlink_put.h"
#include "ve.h"
#include "version.h"

static int put_u64(struct sk_buff *skb, int type, u64 value)
{
	return nla_put_u64_64bit(skb, type, value, VZLITE_COUNTER_A_PAD);
}

static int put_counter(struct sk_buff *skb, struct vz_ve *ve, enum vzlite_resource resource)
{
	struct vz_counter_values values;
	struct nlattr *item;

	vz_beancounter_read(&ve->bc, resource, &values);
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

int vz_put_ve(struct sk_buff *skb, struct vz_ve *ve)
{
	if (put_identity(skb, ve) ||
	    nla_put_u64_64bit(skb, VZLITE_A_CGROUP_ID, cgroup_id(ve->cgroup), VZLITE_A_PAD) ||
	    nla_put_u8(skb, VZLITE_A_POPULATED, cgroup_is_populated(ve->cgroup)))
		return -EMSGSIZE;
	return 0;
}

int vz_put_counters(struct sk_buff *skb, struct vz_ve *ve)
{
	struct nlattr *counters;
	int i;

	if (put_identity(skb, ve))
		return -EMSGSIZE;
	counters = nla_nest_start(skb, VZLITE_A_COUNTERS);
	if (!counters)
		return -EMSGSIZE;
	vz_mm_recount(ve);
	for (i = 0; i < VZLITE_RESOURCE_COUNT; i++) {
		if (put_counter(skb, ve, i))
			return -EMSGSIZE;
	}
	nla_nest_end(skb, counters);
	return 0;
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

int vz_put_module(struct sk_buff *skb)
{
	struct nlattr *resources;
	u32 ves, zombies;
	int i, ret;

	mutex_lock(&vz_registry_mutex);
	ret = vz_hooks_resolve();
	mutex_unlock(&vz_registry_mutex);
	if (ret)
		return ret;
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

int vz_put_limit_event(struct sk_buff *skb, struct vz_ve *ve,
			   enum vzlite_resource resource, const struct vz_hit *hit)
{
	struct nlattr *counters;

	if (put_identity(skb, ve))
		return -EMSGSIZE;
	if (resource == VZLITE_PRIVVMPAGES)
		vz_mm_recount(ve);
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
