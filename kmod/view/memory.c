// SPDX-License-Identifier: GPL-2.0-only
#include <linux/mm.h>
#include <linux/string.h>
#include <linux/swap.h>

#include "../cgroup_file.h"
#include "../compat/memcg.h"
#include "../ve.h"
#include "machine.h"

static u64 bytes(unsigned long pages)
{
	return (u64)pages << PAGE_SHIFT;
}

#ifdef CONFIG_MEMCG
static const char *const stat_names[VZ_MEMORY_STAT_COUNT] = {
#define VZ_ROW(name) [VZ_MEM_##name] = #name,
	VZ_MEMORY_STATS(VZ_ROW)
#undef VZ_ROW
};

/* The rows come in the order of the table, with others in between. */
static void parse_stat(char *text, u64 stat[VZ_MEMORY_STAT_COUNT])
{
	unsigned int next = 0, i;
	char *line, *name;
	u64 value;

	while ((line = strsep(&text, "\n"))) {
		name = strsep(&line, " ");
		if (!line || kstrtou64(line, 10, &value))
			continue;
		for (i = next; i < VZ_MEMORY_STAT_COUNT && strcmp(name, stat_names[i]); i++)
			;
		if (i == VZ_MEMORY_STAT_COUNT)
			for (i = 0; i < next && strcmp(name, stat_names[i]); i++)
				;
		if (i == VZ_MEMORY_STAT_COUNT || strcmp(name, stat_names[i]))
			continue;
		stat[i] = value;
		next = i + 1;
	}
}

/* By @counter and all above it. @total, @free: those of the host. */
static void walk_limits(struct page_counter *counter, u64 *total, u64 *free)
{
	unsigned long max, used, left, least_max = ULONG_MAX, least_left = ULONG_MAX;
	u64 own = bytes(page_counter_read(counter));

	for (; counter; counter = READ_ONCE(counter->parent)) {
		max = READ_ONCE(counter->max);
		if (max >= PAGE_COUNTER_MAX)
			continue;
		used = page_counter_read(counter);
		left = max > used ? max - used : 0;
		least_max = min(least_max, max);
		least_left = min(least_left, left);
	}
	if (least_max < ULONG_MAX)
		*total = min(*total, bytes(least_max));
	*free = *total > own ? *total - own : 0;
	if (least_left < ULONG_MAX)
		*free = min(*free, bytes(least_left));
}

/* The VE's cgroup, or the nearest above it that has a memcg. NULL: none has, below the root. */
static struct cgroup *counted_cgroup(const struct vz_ve *ve)
{
	struct cgroup *cgroup;

	for (cgroup = ve->cgroup; cgroup_parent(cgroup); cgroup = cgroup_parent(cgroup))
		if (rcu_access_pointer(cgroup->subsys[memory_cgrp_id]))
			return cgroup;
	return NULL;
}

/* RCU. */
static struct mem_cgroup *memcg_of(struct cgroup *cgroup)
{
	return mem_cgroup_from_css(rcu_dereference(cgroup->subsys[memory_cgrp_id]));
}

static u64 left_of(struct page_counter *counter)
{
	unsigned long max = READ_ONCE(counter->max), used = page_counter_read(counter);

	if (max >= PAGE_COUNTER_MAX)
		return U64_MAX;
	return max > used ? bytes(max - used) : 0;
}

/* What the kernel takes back when it is needed. */
static u64 caches(const u64 stat[VZ_MEMORY_STAT_COUNT])
{
	return stat[VZ_MEM_inactive_file] + stat[VZ_MEM_active_file] +
	       stat[VZ_MEM_slab_reclaimable];
}

/* What @cgroup's limit leaves when others' caches are taken back; U64_MAX without a limit. */
static u64 left_without_caches(struct cgroup *cgroup, u64 own_caches, char *text, size_t size)
{
	u64 stat[VZ_MEMORY_STAT_COUNT] = { }, left = U64_MAX, all;
	struct mem_cgroup *memcg;

	rcu_read_lock();
	memcg = memcg_of(cgroup);
	if (memcg)
		left = left_of(&memcg->memory);
	rcu_read_unlock();
	if (left == U64_MAX || vz_cgroup_file_read(cgroup, VZ_FILE_MEMORY_STAT, text, size) <= 0)
		return left;
	parse_stat(text, stat);
	all = caches(stat);
	return left + all - min(all, own_caches);
}

