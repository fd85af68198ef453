// SPDX-License-Identifier: GPL-2.0-only
/*
 * numproc: one for each task (thread) from fork until it is reaped, as the pids
 * controller counts.
 */
#include <linux/cgroup.h>
#include <linux/preempt.h>

#include "../event.h"
#include "../hook.h"
#include "../ledger.h"
#include "../ve.h"
#include "charge.h"

/* The parent's VE pays; vz_task_move corrects it for CLONE_INTO_CGROUP. */
void vz_task_alloc(unsigned long ip, unsigned long parent_ip, struct ftrace_ops *op,
		   struct ftrace_regs *fregs)
{
	struct vz_ve *ve = vz_ve_get_current();
	int ret;

	if (likely(!ve))
		return;

	ret = vz_ledger_charge(ve, VZLITE_NUMPROC, vz_hook_argument(fregs, 0));
	if (likely(!ret))
		return;
	if (ret == -EDQUOT)
		vz_event_hit(ve, VZLITE_NUMPROC);
	vz_ve_put(ve);
	vz_hook_refuse(fregs, ret == -EDQUOT ? EAGAIN : ENOMEM);
}

/* Called under css_set_lock, which orders it against itself. */
void vz_task_move(unsigned long ip, unsigned long parent_ip, struct ftrace_ops *op,
		  struct ftrace_regs *fregs)
{
	struct css_set *to = vz_hook_argument(fregs, 1);
	struct vz_ve *ve;

	preempt_disable_notrace();
	ve = vz_ve_of_cgroup(to->dfl_cgrp);
	if (ve)
		ve = vz_ve_get(ve);
	preempt_enable_notrace();
	vz_ledger_move(ve, VZLITE_NUMPROC, vz_hook_argument(fregs, 0));
}

void vz_task_free(unsigned long ip, unsigned long parent_ip, struct ftrace_ops *op,
		  struct ftrace_regs *fregs)
{
	vz_ledger_uncharge(VZLITE_NUMPROC, vz_hook_argument(fregs, 0));
}
