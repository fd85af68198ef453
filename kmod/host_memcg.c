// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ids of memory cgroups: the host has 65,535, and a cgroup that was removed, or has the controller
 * no more, keeps its own while a page that was charged to it lies in swap. A VE's root can remove
 * as many as he has memory for, 9 KB each (two processors), and bring pages of a tmpfs to swap by
 * himself (memory.reclaim). Without an id nobody on the host makes a memory cgroup: no service
 * starts there, and no VE.
 *
 * So a VE may have 1500, with those of cgroups that live, which cgroup.max.descendants bounds
 * (1000; in an adopted cgroup its own engine, or nothing); ENOSPC, as where the host has none
 * left. An id only comes by way of here, but for what the host itself makes in a VE: each VE has
 * a number that its own are not more than, one more for each. When that comes to the bound they
 * are counted, and then again each eighth of it, by which a VE can pass it. A count takes as long
 * as there are removed cgroups of any kind, with cgroup_mutex held; the next one waits ten times
 * as long, up to a second, and 0.1 s at least if there were too many. Until then whoever has made
 * his eighth is refused.
 *
 * Many VEs together could take all the same: where there are more than 32, that bound is their
 * share of VZ_IDS_ALL; and when the host may have given away so many, a VE makes another only if
 * it has no more than its share of VZ_IDS_REST. What the page cache keeps has no id, and takes
 * nothing from anybody: outside VEs, too, of what is removed as many may have one as pages lie in
 * swap. From 585 VEs on VZ_IDS_LEAST, with its eighth, is more than there is for all.
 *
 * It is a bound of each start: what a VE leaves in swap when it stops is freed with its mounts.
 */
#include <linux/cgroup.h>
#include <linux/minmax.h>
#include <linux/rculist.h>
#include <linux/sched/signal.h>
#include <linux/timekeeping.h>

#include "compat/memcg.h"
#include "hook_direct.h"
#include "host.h"
#include "ve.h"

#define VZ_IDS_MAX		1500U
#define VZ_IDS_ALL		49152	/* of all VEs */
#define VZ_IDS_REST		12288	/* of all VEs, when those are gone */
#define VZ_IDS_LEAST		100

/* One that was removed gives it back when it is offline, which is soon but not at once. */
static bool has_id(struct cgroup_subsys_state *css)
{
	return css->flags & CSS_ONLINE || refcount_read(&mem_cgroup_from_css(css)->id.ref);
}

/*
 * Those below @top; @most: enough. Nobody makes or removes a cgroup meanwhile. Caller is in
 * an RCU read-side section: what is freed is off the list of its parent's children before, by a
 * grace period, and its parent is freed after it.
 */
static unsigned int count_ids(struct cgroup_subsys_state *top, unsigned int most)
{
	struct cgroup_subsys_state *css = top, *next;
	unsigned int count = 0;

	while (count < most) {
		next = list_first_or_null_rcu(&css->children, struct cgroup_subsys_state, sibling);
		while (!next) {
			if (css == top)
				return count;
			next = list_next_or_null_rcu(&css->parent->children, &css->sibling,
						     struct cgroup_subsys_state, sibling);
			css = css->parent;
		}
		css = next;
		count += has_id(css);
	}
	return count;
}

/* What is below a cgroup. */
struct below {
	unsigned long live, removed, swapped;	/* cgroups, and pages */
};

/* This and all that follow: caller holds cgroup_mutex, and is in an RCU read-side section. */
static struct below look_below(const struct cgroup *cgroup)
{
	struct cgroup_subsys_state *css = rcu_dereference(cgroup->subsys[memory_cgrp_id]);

	return (struct below) {
		.live = cgroup->nr_descendants,
		.removed = cgroup->nr_dying_descendants,
		.swapped = css ? page_counter_read(&mem_cgroup_from_css(css)->swap) : 0,
	};
}

/* What is offline has a page in swap for each id, and of a cgroup there is one that is not. */
static unsigned long ids_at_most(const struct below *below)
{
	return below->live + below->removed + below->swapped;
}

/* Swap changes meanwhile. */
static void take_off(unsigned long *from, unsigned long part)
{
	*from -= min(*from, part);
}

/* Count @ve's anew, if it may be by now, so that memcgs is what it has. The old number bounds the
 * walk: it is never less. */
