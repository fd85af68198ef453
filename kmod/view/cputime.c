// SPDX-License-Identifier: GPL-2.0-only
#include <linux/math64.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/timekeeping.h>

#include "../cgroup_file.h"
#include "../ve.h"
#include "cputime.h"
#include "machine.h"

#define FRESH (USEC_PER_SEC / USER_HZ / 2)
#define TEXT_SIZE 1024

/* What cpu.stat says. */
struct look {
	u64 usec[VZ_CPU_IDLE];		/* user, nice, system */
	u64 throttled;
	u64 periods;			/* in which it was throttled */
};

int vz_cputime_init(struct vz_cputimes *times)
{
	mutex_init(&times->turn.lock);
	spin_lock_init(&times->lock);
	times->cpu = kvcalloc(nr_cpu_ids, sizeof(*times->cpu), GFP_KERNEL_ACCOUNT);
	return times->cpu ? 0 : -ENOMEM;
}

void vz_cputime_destroy(struct vz_cputimes *times)
{
	kvfree(times->cpu);
}

static u64 now_usec(void)
{
	return div_u64(ktime_get_boottime_ns(), NSEC_PER_USEC);
}

static u64 value_of(const char *text, const char *name)
{
	const char *row = strstr(text, name);
	s64 value = 0;

	if (row)
		sscanf(row + strlen(name), " %lld", &value);
	return value;
}

/* What there was until now. false: not known. */
static bool take_look(struct vz_ve *ve, struct look *look)
{
	char *text = kmalloc(TEXT_SIZE, GFP_KERNEL);
	bool known = text && vz_cgroup_file_read(ve->cgroup, VZ_FILE_CPU_STAT, text, TEXT_SIZE) > 0;
	u64 user;

	if (known) {
		user = value_of(text, "user_usec");
		look->usec[VZ_CPU_SYSTEM] = value_of(text, "system_usec");
		look->usec[VZ_CPU_NICE] = min(value_of(text, "nice_usec"), user);
		look->usec[VZ_CPU_USER] = user - look->usec[VZ_CPU_NICE];
		look->throttled = value_of(text, "throttled_usec");
		look->periods = value_of(text, "nr_throttled");
	}
	kfree(text);
	return known;
}

/*
 * The lock is held. What @look tells anew of throttlings, as much as the VE's CPUs can lose in a
 * period of cpu.max, @period on all of them, for each that it tells of. A throttling is told when
 * it ends, its periods as they pass.
 */
static u64 throttled_since(struct vz_cputimes *times, const struct look *look, u64 period)
{
	u64 told = look->throttled - min(look->throttled, times->throttled), throttled;
	/* The kernel's is an int, and wraps. More than half of it: somebody has looked since. */
	u32 periods = look->periods - times->periods;

	if (!times->taken || periods <= S32_MAX) {
		times->allowed += periods * period;
		times->periods = look->periods;
	}
	/* Of one that ended before its period did, none is told. */
	if (told && !times->allowed)
		times->allowed = period;
	throttled = min(told, times->allowed);
	if (told)
		times->allowed = min(times->allowed - throttled, period);
	times->throttled = max(times->throttled, look->throttled);
	return throttled;
}

/* The lock is held. What was neither run nor throttled of @passed, all CPUs together; @period:
 * of cpu.max, on all of them. */
static void part_idle(struct vz_cputimes *times, u64 passed, u64 period, u64 ran, u64 throttled,
		      struct vz_cputime *add)
{
	u64 idle, steal;

	ran += times->overrun;
	times->overrun = ran > passed ? ran - passed : 0;
	idle = ran > passed ? 0 : passed - ran;
	throttled += times->owed;
	steal = min(idle, throttled);
	times->owed = min(throttled - steal, period);
	add->usec[VZ_CPU_STEAL] = steal;
	add->usec[VZ_CPU_IDLE] = idle - steal;
}

/* The lock is held. */
static void grow(struct vz_cputimes *times, const struct vz_cputime *add, unsigned int cpus)
{
	enum vz_cputime_kind kind;
	unsigned int cpu;
	u64 share, rest;

	for (kind = 0; kind < VZ_CPU_KINDS; kind++) {
		times->time.usec[kind] += add->usec[kind];
		share = div64_u64_rem(add->usec[kind], cpus, &rest);
		for (cpu = 0; cpu < cpus; cpu++)
			times->cpu[cpu].usec[kind] += share + (cpu < rest);
	}
}

static void account(struct vz_ve *ve, const struct look *look, u64 now)
{
	struct vz_cputimes *times = &ve->cputimes;
	unsigned int cpus = min(READ_ONCE(ve->machine.cpus), nr_cpu_ids), both;
	u64 passed, ran = 0, throttled, period = READ_ONCE(ve->machine.period) * cpus;
	bool first = !times->taken;
	enum vz_cputime_kind kind;
	struct vz_cputime add;

	if (now <= times->taken)
		return;
	/* Nobody else looks before the first has, and his look may have taken long: the age is that
	 * of now. */
	if (first)
		now = now_usec();
	passed = first ? div_u64(vz_machine_age(ve), NSEC_PER_USEC) : now - times->taken;
	/* When the others came or went is not known. */
	both = first ? cpus : min(cpus, times->cpus);
	for (kind = 0; kind < VZ_CPU_IDLE; kind++) {
		add.usec[kind] = look->usec[kind] - min(look->usec[kind], times->time.usec[kind]);
		ran += add.usec[kind];
	}
	throttled = throttled_since(times, look, period);
	part_idle(times, passed * both, period, ran, throttled, &add);
	if (first)
		times->overrun = times->owed = 0;
	/* Most ran on CPUs that the VE has no more. */
	else if (cpus != times->cpus)
		times->overrun = min(times->overrun, period);
	grow(times, &add, cpus);
	times->taken = now;
	times->cpus = cpus;
}

static bool fresh(const struct vz_cputimes *times)
{
	u64 taken = READ_ONCE(times->taken);

	return taken && now_usec() - taken < FRESH;
}

static void refresh(struct vz_ve *ve)
{
	struct vz_cputimes *times = &ve->cputimes;
	struct look look;
	bool locked;
	u64 began;

	if (fresh(times) || !vz_turn_take(&times->turn, !READ_ONCE(times->taken), &locked))
		return;
	began = now_usec();
	if (!fresh(times) && take_look(ve, &look)) {
		spin_lock(&times->lock);
		account(ve, &look, began);
		spin_unlock(&times->lock);
	}
	if (locked)
		mutex_unlock(&times->turn.lock);
}

void vz_cputime_read(struct vz_ve *ve, struct vz_cputime *time)
{
	struct vz_cputimes *times = &ve->cputimes;

	vz_machine_of(ve);
	refresh(ve);
	spin_lock(&times->lock);
	*time = times->time;
	spin_unlock(&times->lock);
}

void vz_cputime_share(struct vz_ve *ve, unsigned int cpu, struct vz_cputime *time)
{
	struct vz_cputimes *times = &ve->cputimes;

	spin_lock(&times->lock);
	*time = times->cpu[cpu];
	spin_unlock(&times->lock);
}
