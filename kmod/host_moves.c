// SPDX-License-Identifier: GPL-2.0-only
/*
 * While processes are moved between cgroups nobody on the host forks, executes or exits
 * (cgroup_threadgroup_rwsem; from 6.18 or so on not with the mount option favordynmods), for some
 * microseconds for each thread. A VE's root can do that all the time, with a process of thousands of
 * threads, or by switching a controller of cgroup.subtree_control on and off, for which all below
 * move. So its tasks may move VZ_MOVES in ten seconds: threads, and VZ_MOVES_EACH for each write. Who
 * comes then is told EAGAIN, before anything is locked.
 */
#include <linux/cred.h>
#include <linux/minmax.h>
#include <linux/preempt.h>
#include <linux/sched/signal.h>
#include <linux/user_namespace.h>

#include "hook_direct.h"
#include "host.h"
#include "ve.h"

#define VZ_MOVES	50000
#define VZ_MOVES_EACH	10

/* Current's VE, unless its root is the host's. Preemption is off. */
static struct vz_ve *mover(void)
{
	return current_user_ns() == &init_user_ns ? NULL : vz_ve_of_task(current);
}

/* (text, threadgroup, lock): the kernel's caller takes an error for a pointer that holds one. */
VZ_HANDLER(vz_host_move_start)
{
	struct vz_ve *ve;
	bool full;

	preempt_disable_notrace();
	ve = mover();
	full = ve && vz_rate_full(&ve->moves, VZ_MOVES);
	preempt_enable_notrace();
	return full ? -EAGAIN : 0;
}
VZ_REFUSER_IF(VZ_UNLESS_HOST, vz_host_move_start, 3);

/* (cgroup, task, threadgroup): it is moved now. */
VZ_HANDLER(vz_host_move)
{
	struct task_struct *task = arg1;
	struct vz_ve *ve;

	preempt_disable_notrace();
	ve = mover();
	if (ve)
		vz_rate_use(&ve->moves, VZ_MOVES_EACH + ((u8)(unsigned long)arg2 ? get_nr_threads(task) : 1));
	preempt_enable_notrace();
	return 0;
}
VZ_OBSERVER_IF(VZ_UNLESS_HOST, vz_host_move, 3);

/* (file, text, size, position): what is below is taken for all of the VE. */
VZ_HANDLER(vz_host_controllers)
{
	struct vz_ve *ve;
	bool full = false;

	preempt_disable_notrace();
	ve = mover();
	if (ve) {
		full = vz_rate_full(&ve->moves, VZ_MOVES);
		if (!full)
			vz_rate_use(&ve->moves, VZ_MOVES_EACH + min_t(u64, VZ_MOVES,
				    atomic64_read(&ve->bc.counter[VZLITE_NUMPROC].held)));
	}
	preempt_enable_notrace();
	return full ? -EAGAIN : 0;
}
VZ_REFUSER_IF(VZ_UNLESS_HOST, vz_host_controllers, 4);
