// SPDX-License-Identifier: GPL-2.0-only
/*
 * numflock: one for each POSIX, OFD and flock lock that is held, from when it is
 * entered until it is freed. A task that waits for one holds nothing. Leases do
 * not count: there is one for an open file at most.
 *
 * A request may enter none, one or two locks (it splits one of the other type),
 * and enters them under a spinlock where nothing can be refused. So it is charged
 * beforehand for what it needs, in the name of the task; each lock that is entered
 * takes one such unit over, and the first lock that is freed, for which every
 * request ends by freeing what it did not use, gives the rest back. Should another
 * thread of the same owner make a split necessary in between, what is left is
 * charged by force: held can pass the limit, by a lock for each thread at most.
 *
 * The request that replaces a lock by another, or joins one, needs a unit, too: the
 * old one is freed after the new one is entered.
 *
 * Not counted: what a remote file system keeps at its server only, or (NFS 4)
 * enters from a worker of its own.
 */
#include <linux/preempt.h>
#include <linux/spinlock.h>

#include "../compat/filelock.h"
#include "../event.h"
#include "../hook_direct.h"
#include "../ledger.h"
#include "../ve.h"
#include "charge.h"

/* The address in @task that stands for one of its two units. */
static void *unit(struct task_struct *task, int n)
{
	return (char *)task + 8 * (n + 1);
}

void vz_lock_drop_units(struct task_struct *task)
{
	vz_ledger_uncharge(VZLITE_NUMFLOCK, unit(task, 0));
	vz_ledger_uncharge(VZLITE_NUMFLOCK, unit(task, 1));
}

/* Will @request split a lock of its owner? The list is in order of the owners, and
 * of the ranges of each. */
static bool request_splits(struct inode *inode, const struct file_lock *request)
{
	struct file_lock_context *context = smp_load_acquire(&inode->i_flctx);
	bool splits = false, met = false;
	struct file_lock *lock;

	if (!context || list_empty_careful(&context->flc_posix))
		return false;
	spin_lock(&context->flc_lock);
	vz_for_each_lock(lock, &context->flc_posix) {
		if (vz_lock_owner(lock) != vz_lock_owner(request)) {
			if (met)
				break;
			continue;
		}
		met = true;
		if (lock->fl_start >= request->fl_start)
			break;
		if (vz_lock_type(lock) != vz_lock_type(request) &&
		    lock->fl_end > request->fl_end) {
			splits = true;
			break;
		}
	}
	spin_unlock(&context->flc_lock);
	return splits;
}

/* Take unit @n, or let go of both. */
static int take_unit(struct vz_ve *ve, int n, enum vz_severity severity)
{
	int ret = vz_ledger_charge_as(ve, VZLITE_NUMFLOCK, unit(current, n), severity);

	if (likely(!ret))
		return 0;
	vz_lock_drop_units(current);
	if (ret == -EDQUOT)
		vz_event_hit(ve, VZLITE_NUMFLOCK);
	return -ENOLCK;
}

static noinline int posix_charge(struct vz_ve *ve, struct inode *inode,
				 const struct file_lock *request)
{
	bool unlocks = vz_lock_type(request) == F_UNLCK, splits;
	int ret = 0;

	/* Of all there is: nothing is entered. */
	if (unlocks && !request->fl_start && request->fl_end == OFFSET_MAX)
		return 0;
	/* One may be left of a request that was put off. */
	vz_lock_drop_units(current);
	splits = request_splits(inode, request);
	if (!unlocks)
		ret = take_unit(ve, 0, VZ_HARD);
	if (!ret && splits)
		ret = take_unit(ve, 1, unlocks ? VZ_SOFT : VZ_HARD);
	return ret;
}

/* (inode, request, conflict) */
VZ_HANDLER(vz_lock_posix)
{
	const struct file_lock *request = arg1;
	struct vz_ve *ve;
	int ret = 0;

	if (vz_lock_flags(request) & FL_ACCESS)
		return 0;
	preempt_disable_notrace();
	ve = vz_ve_of_task(current);
	if (unlikely(ve))
		ret = posix_charge(ve, arg0, request);
	preempt_enable_notrace();
	return ret;
}
VZ_REFUSER(vz_lock_posix, 3);

/* (inode, request) */
VZ_HANDLER(vz_lock_flock)
{
	const struct file_lock *request = arg1;
	struct vz_ve *ve;
	int ret = 0;

	if (vz_lock_flags(request) & FL_ACCESS || vz_lock_type(request) == F_UNLCK)
		return 0;
	preempt_disable_notrace();
	ve = vz_ve_of_task(current);
	if (unlikely(ve)) {
		vz_lock_drop_units(current);
		ret = take_unit(ve, 0, VZ_HARD);
	}
	preempt_enable_notrace();
	return ret;
}
VZ_REFUSER(vz_lock_flock, 2);

/* (new, source): @new is about to be entered. */
VZ_HANDLER(vz_lock_copy)
{
	preempt_disable_notrace();
	if (!vz_ledger_rename(VZLITE_NUMFLOCK, unit(current, 0), arg0) &&
	    !vz_ledger_rename(VZLITE_NUMFLOCK, unit(current, 1), arg0))
		/* Of a task of the host; or another thread made a split needed. */
		vz_ledger_adopt_like(arg1, VZLITE_NUMFLOCK, arg0);
	preempt_enable_notrace();
	return 0;
}
VZ_OBSERVER(vz_lock_copy, 2);

/* (lock): it is freed, or was never used. */
VZ_HANDLER(vz_lock_release)
{
	vz_ledger_uncharge_fixed(VZLITE_NUMFLOCK, arg0);
	vz_lock_drop_units(current);
	return 0;
}
VZ_OBSERVER(vz_lock_release, 1);
