/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The CPU time of a VE: what /proc/stat and /proc/uptime show.
 *
 *   user, nice, system   of cpu.stat of the VE's cgroup: all that ever ran in it
 *                        (nice_usec since 6.11; before, that is in user)
 *   steal                throttled_usec of the same: what cpu.max kept from it. The kernel adds
 *                        that up over the host's CPUs, and tells it when a throttling ends: no
 *                        more than the VE's CPUs can lose in as many periods as nr_throttled
 *                        says, than would be idle, nor than is idle within a period from then
 *                        on. What a cgroup above is kept from is not known
 *   idle                 the time of its CPUs less these: at the first look, the VE's age
 *                        (machine.h) times CPUs less what ran; from then on it grows by
 *                        what passes for as many CPUs as there were at both looks
 * So all of them are what uptime is times CPUs, and none of them ever goes down, also when
 * the number of CPUs changes. What runs on more CPUs than the VE has (a burst) is taken from
 * the idle time to come; when their number changes up to a period's, as more is of CPUs that it
 * had.
 *
 * What is added goes to the CPUs that the VE has at the time, in equal shares: the kernel does
 * not keep a VE's by CPU (until 6.6), and a cpu.max does not belong to one. So those of a CPU
 * do not go down either; of one that the VE has no more they stay.
 *
 * To read cpu.stat is to gather what all CPUs counted for the cgroup, under a lock of the
 * host's: one reader of a VE does it at a time (struct vz_turn), and the others show what he has
 * last seen.
 */
#ifndef VZLITE_CPUTIME_H
#define VZLITE_CPUTIME_H

#include <linux/spinlock.h>
#include <linux/types.h>

#include "machine.h"

struct vz_ve;

enum vz_cputime_kind {
	VZ_CPU_USER,
	VZ_CPU_NICE,
	VZ_CPU_SYSTEM,
	VZ_CPU_IDLE,
	VZ_CPU_STEAL,
	VZ_CPU_KINDS
};

/* Microseconds: in nanoseconds the idle time of 512 CPUs would be too much for 64 bits after
 * 14 months. */
struct vz_cputime {
	u64 usec[VZ_CPU_KINDS];
};

/* In each struct vz_ve. */
struct vz_cputimes {
	struct vz_turn turn;		/* who reads cpu.stat */
	spinlock_t lock;		/* all below */
	u64 taken;			/* us of CLOCK_BOOTTIME; 0: never */
	unsigned int cpus;		/* then */
	u64 overrun;			/* us, to be taken from idle */
	u64 throttled, periods;		/* us, and of how many periods, as last seen */
	u64 allowed;			/* us, of periods whose throttling has not ended */
	u64 owed;			/* us, of what was throttled, to be taken from idle */
	struct vz_cputime time;
	struct vz_cputime *cpu;		/* the shares of the VE's CPUs, nr_cpu_ids */
};

/* 0 or -ENOMEM. */
int vz_cputime_init(struct vz_cputimes *times);
void vz_cputime_destroy(struct vz_cputimes *times);

/* Of now, or of up to half a clock tick ago. The caller keeps @ve and is in it. Sleeps. */
void vz_cputime_read(struct vz_ve *ve, struct vz_cputime *time);

/* The share of the VE's CPU @cpu, below nr_cpu_ids, as it is kept. */
void vz_cputime_share(struct vz_ve *ve, unsigned int cpu, struct vz_cputime *time);

#endif
