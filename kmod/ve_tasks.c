// SPDX-License-Identifier: GPL-2.0-only
/* The tasks that a VE's cgroup has when the VE comes, or when it goes without them. */
#include <linux/rcupdate.h>
#include <linux/sched/signal.h>

#include "hook.h"
#include "ledger.h"
#include "ve.h"
#include "ve_parts.h"

/*
 * Forks and moves go on meanwhile; their handlers run just before the task's cgroup
 * changes. One that began before the VE was published ends within the first grace
 * period, and one that the walk mistook for a task of the VE within the second: the
 * second walk takes those back. A task that was reaped after we saw it is uncharged
 * when its memory is freed, which the read-side section holds off.
 */
void vz_ve_adopt_tasks(struct vz_ve *ve)
{
	bool numproc = vz_hook_enforced(VZLITE_NUMPROC);
	bool privvmpages = vz_hook_enforced(VZLITE_PRIVVMPAGES);
	struct task_struct *leader, *task;

	synchronize_rcu();
	rcu_read_lock();
	for_each_process_thread(leader, task) {
		/* One that nobody has waited for yet counts, as its pid does. */
		if (vz_ve_of_task(task) != ve || READ_ONCE(task->exit_state) == EXIT_DEAD)
			continue;
		if (numproc)
			vz_ledger_adopt(ve, VZLITE_NUMPROC, task);
		if (privvmpages)
			vz_mm_adopt(ve, task);
	}
	rcu_read_unlock();
	synchronize_rcu();
	rcu_read_lock();
	for_each_process_thread(leader, task) {
		if (numproc && vz_ve_of_task(task) != ve)
			vz_ledger_disown(ve, VZLITE_NUMPROC, task);
	}
	vz_mm_disown_strangers(ve);
	rcu_read_unlock();
}

/*
 * One that is being forked and not on the list yet is let go when it gets its cgroup
 * (vz_task_move); an address space whose owner cannot be told, when it grows or ends.
 */
void vz_ve_let_go(struct vz_ve *ve)
{
	struct task_struct *leader, *task;
	int i;

	/* A handler that is under way may still charge it. */
	for (i = 0; i < VZ_COUNTERS; i++) {
		WRITE_ONCE(ve->bc.counter[i].barrier, VZLITE_UNLIMITED);
		WRITE_ONCE(ve->bc.counter[i].limit, VZLITE_UNLIMITED);
	}
	rcu_read_lock();
	for_each_process_thread(leader, task)
		vz_ledger_let_go(ve, VZLITE_NUMPROC, task);
	vz_mm_disown_strangers(ve);
	rcu_read_unlock();
}
