// SPDX-License-Identifier: GPL-2.0-only
#include "hook.h"
#include "netlink_put.h"
#include "shown/shown.h"
#include "ve.h"
#include "version.h"
#include "view/view.h"

/*
 * A counter as it lies in a message. All have this form, and a dump of many VEs is
 * little else: to copy the form and fill it in takes a fraction of the instructions
 * that putting one attribute after the other takes. The numbers of 64 bits are not
 * aligned, as in any message of an architecture that does not mind.
 */
struct narrow {
	struct nlattr head;
	u32 value;
};

struct wide {
	struct nlattr head;
	u64 value;
} __packed __aligned(4);

struct counter_item {
	struct nlattr head;
	struct narrow resource;
	struct wide held, maxheld, barrier, limit, failcnt;
	struct narrow enforcer;
	struct narrow age;		/* left off when it is 0 */
};

#define HEAD(member, type) \
	{ .nla_len = sizeof_field(struct counter_item, member), .nla_type = VZLITE_COUNTER_A_##type }

static const struct counter_item form = {
	.head.nla_type	= VZLITE_ITEM | NLA_F_NESTED,
	.resource.head	= HEAD(resource, RESOURCE),
	.held.head	= HEAD(held, HELD),
	.maxheld.head	= HEAD(maxheld, MAXHELD),
	.barrier.head	= HEAD(barrier, BARRIER),
	.limit.head	= HEAD(limit, LIMIT),
	.failcnt.head	= HEAD(failcnt, FAILCNT),
	.enforcer.head	= HEAD(enforcer, ENFORCER),
	.age.head	= HEAD(age, AGE),
};

/* Writes it, which has room, and returns what is behind it. */
static struct counter_item *form_counter(struct counter_item *item, enum vzlite_resource resource,
					 const struct vz_counter_values *values)
{
	size_t size = offsetof(struct counter_item, age);

	memcpy(item, &form, offsetof(struct counter_item, age));
	item->resource.value = resource;
	item->held.value = values->held;
	item->maxheld.value = values->maxheld;
	item->barrier.value = values->barrier;
	item->limit.value = values->limit;
	item->failcnt.value = values->failcnt;
	item->enforcer.value = values->enforcer;
	if (values->age) {
		item->age.head = form.age.head;
		item->age.value = values->age;
		size = sizeof(*item);
	}
	item->head.nla_len = size;
	return (void *)item + size;
}

/* Of the resources in @mask, for which there is room. Caller is in an RCU read-side section, for what
 * the VE's cgroup counts. */
static int put_counters(struct sk_buff *skb, struct vz_ve *ve, unsigned long mask)
{
	struct nlattr *counters = nla_nest_start(skb, VZLITE_A_COUNTERS);
	struct counter_item *item = (void *)skb_tail_pointer(skb);
	struct vz_counter_values values;
	int i;

	BUILD_BUG_ON(sizeof(form) != 88);
	if (!counters)
		return -EMSGSIZE;
	for_each_set_bit(i, &mask, VZLITE_RESOURCE_COUNT) {
		vz_shown_read(ve, i, &values);
		item = form_counter(item, i, &values);
	}
	skb_put(skb, (unsigned char *)item - skb_tail_pointer(skb));
	nla_nest_end(skb, counters);
	return 0;
}

static int put_identity(struct sk_buff *skb, struct vz_ve *ve)
{
	int ret = nla_put_u32(skb, VZLITE_A_VE_ID, ve->id);

	spin_lock(&ve->name_lock);
	if (!ret)
		ret = nla_put_string(skb, VZLITE_A_VE_NAME, ve->name);
	spin_unlock(&ve->name_lock);
	return ret;
}

static int put_end(struct sk_buff *skb, const struct vz_end *end)
{
	if (nla_put_u32(skb, VZLITE_A_END, end->how) ||
	    nla_put_u32(skb, VZLITE_A_WAIT_STATUS, end->wait_status))
		return -EMSGSIZE;
	return 0;
}

int vz_put_end_event(struct sk_buff *skb, struct vz_ve *ve, const struct vz_end *end)
{
	return put_identity(skb, ve) ?: put_end(skb, end);
}

int vz_put_ve(struct sk_buff *skb, struct vz_ve *ve, unsigned long unused)
{
	struct vz_end end = vz_event_last_end(ve);

	if (put_identity(skb, ve) ||
	    nla_put_u64_64bit(skb, VZLITE_A_CGROUP_ID, cgroup_id(ve->cgroup), VZLITE_A_PAD) ||
	    nla_put_u8(skb, VZLITE_A_POPULATED, cgroup_is_populated(ve->cgroup)) ||
	    nla_put_bitfield32(skb, VZLITE_A_FEATURES, READ_ONCE(ve->features),
			       VZLITE_FEATURES_ALL))
		return -EMSGSIZE;
	return end.how == VZLITE_END_NONE ? 0 : put_end(skb, &end);
}

int vz_put_counters(struct sk_buff *skb, struct vz_ve *ve, unsigned long mask)
{
	mask &= GENMASK(VZLITE_RESOURCE_COUNT - 1, 0);
	/* First of all: a VE that does not fit is counted anew for the next message. */
	if (skb_tailroom(skb) < nla_total_size(sizeof(u32)) + nla_total_size(VZLITE_VE_NAME_MAX + 1) + NLA_HDRLEN +
				hweight_long(mask) * sizeof(struct counter_item))
		return -EMSGSIZE;
	if (mask & (BIT(VZLITE_PRIVVMPAGES) | BIT(VZLITE_LOCKEDPAGES)))
		vz_mm_recount(ve);
	return put_identity(skb, ve) ?: put_counters(skb, ve, mask);
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

static int put_view(struct sk_buff *skb, enum vz_view view)
{
	const char *missing = vz_hook_missing(VZ_VIEW_FIRST + view);
	struct nlattr *item = nla_nest_start(skb, VZLITE_ITEM);

	if (!item || nla_put_string(skb, VZLITE_VIEW_A_NAME, vz_view_name(view)) ||
	    (vz_view_is_guard(view) && nla_put_flag(skb, VZLITE_VIEW_A_GUARD)) ||
	    (missing && nla_put_string(skb, VZLITE_VIEW_A_MISSING, missing)))
		return -EMSGSIZE;
	nla_nest_end(skb, item);
	return 0;
}

int vz_put_module(struct sk_buff *skb)
{
	struct nlattr *resources, *views;
	const char *missing;
	u32 ves, zombies;
	int i, ret = 0;

	/* Who holds the mutex may be about hooks, for long. */
	if (!vz_hooks_resolved()) {
		mutex_lock(&vz_registry_mutex);
		ret = vz_hooks_resolve();
		mutex_unlock(&vz_registry_mutex);
	}
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
	views = nla_nest_start(skb, VZLITE_A_VIEWS);
	if (!views)
		return -EMSGSIZE;
	for (i = 0; i < VZ_VIEW_COUNT; i++) {
		if (put_view(skb, i))
			return -EMSGSIZE;
	}
	nla_nest_end(skb, views);
	missing = vz_hook_missing(VZ_EVENT_END);
	if (missing && nla_put_string(skb, VZLITE_A_END_MISSING, missing))
		return -EMSGSIZE;
	return 0;
}

int vz_put_limit_event(struct sk_buff *skb, struct vz_ve *ve,
			   enum vzlite_resource resource, const struct vz_hit *hit)
{
	int ret;

	rcu_read_lock();
	ret = vz_put_counters(skb, ve, BIT(resource));
	rcu_read_unlock();
	if (ret || nla_put_u32(skb, VZLITE_A_PID, hit->pid) ||
	    nla_put_string(skb, VZLITE_A_COMM, hit->comm) ||
	    nla_put_u64_64bit(skb, VZLITE_A_HITS, hit->hits, VZLITE_A_PAD))
		return -EMSGSIZE;
	return 0;
}
