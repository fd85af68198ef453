// SPDX-License-Identifier: GPL-2.0-only
/* The sources of each value, and their units, are listed in shown.h. */
#include "../compat/memcg.h"
#include "sample.h"
#include "shown.h"

#ifdef CONFIG_MEMCG

/* NULL: the controller is off. Caller is in an RCU read-side section. */
static struct mem_cgroup *memcg_of(const struct vz_ve *ve)
{
	return mem_cgroup_from_css(rcu_dereference(ve->cgroup->subsys[memory_cgrp_id]));
}

/* In OpenVZ's pages, whatever the kernel's are. */
static u64 pages(unsigned long n)
{
	return n >= PAGE_COUNTER_MAX ? VZLITE_UNLIMITED : (u64)n << (PAGE_SHIFT - 12);
}

static u64 bytes(unsigned long n)
{
	return n >= PAGE_COUNTER_MAX ? VZLITE_UNLIMITED : (u64)n << PAGE_SHIFT;
}

static u64 event(const struct mem_cgroup *memcg, enum memcg_memory_event event)
{
	return atomic_long_read(&memcg->memory_events[event]);
}

static void read_counter(struct page_counter *counter, struct vz_counter_values *values)
{
	unsigned long max = READ_ONCE(counter->max);

	values->held = pages(page_counter_read(counter));
	/* A charge raises held first and its peak a moment later. */
	values->maxheld = max(pages(READ_ONCE(counter->watermark)), values->held);
	values->barrier = pages(min(READ_ONCE(counter->high), max));
	values->limit = pages(max);
}

static u64 failcnt(const struct mem_cgroup *memcg, enum vzlite_resource resource)
{
	switch (resource) {
	case VZLITE_PHYSPAGES:
		return event(memcg, MEMCG_OOM);
	case VZLITE_SWAPPAGES:
		return event(memcg, MEMCG_SWAP_MAX);
	case VZLITE_OOMGUARPAGES:
		return event(memcg, MEMCG_OOM_KILL);
	default:
		return 0;
	}
}

static bool read_sample(const struct vz_ve *ve, enum vz_sampled sampled,
			struct vz_counter_values *values)
{
	return vz_sample_read(ve, sampled, &values->held, &values->maxheld, &values->age);
}

/* Kernel memory, whose bound is that of all memory. */
static bool read_kernel(const struct vz_ve *ve, struct mem_cgroup *memcg,
			enum vz_sampled sampled, struct vz_counter_values *values)
{
	unsigned long max = READ_ONCE(memcg->memory.max);

	if (!memcg_kmem_online() || !read_sample(ve, sampled, values))
		return false;
	values->barrier = bytes(min(READ_ONCE(memcg->memory.high), max));
	values->limit = bytes(max);
	return true;
}

static bool read_oomguar(const struct vz_ve *ve, struct mem_cgroup *memcg,
			 struct vz_counter_values *values)
{
	if (!read_sample(ve, VZ_SAMPLED_ANON, values))
		return false;
	values->held = values->held >> 12;
	values->maxheld = values->maxheld >> 12;
	values->barrier = pages(READ_ONCE(memcg->memory.min));
	values->limit = VZLITE_UNLIMITED;
	return true;
}

u64 vz_memcg_failcnt(const struct vz_ve *ve, enum vzlite_resource resource)
{
	struct mem_cgroup *memcg = memcg_of(ve);

	return memcg ? failcnt(memcg, resource) : 0;
}

bool vz_memcg_known(const struct vz_ve *ve)
{
	return memcg_of(ve);
}

u64 vz_memcg_swap(const struct vz_ve *ve)
{
	struct mem_cgroup *memcg;
	u64 swap = 0;

	rcu_read_lock();
	memcg = memcg_of(ve);
	if (memcg)
		swap = bytes(page_counter_read(&memcg->swap));
	rcu_read_unlock();
	return swap;
}

bool vz_memcg_read(struct vz_ve *ve, enum vzlite_resource resource,
		   struct vz_counter_values *values)
{
	struct mem_cgroup *memcg = memcg_of(ve);

	if (!memcg)
		return false;
	values->failcnt = failcnt(memcg, resource);
	switch (resource) {
	case VZLITE_PHYSPAGES:
		read_counter(&memcg->memory, values);
		return true;
	case VZLITE_SWAPPAGES:
		read_counter(&memcg->swap, values);
		return true;
	case VZLITE_VMGUARPAGES:
		values->barrier = pages(READ_ONCE(memcg->memory.low));
		values->limit = VZLITE_UNLIMITED;
		return true;
	case VZLITE_OOMGUARPAGES:
		return read_oomguar(ve, memcg, values);
	case VZLITE_KMEMSIZE:
		return read_kernel(ve, memcg, VZ_SAMPLED_KERNEL, values);
	case VZLITE_DCACHESIZE:
		return read_kernel(ve, memcg, VZ_SAMPLED_DCACHE, values);
	default:
		return false;
	}
}

#else

u64 vz_memcg_failcnt(const struct vz_ve *ve, enum vzlite_resource resource)
{
	return 0;
}

u64 vz_memcg_swap(const struct vz_ve *ve)
{
	return 0;
}

bool vz_memcg_known(const struct vz_ve *ve)
{
	return false;
}

bool vz_memcg_read(struct vz_ve *ve, enum vzlite_resource resource,
		   struct vz_counter_values *values)
{
	return false;
}

#endif
