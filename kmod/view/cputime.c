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

void vz_cputime_init(struct vz_cputimes *times)
{
	mutex_init(&times->refresh);
	spin_lock_init(&times->lock);
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

/* What ran until now. false: not known. */
static bool read_busy(struct vz_ve *ve, struct vz_cputime *busy)
{
	char *text = kmalloc(TEXT_SIZE, GFP_KERNEL);
	bool known = text && vz_cgroup_file_read(ve->cgroup, VZ_FILE_CPU_STAT, text, TEXT_SIZE) > 0;
	u64 user;

	if (known) {
		user = value_of(text, "user_usec");
		busy->system = value_of(text, "system_usec");
		busy->nice = min(value_of(text, "nice_usec"), user);
		busy->user = user - busy->nice;
	}
	kfree(text);
	return known;
}

static u64 sum(const struct vz_cputime *time)
{
	return time->user + time->nice + time->system;
}

/* The lock is held. @passed: CPU time that there was since the last look. */
static void add_idle(struct vz_cputimes *times, u64 passed, u64 ran)
{
	ran += times->overrun;
	times->overrun = ran > passed ? ran - passed : 0;
	times->time.idle += ran > passed ? 0 : passed - ran;
}

static void account(struct vz_ve *ve, const struct vz_cputime *busy, u64 now)
{
	struct vz_cputimes *times = &ve->cputimes;
	unsigned int cpus = READ_ONCE(ve->machine.cpus);
	u64 before;

	if (!times->taken) {
		times->time = *busy;
		times->time.idle = 0;
		add_idle(times, div_u64(vz_machine_age(ve), NSEC_PER_USEC) * cpus, sum(busy));
		times->overrun = 0;
	} else if (now > times->taken) {
		before = sum(&times->time);
		times->time.user = max(times->time.user, busy->user);
		times->time.nice = max(times->time.nice, busy->nice);
		times->time.system = max(times->time.system, busy->system);
		add_idle(times, (now - times->taken) * cpus, sum(&times->time) - before);
	}
	times->taken = max(times->taken, now);
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
	struct vz_cputime busy;
	bool locked;

	if (fresh(times) || !begin(times, &locked))
		return;
	if (!fresh(times) && read_busy(ve, &busy)) {
		spin_lock(&times->lock);
		account(ve, &busy, now_usec());
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
