/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The machine that a VE is: how much memory, how many CPUs, since when. What views
 * share, so that one view never contradicts another.
 *
 *   CPUs     the smallest of: cpu.max, rounded up, of the VE's cgroup and all above it;
 *            the CPUs of cpuset.cpus.effective of the nearest that has a cpuset, or
 *            those online. Which ones: as many of that set in a row, from a place that
 *            goes by the CTID, so that VEs are spread. All views mean these.
 *   memory   the smallest memory.max from the VE's cgroup up to the root, or the
 *            host's memory, less; used is memory.current. Free is the least
 *            of what is left below any of those limits. What others use of the host's is
 *            not taken off: it is none of a tenant's business. All of the nearest cgroup
 *            that has the memory controller.
 *   swap     the same of memory.swap.max, with the host's swap
 *   uptime   of the reader's time namespace; if that is the host's the VE's age: by the time
 *            namespace of its init (shown/namespace.h); if that is the host's, too, since the
 *            init was started; without an init since VE_NEW
 *
 * Limits and usage are read when asked for. memory.stat and the CPUs come from files
 * (cgroup_file.h), and cost some times what a view costs: they are kept, and looked at
 * again by a reader who finds them older than VZ_MACHINE_FRESH. So a VE that reads a
 * view in a loop costs that some times a second. Nothing is taken while nobody reads. No
 * text is kept of a VE; that of the host's CPUs is, once for all VEs (cputext.h).
 */
#ifndef VZLITE_MACHINE_H
#define VZLITE_MACHINE_H

#include <linux/cpumask.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#define VZ_MACHINE_FRESH (HZ / 4)
#define VZ_MACHINE_PERIOD (100 * USEC_PER_MSEC)	/* of cpu.max, unless somebody set another */

struct vz_ve;

/* The rows of memory.stat, in its order; bytes, or events. A kernel that does not have
 * one leaves it 0. */
#define VZ_MEMORY_STATS(row)							\
	row(anon) row(file) row(kernel) row(kernel_stack) row(pagetables)	\
	row(sec_pagetables) row(percpu) row(vmalloc) row(shmem)			\
	row(zswap) row(zswapped) row(file_mapped) row(file_dirty)		\
	row(file_writeback) row(swapcached) row(anon_thp) row(file_thp)		\
	row(shmem_thp) row(inactive_anon) row(active_anon) row(inactive_file)	\
	row(active_file) row(unevictable) row(slab_reclaimable)			\
	row(slab_unreclaimable) row(workingset_refault_anon)			\
	row(workingset_refault_file) row(workingset_activate_anon)		\
	row(workingset_activate_file) row(workingset_restore_anon)		\
	row(workingset_restore_file) row(workingset_nodereclaim)		\
	row(pgdemote_kswapd) row(pgdemote_direct) row(pswpin) row(pswpout)	\
	row(pgscan_kswapd) row(pgscan_direct) row(pgsteal_kswapd)		\
	row(pgsteal_direct) row(pgfault) row(pgmajfault) row(pgrefill)		\
	row(pgactivate) row(pgdeactivate) row(pglazyfree) row(pglazyfreed)	\
	row(thp_fault_alloc) row(thp_collapse_alloc)

enum vz_memory_stat {
#define VZ_ROW(name) VZ_MEM_##name,
	VZ_MEMORY_STATS(VZ_ROW)
#undef VZ_ROW
	VZ_MEMORY_STAT_COUNT
};

/* Whose turn it is to look anew: one at a time. */
struct vz_turn {
	struct mutex lock;
	u64 since;			/* jiffies */
};

/* In each struct vz_ve. Read without a lock. */
struct vz_machine {
	struct vz_turn turn;
	spinlock_t lock;		/* of who writes what follows */
	u64 taken;			/* jiffies; 0: never */
	u64 since;			/* ns of CLOCK_BOOTTIME: VE_NEW */
	u64 period;			/* us, of cpu.max of the VE's own cgroup */
	u64 left_above;			/* bytes: see struct vz_memory */
	u64 looked_above;		/* jiffies; 0: never */
	unsigned int cpus;
	cpumask_var_t mask;		/* which of the host's, as many */
	u64 stat[VZ_MEMORY_STAT_COUNT];
};

/* Bytes. Below a limit that it shares a VE can also have what is in the caches of others. */
struct vz_memory {
	u64 total, free;
	u64 reachable;			/* free, and those; not its own caches */
	u64 swap_total, swap_free;
};

/* 0 or -ENOMEM. */
int vz_machine_init(struct vz_machine *machine);
void vz_machine_destroy(struct vz_machine *machine);

/* See that what is kept is fresh. The caller keeps @ve. Sleeps. */
const struct vz_machine *vz_machine_of(struct vz_ve *ve);

/*
 * Is it the caller's turn to look anew at what is kept? Who finds another at it shows what there
 * is, unless that is @nothing, which he waits for. But when the other has been at it for a second
 * one more looks: he may have used up his cgroup's share of the CPU, which up to 6.12 stops him
 * here. Whoever has @locked unlocks turn->lock.
 */
bool vz_turn_take(struct vz_turn *turn, bool nothing, bool *locked);

/* memory.c: look at memory.stat of @ve; @text is for it. What it lacks stays. Sleeps. */
void vz_memory_look(const struct vz_ve *ve, u64 stat[VZ_MEMORY_STAT_COUNT], char *text, size_t size);
/* What is left_above, by the limits of the cgroups above @ve, whose @stat is known. Sleeps. */
u64 vz_memory_left_above(const struct vz_ve *ve, const u64 stat[VZ_MEMORY_STAT_COUNT], char *text,
			 size_t size);

/* Lower @mask, the host's CPUs that a task may run on, to as many as @machine has: its own,
 * and where these do not do, others. Any context. */
void vz_machine_cut(const struct vz_machine *machine, struct cpumask *mask);

/* Process context. */
void vz_machine_memory(const struct vz_ve *ve, struct vz_memory *memory);

/* Nanoseconds, whoever asks. Process context. */
u64 vz_machine_age(struct vz_ve *ve);
/* Nanoseconds, for current. Any context of its own. */
u64 vz_machine_uptime(struct vz_ve *ve);

/* Tasks that can run, at least 1, and tasks that wait for I/O. Any context. */
void vz_machine_running(struct vz_ve *ve, unsigned int *running, unsigned int *blocked);

/* OOM kills in the VE since its cgroup was made. Any context. */
u64 vz_machine_oom_kills(const struct vz_ve *ve);

/* The VE's tasks, threads included; at least 1. */
u64 vz_machine_tasks(struct vz_ve *ve);

#endif
