/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The CPU time of a VE: what /proc/stat and /proc/uptime show.
 *
 *   user, nice, system   of cpu.stat of the VE's cgroup: all that ever ran in it
 *                        (nice_usec since 6.11; before, that is in user)
 *   idle                 the time of its CPUs less that: at the first look, the VE's age
 *                        (machine.h) times CPUs less what ran; from then on it grows by
 *                        what passes for as many CPUs as there are at the time
 * So user + nice + system + idle is what uptime is times CPUs, and none of them ever
 * goes down, also when the number of CPUs changes. What runs on more CPUs than the VE has
 * (a burst) is taken from the idle time to come.
 *
 * To read cpu.stat is to gather what all CPUs counted for the cgroup, under a lock of the
 * host's: one reader of a VE does it at a time, and the others show what he has last seen.
 */
#ifndef VZLITE_CPUTIME_H
#define VZLITE_CPUTIME_H

#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/types.h>

struct vz_ve;

/* Microseconds: in nanoseconds the idle time of 512 CPUs would be too much for 64 bits after
 * 14 months. */
struct vz_cputime {
	u64 user, nice, system, idle;
};

/* In each struct vz_ve. */
struct vz_cputimes {
	struct mutex refresh;		/* who reads cpu.stat */
	spinlock_t lock;		/* all below */
	u64 taken;			/* us of CLOCK_BOOTTIME; 0: never */
	u64 overrun;			/* us, to be taken from idle */
	struct vz_cputime time;
};

void vz_cputime_init(struct vz_cputimes *times);

/* Of now, or of up to half a clock tick ago. The caller keeps @ve and is in it. Sleeps. */
void vz_cputime_read(struct vz_ve *ve, struct vz_cputime *time);

#endif
