// SPDX-License-Identifier: GPL-2.0-only
#include <linux/bitmap.h>
#include <linux/cpumask.h>
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/swap.h>
#include <linux/time_namespace.h>
#include <linux/timekeeping.h>

#include "../cgroup_file.h"
#include "../compat/memcg.h"
#include "../shown/namespace.h"
#include "../shown/shown.h"
#include "../ve.h"
#include "machine.h"

#define TEXT_SIZE (2 * PAGE_SIZE)

static const char *const stat_names[VZ_MEMORY_STAT_COUNT] = {
#define VZ_ROW(name) [VZ_MEM_##name] = #name,
	VZ_MEMORY_STATS(VZ_ROW)
#undef VZ_ROW
};

int vz_machine_init(struct vz_machine *machine)
{
	mutex_init(&machine->lock);
	machine->since = ktime_get_boottime_ns();
	if (!zalloc_cpumask_var(&machine->mask, GFP_KERNEL))
		return -ENOMEM;
	machine->cpus = 1;
	cpumask_set_cpu(0, machine->mask);
	return 0;
}

void vz_machine_destroy(struct vz_machine *machine)
{
	free_cpumask_var(machine->mask);
}

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
		WRITE_ONCE(stat[i], value);
		next = i + 1;
	}
}

/* *@cpus is lowered to cpu.max, rounded up to whole ones: "max 100000", "150000 100000". */
static int read_quota(struct cgroup *cgroup, unsigned int *cpus)
{
	char text[48];
	u64 quota, period;
	ssize_t n = vz_cgroup_file_read(cgroup, VZ_FILE_CPU_MAX, text, sizeof(text));

	if (n < 0)
		return n == -ENOENT ? 0 : n;
	if (sscanf(text, "%llu %llu", &quota, &period) == 2 && period)
		*cpus = clamp_t(u64, DIV64_U64_ROUND_UP(quota, period), 1, *cpus);
	return 0;
}

/* The CPUs of @cgroup, or the nearest above it that has a cpuset, into @mask. */
static int read_cpuset(struct cgroup *cgroup, char *text, struct cpumask *mask)
{
	ssize_t n;

	for (; cgroup; cgroup = cgroup_parent(cgroup)) {
		n = vz_cgroup_file_read(cgroup, VZ_FILE_CPUS_EFFECTIVE, text, TEXT_SIZE);
		if (n < 0 && n != -ENOENT)
			return n;
		if (n > 0 && !cpulist_parse(strim(text), mask) && !cpumask_empty(mask))
			return 0;
	}
	cpumask_copy(mask, cpu_online_mask);
	return 0;
}

/* Leave @cpus of @mask, in a row from CPU number id modulo their count on, as CPUS= does
 * (userland/cgroup.h): else all that bind their threads to what they are told would meet
 * on the first. Fewer of them are some of the same. */
static void choose(const struct vz_ve *ve, unsigned int cpus, struct cpumask *mask)
{
	unsigned int all = cpumask_weight(mask), first = ve->id % all, cpu, n = 0;

	for_each_cpu(cpu, mask) {
		if ((n + all - first) % all >= cpus)
			cpumask_clear_cpu(cpu, mask);
		n++;
	}
}

/* When memory is short what was known stays: no limit would be the host's CPUs. */
static void read_cpus(struct vz_ve *ve, char *text)
{
	struct vz_machine *machine = &ve->machine;
	unsigned int cpus = UINT_MAX;
	struct cgroup *cgroup;
	cpumask_var_t mask;
	int ret = 0;

	if (!alloc_cpumask_var(&mask, GFP_KERNEL))
		return;
	for (cgroup = ve->cgroup; !ret && cgroup_parent(cgroup); cgroup = cgroup_parent(cgroup))
		ret = read_quota(cgroup, &cpus);
	if (!ret)
		ret = read_cpuset(ve->cgroup, text, mask);
	if (ret)
		goto out;
	cpus = min(cpus, cpumask_weight(mask));
	choose(ve, cpus, mask);
	/* Readers do not wait: never let them find it half written. */
	if (!cpumask_equal(machine->mask, mask))
		cpumask_copy(machine->mask, mask);
	WRITE_ONCE(machine->cpus, cpus);
out:
	free_cpumask_var(mask);
}

static void refresh(struct vz_ve *ve)
{
	struct vz_machine *machine = &ve->machine;
	char *text = kmalloc(TEXT_SIZE, GFP_KERNEL);

	if (!text)
		return;
	/* Since when it is up, before the first who asks is told. */
	if (!machine->taken)
		vz_namespace_find(NULL, true);
	if (vz_cgroup_file_read(ve->cgroup, VZ_FILE_MEMORY_STAT, text, TEXT_SIZE) > 0)
		parse_stat(text, machine->stat);
	read_cpus(ve, text);
	kfree(text);
	smp_store_release(&machine->taken, get_jiffies_64() ?: 1);
}

