// SPDX-License-Identifier: GPL-2.0-only
#include <linux/bitmap.h>
#include <linux/cpumask.h>
#include <linux/jiffies.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/time_namespace.h>
#include <linux/timekeeping.h>

#include "../cgroup_file.h"
#include "../shown/namespace.h"
#include "../shown/shown.h"
#include "../ve.h"
#include "machine.h"

#define TEXT_SIZE (2 * PAGE_SIZE - 1024)
#define TURN_MAX HZ
/* A limit above is of many VEs, and memory.stat there the work of all of them. */
#define ABOVE_EVERY HZ

int vz_machine_init(struct vz_machine *machine)
{
	mutex_init(&machine->turn.lock);
	spin_lock_init(&machine->lock);
	machine->since = ktime_get_boottime_ns();
	if (!zalloc_cpumask_var(&machine->mask, GFP_KERNEL))
		return -ENOMEM;
	machine->cpus = 1;
	machine->period = VZ_MACHINE_PERIOD;
	machine->left_above = U64_MAX;
	cpumask_set_cpu(0, machine->mask);
	return 0;
}

void vz_machine_destroy(struct vz_machine *machine)
{
	free_cpumask_var(machine->mask);
}

/* *@cpus is lowered to cpu.max, rounded up to whole ones: "max 100000", "150000 100000".
 * *@period in microseconds; where there is none it stays. */
static int read_quota(struct cgroup *cgroup, unsigned int *cpus, u64 *period)
{
	char text[48], first[24];
	u64 quota;
	ssize_t n = vz_cgroup_file_read(cgroup, VZ_FILE_CPU_MAX, text, sizeof(text));

	if (n < 0)
		return n == -ENOENT ? 0 : n;
	if (sscanf(text, "%23s %llu", first, period) == 2 && *period && !kstrtou64(first, 10, &quota))
		*cpus = clamp_t(u64, DIV64_U64_ROUND_UP(quota, *period), 1, *cpus);
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

/* What somebody finds. Not more than two pages: they are easier to get. */
struct look {
	u64 stat[VZ_MEMORY_STAT_COUNT];
	u64 left_above, looked_above, period;
	unsigned int cpus;		/* 0: not known */
	cpumask_var_t mask;
	char text[TEXT_SIZE];
};

/* When memory is short what was known stays: no limit would be the host's CPUs. */
static void look_at_cpus(const struct vz_ve *ve, struct look *look)
{
	unsigned int cpus = UINT_MAX;
	struct cgroup *cgroup;
	u64 above;
	int ret = 0;

	for (cgroup = ve->cgroup; !ret && cgroup_parent(cgroup); cgroup = cgroup_parent(cgroup))
		ret = read_quota(cgroup, &cpus, cgroup == ve->cgroup ? &look->period : &above);
	if (!ret)
		ret = read_cpuset(ve->cgroup, look->text, look->mask);
	if (ret)
		return;
	look->cpus = min(cpus, cpumask_weight(look->mask));
	choose(ve, look->cpus, look->mask);
}

/* @now: jiffies. */
static void look_at_memory(const struct vz_ve *ve, u64 now, struct look *look)
{
	const struct vz_machine *machine = &ve->machine;

	/* What lacks now stays. */
	memcpy(look->stat, machine->stat, sizeof(look->stat));
	look->left_above = READ_ONCE(machine->left_above);
	look->looked_above = READ_ONCE(machine->looked_above);
	vz_memory_look(ve, look->stat, look->text, TEXT_SIZE);
	if (look->looked_above && time_before64(now, look->looked_above + ABOVE_EVERY))
		return;
	look->left_above = vz_memory_left_above(ve, look->stat, look->text, TEXT_SIZE);
	look->looked_above = now;
}

/* The lock is held. */
static void publish(struct vz_machine *machine, const struct look *look)
{
	int i;

	for (i = 0; i < VZ_MEMORY_STAT_COUNT; i++)
		WRITE_ONCE(machine->stat[i], look->stat[i]);
	WRITE_ONCE(machine->left_above, look->left_above);
	WRITE_ONCE(machine->looked_above, look->looked_above);
	if (look->cpus) {
		/* Readers do not wait: never let them find it half written. */
		if (!cpumask_equal(machine->mask, look->mask))
			cpumask_copy(machine->mask, look->mask);
		WRITE_ONCE(machine->cpus, look->cpus);
		WRITE_ONCE(machine->period, look->period);
	}
	smp_store_release(&machine->taken, get_jiffies_64());
}

static void refresh(struct vz_ve *ve)
{
	struct vz_machine *machine = &ve->machine;
	struct look *look = kmalloc(sizeof(*look), GFP_KERNEL);
	u64 began = get_jiffies_64();

	BUILD_BUG_ON(sizeof(*look) > 2 * PAGE_SIZE);
	if (!look || !alloc_cpumask_var(&look->mask, GFP_KERNEL))
		goto out;
	/* Since when it is up, before the first who asks is told. */
	if (!machine->taken)
		vz_namespace_find(NULL, true);
	look->period = machine->period;
	look->cpus = 0;
	look_at_memory(ve, began, look);
	look_at_cpus(ve, look);
	spin_lock(&machine->lock);
	/* Of two who look at once the second may have seen what was before the first. */
	if (began > machine->taken)
		publish(machine, look);
	spin_unlock(&machine->lock);
	free_cpumask_var(look->mask);
out:
	kfree(look);
}

bool vz_turn_take(struct vz_turn *turn, bool nothing, bool *locked)
{
	u64 since;

	*locked = nothing ? !mutex_lock_killable(&turn->lock) : mutex_trylock(&turn->lock);
	since = READ_ONCE(turn->since);
	if (*locked)
		WRITE_ONCE(turn->since, get_jiffies_64());
	return *locked || (!nothing && time_after64(get_jiffies_64(), since + TURN_MAX) &&
			   cmpxchg64(&turn->since, since, get_jiffies_64()) == since);
}

static bool fresh(const struct vz_machine *machine)
{
	u64 taken = smp_load_acquire(&machine->taken);

	return taken && get_jiffies_64() - taken < VZ_MACHINE_FRESH;
}

const struct vz_machine *vz_machine_of(struct vz_ve *ve)
{
	struct vz_machine *machine = &ve->machine;
	bool locked;

	if (likely(fresh(machine)) ||
	    !vz_turn_take(&machine->turn, !READ_ONCE(machine->taken), &locked))
		return machine;
	if (!fresh(machine))
		refresh(ve);
	if (locked)
		mutex_unlock(&machine->turn.lock);
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
