// SPDX-License-Identifier: GPL-2.0-only
/*
 * numproc: one for each task (thread) from fork until it is reaped, as the pids
 * controller counts.
 */
#include <linux/cgroup.h>
#include <linux/preempt.h>
#include <linux/sched/signal.h>

#include "../hook_direct.h"
#include "../host.h"
#include "../ledger.h"
#include "../mm.h"
#include "../shown/namespace.h"
#include "../ve.h"
#include "charge.h"

/* (args): before there is anything of the child. Where there is no room for it, that is said
 * first, also of one that may not be made for other reasons. */
VZ_HANDLER(vz_task_clone)
{
	/* With a signal the fork will begin anew; it may be that a child has ended. */
	if (likely(!vz_asking()) || signal_pending(current))
		return 0;
	return vz_ask_current(VZLITE_NUMPROC, -EAGAIN);
}
VZ_REFUSER_IF(VZ_UNLESS_REFUSED VZ_UNLESS_HOST, vz_task_clone, 1);

static noinline int task_charge(struct vz_ve *ve, void *task)
{
	int ret = vz_ledger_charge(ve, VZLITE_NUMPROC, task);

	if (likely(ret != -EDQUOT))
		return ret;
	vz_refused(ve, VZLITE_NUMPROC);
	return -EAGAIN;
}

/* The parent's VE pays; vz_task_move corrects it for CLONE_INTO_CGROUP. */
VZ_HANDLER(vz_task_alloc)
{
	struct vz_ve *ve;
	int ret = 0;

	preempt_disable_notrace();
	ve = vz_ve_of_task(current);
	if (unlikely(ve))
		ret = task_charge(ve, arg0);
	preempt_enable_notrace();
	return ret;
}
VZ_REFUSER(vz_task_alloc, 2);

/* Called under css_set_lock, which orders it against itself. */
VZ_HANDLER(vz_task_move)
{
	struct task_struct *task = arg0;
	struct css_set *to = arg1;
	struct vz_ve *ve;

	preempt_disable_notrace();
	ve = vz_ve_of_cgroup(to->dfl_cgrp);
	/* One that is new gets its cgroup when its fork cannot fail any more. */
	if (READ_ONCE(task->__state) != TASK_NEW)
		vz_host_moved();
	else if (unlikely(ve))
		atomic_long_inc(&ve->forks);
	if (unlikely(ve) && !rcu_access_pointer(ve->init))
		vz_namespace_arrive(ve, task);
	if (likely(vz_hook_enforced(VZLITE_NUMPROC)))
		vz_ledger_move(ve, VZLITE_NUMPROC, task);
	if (likely(vz_hook_enforced(VZLITE_PRIVVMPAGES)) && !(task->flags & PF_KTHREAD))
		vz_mm_move(task, ve);
	preempt_enable_notrace();
	return 0;
}
VZ_OBSERVER(vz_task_move, 2);

VZ_HANDLER(vz_task_free)
{
	vz_ledger_uncharge(VZLITE_NUMPROC, arg0);
	return 0;
}
VZ_OBSERVER_IF(VZ_UNLESS_EMPTY(rdi), vz_task_free, 1);