static bool fresh(const struct vz_machine *machine)
{
	u64 taken = smp_load_acquire(&machine->taken);

	return taken && get_jiffies_64() - taken < VZ_MACHINE_FRESH;
}

const struct vz_machine *vz_machine_of(struct vz_ve *ve)
{
	struct vz_machine *machine = &ve->machine;

	if (likely(fresh(machine)))
		return machine;
	/* Who finds another at it shows what there is, unless that is nothing. */
	if (machine->taken ? !mutex_trylock(&machine->lock) :
			     mutex_lock_killable(&machine->lock))
		return machine;
	if (!fresh(machine))
		refresh(ve);
	mutex_unlock(&machine->lock);
	return machine;
}

void vz_machine_cut(const struct vz_machine *machine, struct cpumask *mask)
{
	unsigned int cpus = READ_ONCE(machine->cpus), left = cpumask_weight(mask), cpu;

	if (left <= cpus)
		return;
	/* The host has set aside what the VE was thought to have (isolcpus), or the task is
	 * elsewhere: as many of those. */
	if (!cpumask_intersects(mask, machine->mask)) {
		choose(container_of(machine, struct vz_ve, machine), cpus, mask);
		return;
	}
	/* The VE's may change meanwhile: but some stay in any case. */
	for_each_cpu(cpu, mask) {
		if (cpumask_test_cpu(cpu, machine->mask))
			continue;
		cpumask_clear_cpu(cpu, mask);
		if (--left <= cpus)
			return;
	}
}

static u64 bytes(unsigned long pages)
{
	return (u64)pages << PAGE_SHIFT;
}

#ifdef CONFIG_MEMCG
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

/* The counters of the VE's memcg, or the nearest that has one above it. RCU. */
static struct mem_cgroup *memcg_of(const struct vz_ve *ve)
{
	struct cgroup_subsys_state *css = NULL;
	struct cgroup *cgroup;

	for (cgroup = ve->cgroup; cgroup && cgroup_parent(cgroup) && !css;
	     cgroup = cgroup_parent(cgroup))
		css = rcu_dereference(cgroup->subsys[memory_cgrp_id]);
	return mem_cgroup_from_css(css);
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

static void limit_memory(const struct vz_ve *ve, struct vz_memory *memory)
{
	struct mem_cgroup *memcg;

	rcu_read_lock();
	memcg = memcg_of(ve);
	if (memcg) {
		walk_limits(&memcg->memory, &memory->total, &memory->free);
		walk_limits(&memcg->swap, &memory->swap_total, &memory->swap_free);
	}
	rcu_read_unlock();
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

static void limit_memory(const struct vz_ve *ve, struct vz_memory *memory) {}

static u64 host_swap(void)
{
	return bytes(max(get_nr_swap_pages(), 0L));
}
#endif

void vz_machine_memory(const struct vz_ve *ve, struct vz_memory *memory)
{
	memory->total = memory->free = bytes(totalram_pages());
	memory->swap_total = memory->swap_free = host_swap();
	limit_memory(ve, memory);
}

u64 vz_machine_age(struct vz_ve *ve)
{
	s64 now, started = READ_ONCE(ve->machine.since);

	vz_namespace_started(ve, &started);
	/* Last: its init may have been started since. */
	now = ktime_get_boottime_ns();
	return max(now - started, 0LL);
}

u64 vz_machine_uptime(struct vz_ve *ve)
{
	if (current->nsproxy->time_ns != init_task.nsproxy->time_ns)
		return timens_add_boottime_ns(ktime_get_boottime_ns());
	return vz_machine_age(ve);
}

void vz_machine_running(struct vz_ve *ve, unsigned int *running, unsigned int *blocked)
{
#ifdef CONFIG_PSI
	struct psi_group *group = ve->cgroup->psi;
	int can_run = 0, waiting = 0, cpu;

	if (group && READ_ONCE(group->enabled)) {
		for_each_possible_cpu(cpu) {
			struct psi_group_cpu *here = per_cpu_ptr(group->pcpu, cpu);

			can_run += READ_ONCE(here->tasks[NR_RUNNING]);
			waiting += READ_ONCE(here->tasks[NR_IOWAIT]);
		}
		*running = max(can_run, 1);
		*blocked = max(waiting, 0);
		return;
	}
#endif
	*running = max(READ_ONCE(ve->load.running), 1U);
	*blocked = 0;
}

u64 vz_machine_tasks(struct vz_ve *ve)
{
	struct vz_counter_values values;

	vz_beancounter_read(&ve->bc, VZLITE_NUMPROC, &values);
	return max(values.held, 1ULL);
}
