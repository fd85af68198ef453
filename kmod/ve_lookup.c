// SPDX-License-Identifier: GPL-2.0-only
/* What handlers and their stubs look a VE up in: vz_ve_of_cgroup(), hook_direct.h. */
#include <linux/rculist.h>
#include <linux/rcupdate.h>

#include "ve.h"
#include "ve_parts.h"

struct hlist_head vz_ve_hash[1 << VZ_VE_HASH_BITS] __read_mostly;
unsigned long vz_ve_levels __read_mostly;
unsigned int vz_ve_level __read_mostly;
unsigned long vz_ve_more_levels __read_mostly;
const u64 vz_golden_ratio = GOLDEN_RATIO_64;

static u32 level_count[BITS_PER_LONG];

/* A stub reads the level first: who sees a new one sees that it is not the only one.
 * While there are VEs it never is again, or it might take an old one for that. */
static void level_first(unsigned int level)
{
	if (!vz_ve_levels) {
		WRITE_ONCE(vz_ve_level, level);
		smp_store_release(&vz_ve_more_levels, 0);
	} else if (vz_ve_levels != BIT(level)) {
		WRITE_ONCE(vz_ve_more_levels, 1);
		smp_store_release(&vz_ve_level, min(vz_ve_level, level));
	}
}

static void levels_add(struct cgroup *cgroup, int count)
{
	if (count > 0)
		level_first(cgroup->level);
	level_count[cgroup->level] += count;
	if (level_count[cgroup->level])
		WRITE_ONCE(vz_ve_levels, vz_ve_levels | BIT(cgroup->level));
	else
		WRITE_ONCE(vz_ve_levels, vz_ve_levels & ~BIT(cgroup->level));
}

void vz_ve_publish(struct vz_ve *ve)
{
	hlist_add_head_rcu(&ve->by_cgroup,
			   &vz_ve_hash[hash_ptr(ve->cgroup, VZ_VE_HASH_BITS)]);
	levels_add(ve->cgroup, 1);
}

void vz_ve_unpublish(struct vz_ve *ve)
{
	hlist_del_rcu(&ve->by_cgroup);
	levels_add(ve->cgroup, -1);
	/* Expedited: whoever stops a VE waits for it, and a tenant can ask for one start a second
	 * at most (userland/eventd/pace.c). */
	synchronize_rcu_expedited();
}