static bool recount(struct vz_ve *ve)
{
	struct cgroup_subsys_state *css = rcu_dereference(ve->cgroup->subsys[memory_cgrp_id]);
	u64 start = ktime_get_mono_fast_ns(), end;

	if (!css || start < ve->memcgs_next_count)
		return false;
	ve->memcgs = count_ids(css, ve->memcgs) ?: 1;
	end = ktime_get_mono_fast_ns();
	ve->memcgs_next_count = end + min(10 * (end - start), (u64)NSEC_PER_SEC);
	return true;
}

/* How many the host may have given away; 0: not so many that it matters. With @anew each VE is
 * counted that may have fewer than it seems. */
static unsigned long given_away(const struct vz_ve *asking, bool anew)
{
	struct below rest = look_below(&asking->cgroup->root->cgrp), own;
	unsigned long ves = 0, seem;
	struct vz_ve *ve;
	unsigned int i;

	if (likely(ids_at_most(&rest) < VZ_IDS_ALL))
		return 0;
	for (i = 0; i < ARRAY_SIZE(vz_ve_hash); i++) {
		hlist_for_each_entry_rcu(ve, &vz_ve_hash[i], by_cgroup) {
			own = look_below(ve->cgroup);
			take_off(&rest.live, own.live);
			take_off(&rest.removed, own.removed);
			take_off(&rest.swapped, own.swapped);
			seem = min(ids_at_most(&own), (unsigned long)(ve->memcgs ?: VZ_IDS_MAX));
			if (anew && ve->memcgs && seem > own.live && recount(ve))
				seem = min(seem, (unsigned long)ve->memcgs);
			ves += seem;
		}
	}
	return ves + rest.live + min(rest.removed, rest.swapped);
}

/* What each VE seems to have drifts up to its bound while it makes and removes cgroups. */
static noinline bool is_scarce(const struct vz_ve *ve)
{
	static u64 next_recount;	/* of all, ns */
	u64 start = ktime_get_mono_fast_ns(), took;
	bool scarce;

	if (given_away(ve, false) < VZ_IDS_ALL)
		return false;
	if (start < next_recount)
		return true;
	scarce = given_away(ve, true) >= VZ_IDS_ALL;
	took = ktime_get_mono_fast_ns() - start;
	next_recount = start + min(10 * took, (u64)NSEC_PER_SEC);
	return scarce;
}

/* May @ve not have one more? cgroup_mutex guards what is written. */
static noinline bool is_full(struct vz_ve *ve)
{
	unsigned int most = min(vz_ve_share(VZ_IDS_ALL, VZ_IDS_LEAST), VZ_IDS_MAX);
	unsigned int least = min(vz_ve_share(VZ_IDS_REST, VZ_IDS_LEAST), most);
	struct below below = look_below(ve->cgroup);

	/* Where it has not the controller, nothing below it has. */
	if (!rcu_access_pointer(ve->cgroup->subsys[memory_cgrp_id]))
		return false;
	if (!ve->memcgs)
		ve->memcgs = min(ids_at_most(&below), (unsigned long)VZ_IDS_ALL) + 1;
	if (ve->memcgs >= least && is_scarce(ve))
		most = least;
	if (ve->memcgs < clamp(ve->memcgs_recount, most, most + most / 8)) {
		ve->memcgs++;
		return false;
	}
	if (!recount(ve))
		return true;
	if (ve->memcgs >= most) {
		ve->memcgs_recount = 0;
		ve->memcgs_next_count += NSEC_PER_SEC / 10;
		return true;
	}
	ve->memcgs_recount = ve->memcgs + most / 8;
	ve->memcgs++;
	return false;
}

/* The css of a new cgroup, or of one that gets the controller. A count may take milliseconds:
 * with preemption on, where the kernel can be preempted. */
VZ_HANDLER(vz_host_memcg)
{
	struct vz_ve *ve;
	bool full;

	rcu_read_lock();
	preempt_disable_notrace();
	ve = vz_ve_of_task(current);
	preempt_enable_notrace();
	/* The kernel may lose an id when what takes it fails after that, as with one who is killed. */
	full = ve && (fatal_signal_pending(current) || is_full(ve));
	rcu_read_unlock();
	return full ? -ENOSPC : 0;
}
VZ_REFUSER_IF(VZ_UNLESS_HOST, vz_host_memcg, 1);
