// SPDX-License-Identifier: GPL-2.0-only
/*
 * numfile: one for each struct file from its allocation until it is freed: what
 * open, socket, pipe, epoll_create, exec ... make. It is charged to the VE of
 * the task that made it, and stays there wherever the file is passed.
 *
 * Not counted: the second file that overlayfs opens behind a tenant's (it is
 * never in a descriptor table). Its allocator is seen first, and marks the
 * task's own entry in the ledger; the next allocation by that task takes the
 * mark off. A task without an entry (numproc not enforced) pays for both.
 *
 * But a mapping of a file on overlayfs keeps the second file, not the first:
 * from then on it counts, by force, or open-mmap-close would make files for
 * nothing. While the first is open, too, such a file counts twice.
 */
#include <linux/preempt.h>

#include "../event.h"
#include "../hook.h"
#include "../ledger.h"
#include "../ve.h"
#include "charge.h"

void vz_file_internal(unsigned long ip, unsigned long parent_ip, struct ftrace_ops *op,
		      struct ftrace_regs *fregs)
{
	struct vz_ve *ve = vz_ve_get_current();

	if (!ve)
		return;
	vz_ledger_mark(VZLITE_NUMPROC, current);
	vz_ve_put(ve);
}

/* Called with preemption off, which keeps @ve; turns it on. Apart, so that the
 * host's way through vz_file_alloc() is short. */
static noinline void file_charge(struct vz_ve *ve, struct ftrace_regs *fregs)
{
	void *file = vz_hook_argument(fregs, 0);
	int ret;

	ve = vz_ve_get(ve);
	preempt_enable_notrace();
	if (!ve)
		return;
	if (atomic_read(&ve->internal_files) && vz_ledger_unmark(VZLITE_NUMPROC, current)) {
		vz_ve_put(ve);
		return;
	}

	/* A file that died unseen at this address must not count against this one. */
	vz_ledger_uncharge(VZLITE_NUMFILE, file);
	ret = vz_ledger_charge(ve, VZLITE_NUMFILE, file);
	if (likely(!ret))
		return;
	if (ret == -EDQUOT)
		vz_event_hit(ve, VZLITE_NUMFILE);
	vz_ve_put(ve);
	vz_hook_refuse(fregs, ret == -EDQUOT ? ENFILE : ENOMEM);
}

void vz_file_alloc(unsigned long ip, unsigned long parent_ip, struct ftrace_ops *op,
		   struct ftrace_regs *fregs)
{
	struct vz_ve *ve;

	preempt_disable_notrace();
	ve = vz_ve_of_task(current);
	if (unlikely(ve)) {
		file_charge(ve, fregs);
		return;
	}
	preempt_enable_notrace();
}

void vz_file_map(unsigned long ip, unsigned long parent_ip, struct ftrace_ops *op,
		 struct ftrace_regs *fregs)
{
	struct vz_ve *ve = vz_ve_get_current();

	if (ve)
		vz_ledger_adopt(ve, VZLITE_NUMFILE, vz_hook_argument(fregs, 1));
}

void vz_file_free(unsigned long ip, unsigned long parent_ip, struct ftrace_ops *op,
		  struct ftrace_regs *fregs)
{
	vz_ledger_uncharge(VZLITE_NUMFILE, vz_hook_argument(fregs, 0));
}