void vz_memory_look(const struct vz_ve *ve, u64 stat[VZ_MEMORY_STAT_COUNT], char *text, size_t size)
{
	struct cgroup *cgroup = counted_cgroup(ve);

	if (cgroup && vz_cgroup_file_read(cgroup, VZ_FILE_MEMORY_STAT, text, size) > 0)
		parse_stat(text, stat);
}

u64 vz_memory_left_above(const struct vz_ve *ve, const u64 stat[VZ_MEMORY_STAT_COUNT], char *text,
			 size_t size)
{
	struct cgroup *cgroup = counted_cgroup(ve);
	u64 left = U64_MAX;

	while (cgroup && cgroup_parent(cgroup)) {
		cgroup = cgroup_parent(cgroup);
		left = min(left, left_without_caches(cgroup, caches(stat), text, size));
	}
	return left;
}

u64 vz_machine_oom_kills(const struct vz_ve *ve)
{
	struct mem_cgroup *memcg;
	u64 kills = 0;

	rcu_read_lock();
	memcg = mem_cgroup_from_css(rcu_dereference(ve->cgroup->subsys[memory_cgrp_id]));
	if (memcg)
		kills = atomic_long_read(&memcg->memory_events[MEMCG_OOM_KILL]);
	rcu_read_unlock();
	return kills;
}

/* False: nobody counts what the VE uses. */
static bool limit_memory(const struct vz_ve *ve, struct vz_memory *memory)
{
	struct cgroup *cgroup = counted_cgroup(ve);
	struct mem_cgroup *memcg;
	u64 host = memory->total;

	rcu_read_lock();
	memcg = cgroup ? memcg_of(cgroup) : NULL;
	if (memcg) {
		walk_limits(&memcg->memory, &memory->total, &memory->free);
		walk_limits(&memcg->swap, &memory->swap_total, &memory->swap_free);
		/* By what is left: nobody else's part of memory->total is known. */
		memory->reachable = min(left_of(&memcg->memory), READ_ONCE(ve->machine.left_above));
		memory->reachable = min(memory->reachable,
					host - min(host, bytes(page_counter_read(&memcg->memory))));
	}
	rcu_read_unlock();
	memory->reachable = clamp(memory->reachable, memory->free, memory->total);
	return memcg;
}

/* What the host has of swap: what is free and what cgroups use. */
static u64 host_swap(void)
{
	struct cgroup_subsys_state *css;
	struct mem_cgroup *root;
	long free = get_nr_swap_pages();
	u64 swap = free > 0 ? bytes(free) : 0;

	rcu_read_lock();
	css = rcu_dereference(init_task.cgroups)->subsys[memory_cgrp_id];
	while (css && css->parent)
		css = css->parent;
	root = mem_cgroup_from_css(css);
	if (root)
		swap += bytes(page_counter_read(&root->swap));
	rcu_read_unlock();
	return swap;
}
#else
u64 vz_machine_oom_kills(const struct vz_ve *ve)
{
	return 0;
}

void vz_memory_look(const struct vz_ve *ve, u64 stat[VZ_MEMORY_STAT_COUNT], char *text, size_t size)
{
}

u64 vz_memory_left_above(const struct vz_ve *ve, const u64 stat[VZ_MEMORY_STAT_COUNT], char *text,
			 size_t size)
{
	return U64_MAX;
}

static bool limit_memory(const struct vz_ve *ve, struct vz_memory *memory)
{
	return false;
}

static u64 host_swap(void)
{
	return bytes(max(get_nr_swap_pages(), 0L));
}
#endif

void vz_machine_memory(const struct vz_ve *ve, struct vz_memory *memory)
{
	struct sysinfo host;

	memory->total = memory->free = memory->reachable = bytes(totalram_pages());
	memory->swap_total = memory->swap_free = host_swap();
	if (limit_memory(ve, memory))
		return;
	/* All free would be an invitation: what the host has left is what the VE has. */
	si_meminfo(&host);
	memory->free = bytes(host.freeram);
	memory->reachable = clamp(bytes(max(si_mem_available(), 0L)), memory->free, memory->total);
}
