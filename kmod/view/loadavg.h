/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The load of each VE: what /proc/loadavg and sysinfo(2) show.
 *
 * Every LOAD_FREQ (5 s), as the kernel does for itself, work counts the tasks of each VE
 * that are running or in uninterruptible sleep, the same that the kernel counts, and
 * adds them to the averages by the kernel's formula. A VE's load is 0 when it begins.
 *
 * The count is one walk over the host's tasks for all VEs. It looks at a task's state
 * first, and at its cgroup only if that counts, which most do not: some hundred instructions
 * a task, once in 5 s. It lets go of the CPU and RCU after each batch.
 */
#ifndef VZLITE_LOADAVG_H
#define VZLITE_LOADAVG_H

#include <linux/types.h>

/* In each struct vz_ve. Written by the work only. */
struct vz_load {
	unsigned long average[3];	/* FSHIFT bits after the point: 1, 5, 15 minutes */
	unsigned int active, running;	/* the last count */
	unsigned int counted, counted_running;	/* of the walk that goes on */
};

/* A VE has come: count from now on. Caller holds the registry's mutex. */
void vz_load_start(void);
/* No VE is left. Sleeps. */
void vz_load_exit(void);

#endif
