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
#define PERIOD (100 * USEC_PER_MSEC)	/* of cpu.max, unless somebody set another */

/* What cpu.stat says. */
struct look {
	u64 usec[VZ_CPU_IDLE];		/* user, nice, system */
	u64 throttled;
};

int vz_cputime_init(struct vz_cputimes *times)
{
	mutex_init(&times->refresh);
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
	u64 usec = 0;

	if (row)
		sscanf(row + strlen(name), " %llu", &usec);
	return usec;
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
	}
	kfree(text);
	return known;
}

/* The lock is held. What was neither run nor throttled of @passed on @cpus, all together. */
static void part_idle(struct vz_cputimes *times, u64 passed, unsigned int cpus, u64 ran,
		      u64 throttled, struct vz_cputime *add)
{
	u64 idle, steal;

	ran += times->overrun;
	times->overrun = ran > passed ? ran - passed : 0;
	idle = ran > passed ? 0 : passed - ran;
	throttled += times->owed;
	steal = min(idle, throttled);
	times->owed = min_t(u64, throttled - steal, cpus * PERIOD);
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
	unsigned int cpus = min(READ_ONCE(ve->machine.cpus), nr_cpu_ids);
	bool first = !times->taken;
	u64 passed, ran = 0, throttled;
	enum vz_cputime_kind kind;
	struct vz_cputime add;

	if (now <= times->taken)
		return;
	passed = first ? div_u64(vz_machine_age(ve), NSEC_PER_USEC) : now - times->taken;
	for (kind = 0; kind < VZ_CPU_IDLE; kind++) {
		add.usec[kind] = look->usec[kind] - min(look->usec[kind], times->time.usec[kind]);
		ran += add.usec[kind];
	}
	throttled = look->throttled - min(look->throttled, times->throttled);
	part_idle(times, passed * cpus, cpus, ran, throttled, &add);
	if (first)
		times->overrun = times->owed = 0;
	grow(times, &add, cpus);
	times->throttled += throttled;
	times->taken = now;
}

static bool fresh(const struct vz_cputimes *times)
{
	u64 taken = READ_ONCE(times->taken);

	return taken && now_usec() - taken < FRESH;
}

/*
 * Who finds another at it shows what there is, unless that is nothing or too old: then
 * the other may have used up his cgroup's share of the CPU, which up to 6.12 stops him
 * here, and is not waited for. False: there is nothing to do.
 */
static bool begin(struct vz_cputimes *times, bool *locked)
{
	u64 taken = READ_ONCE(times->taken);

	if (!taken)
		return *locked = !mutex_lock_killable(&times->refresh);
	*locked = mutex_trylock(&times->refresh);
	return *locked || now_usec() - taken > USEC_PER_SEC;
}

static void refresh(struct vz_ve *ve)
{
	struct vz_cputimes *times = &ve->cputimes;
	struct look look;
	bool locked;

	if (fresh(times) || !begin(times, &locked))
		return;
	if (!fresh(times) && take_look(ve, &look)) {
		spin_lock(&times->lock);
		account(ve, &look, now_usec());
		spin_unlock(&times->lock);
	}
	if (locked)
		mutex_unlock(&times->refresh);
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
