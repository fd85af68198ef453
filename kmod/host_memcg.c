// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ids of memory cgroups: the host has 65,535, and a cgroup that was removed keeps its own
 * while a page that was charged to it lies in swap. A VE's root can remove as many as he has
 * memory for, 9 KB each (two processors), and bring pages of a tmpfs to swap by himself
 * (memory.reclaim). Without an id nobody on the host makes a memory cgroup: no service
 * starts there, and no VE.
 *
 * So a VE may have 1500, with those of cgroups that live, which cgroup.max.descendants bounds
 * (1000; in an adopted cgroup its own engine, or nothing); ENOSPC, as where the host has none
 * left. They are seldom counted: with fewer than 500 pages in swap it has not many, and after each
 * count it may make 128 more, or an eighth of a lower bound, by which it can pass it. A count takes
 * as long as there are removed cgroups of any kind, with cgroup_mutex held; the next one waits ten
 * times as long, and 0.1 s at least if there were too many. Until then who has made his 128 is
 * refused.
 *
 * Many VEs together could take all the same: where there are more than 32, that bound is their share of
 * VZ_IDS_ALL; and when the host may have given away so many, a VE makes another only if it has no
 * more than its share of VZ_IDS_REST. For that no cgroup is counted: of those that are removed as
 * many may have one as pages lie in swap, and of one VE's not more than it may have. What its page
 * cache alone keeps takes nothing from anybody.
 *
 * It is a bound of each start: what a VE leaves in swap when it stops is freed with its mounts.
 */
#include <linux/cgroup.h>
#include <linux/jiffies.h>
#include <linux/minmax.h>
#include <linux/rculist.h>

#include "compat/memcg.h"
#include "hook_direct.h"
#include "host.h"
#include "ve.h"

#define VZ_IDS_MAX		1500U
#define VZ_IDS_ALL		49152	/* of all VEs */
#define VZ_IDS_REST		12288	/* of all VEs, when those are gone */
#define VZ_IDS_LEAST		100
#define VZ_SWAPPED_FEW		500	/* pages */
#define VZ_UNCOUNTED_MAX	128U

/* Not one that was removed a moment ago, which may be about to give it back: so a VE can pass the
 * bound by as many as live at once, too. */
static bool has_id(struct cgroup_subsys_state *css)
{
	if (css->flags & CSS_ONLINE)
		return !css_is_dying(css);
	return refcount_read(&mem_cgroup_from_css(css)->id.ref);
}

/*
 * Are there @most below @top? Nobody makes or removes a cgroup meanwhile. Caller is in
 * an RCU read-side section: what is freed is off the list of its parent's children before, by a
 * grace period, and its parent is freed after it.
 */
static bool has_many_ids(struct cgroup_subsys_state *top, unsigned int most)
{
	struct cgroup_subsys_state *css = top, *next;
	unsigned int count = 0;

	for (;;) {
		next = list_first_or_null_rcu(&css->children, struct cgroup_subsys_state, sibling);
		while (!next) {
			if (css == top)
				return false;
			next = list_next_or_null_rcu(&css->parent->children, &css->sibling,
						     struct cgroup_subsys_state, sibling);
			css = css->parent;
		}
		css = next;
		count += has_id(css);
		if (count == most)
			return true;
	}
}

/* Not fewer than have an id below @cgroup. Caller holds cgroup_mutex, RCU. */
static unsigned long ids_at_most(const struct cgroup *cgroup)
{
	struct cgroup_subsys_state *css = rcu_dereference(cgroup->subsys[memory_cgrp_id]);
	unsigned long swapped = css ? page_counter_read(&mem_cgroup_from_css(css)->swap) : 0;

	return cgroup->nr_descendants + min_t(unsigned long, cgroup->nr_dying_descendants, swapped);
}

/* Same conditions. */
static noinline bool is_scarce(const struct vz_ve *ve)
{
	unsigned long all = ids_at_most(&ve->cgroup->root->cgrp), own;
	const unsigned long most = VZ_IDS_MAX + VZ_UNCOUNTED_MAX;
	const struct vz_ve *other;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(vz_ve_hash) && all >= VZ_IDS_ALL; i++) {
		hlist_for_each_entry_rcu(other, &vz_ve_hash[i], by_cgroup) {
			own = ids_at_most(other->cgroup);
			if (own > most)
				all -= min(own - most, all);
		}
	}
	return all >= VZ_IDS_ALL;
}

/* Same conditions: cgroup_mutex guards what is written. */
static noinline bool is_full(struct vz_ve *ve, bool scarce)
{
	struct cgroup_subsys_state *css = rcu_dereference(ve->cgroup->subsys[memory_cgrp_id]);
	unsigned int most = min(vz_ve_share(VZ_IDS_ALL, VZ_IDS_LEAST), VZ_IDS_MAX);
	unsigned long start = jiffies, took;
	bool full;

	if (scarce)
		most = min(vz_ve_share(VZ_IDS_REST, VZ_IDS_LEAST), most);
	if (!css || ids_at_most(ve->cgroup) <= most ||
	    (!scarce && page_counter_read(&mem_cgroup_from_css(css)->swap) < VZ_SWAPPED_FEW))
		return false;
	if (ve->memcgs_uncounted) {
		ve->memcgs_uncounted--;
		return false;
	}
	if (time_before(start, ve->memcgs_next_count))
		return true;
	full = has_many_ids(css, most);
	if (!full)
		ve->memcgs_uncounted = min(VZ_UNCOUNTED_MAX, most / 8);
	took = jiffies - start;
	/* One may be as good as none. */
	ve->memcgs_next_count = jiffies + max(took > 1 ? 10 * took : 0, full ? HZ / 10UL : 0);
	return full;
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
	full = ve && is_full(ve, is_scarce(ve));
	rcu_read_unlock();
	return full ? -ENOSPC : 0;
}
VZ_REFUSER_IF(VZ_UNLESS_HOST, vz_host_memcg, 1);
