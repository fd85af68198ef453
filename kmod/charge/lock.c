// SPDX-License-Identifier: GPL-2.0-only
/*
 * numflock: one for each POSIX, OFD and flock lock that is held, from when it is
 * entered until it is freed. A task that waits for one holds nothing. Leases do
 * not count: there is one for an open file at most.
 *
 * The kernel lets a file system know of copies and ends of its locks (fl_ops), and
 * keep a few bytes with each (fl_u). Local file systems do not care, so for the
 * locks of a VE that is us: there the lock's VE is noted. Nothing of a lock of the
 * host is hooked but the request, and the ledger knows of no lock.
 *
 * A request may enter none, one or two locks (it splits one of the other type),
 * and enters them under a spinlock where nothing can be refused. So it is charged
 * beforehand for what it needs; a lock that is entered takes that over, and what
 * is left goes back when the request ends, or has to wait. Should another thread of
 * the same owner make a split necessary in between, the new part is charged by
 * force to whoever pays for the old one: held can pass the limit, by a lock for each
 * thread at most.
 *
 * The request that replaces a lock by another, or joins one, is charged, too: the
 * old one is freed after the new one is entered.
 *
 * Whatever has our fl_ops is charged for, or takes part in a split and keeps the
 * module: neither the VE nor the module goes before its end.
 *
 * Not counted: locks of file systems that use fl_ops themselves (NFS, Ceph, AFS). Not
 * refused, but counted: those of GFS2 and OCFS2. These ask the cluster first, and enter a
 * lock when all of it has granted it; a refusal then would leave it locked for the
 * others. To refuse before, security_file_lock() would do, which sees every request
 * before its file system does: it could look, without charging, whether there is room
 * for one more. That needs a cluster to be tried on, and is not done.
 *
 * 9p enters a lock first, asks its server, and takes it back by an unlock if that
 * refuses. That unlock may need a split, of a lock that the new one was joined with; if
 * there is no room for it up to the limit, the lock stays, here but not on the server,
 * until the file is closed. Every unlock of the tenant's own that is refused has not
 * been told to the server.
 */
#include <linux/cred.h>
#include <linux/gfs2_ondisk.h>
#include <linux/magic.h>
#include <linux/module.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>
#include <linux/spinlock.h>

#include "../compat/filelock.h"
#include "../event.h"
#include "../hook_direct.h"
#include "../host.h"
#include "../ledger.h"
#include "../ve.h"
#include "charge.h"

/* In fl_u of what has our fl_ops. */
struct lock_note {
	struct vz_ve *ve;		/* charged for it; NULL for a request that need not be */
	/* A request only: under which key the ledger has the charge for a split, or
	 * NULL; and whether it is one at all. */
	void *split;
	bool request;
};

static const struct file_lock_operations lock_ops;

static struct lock_note *note_of(struct file_lock *lock)
{
	BUILD_BUG_ON(sizeof(struct lock_note) > sizeof(lock->fl_u));
	return (struct lock_note *)&lock->fl_u;
}

/* The address in @task that stands for the split its request will make. */
static void *split_key(struct task_struct *task)
{
	return (char *)task + 8;
}

static void note(struct file_lock *lock, struct lock_note what)
{
	struct lock_note *to = note_of(lock);

	/* One by one: as a whole it goes by the stack. */
	to->ve = what.ve;
	to->split = what.split;
	to->request = what.request;
	lock->fl_ops = &lock_ops;
}

/* Preemption is off. @lock, noted, holds nothing any more. */
static void settle(struct file_lock *lock)
{
	struct lock_note *note = note_of(lock);

	lock->fl_ops = NULL;
	if (note->ve)
		vz_ve_uncharge(note->ve, VZLITE_NUMFLOCK, 1);
	if (unlikely(note->split)) {
		vz_ledger_uncharge(VZLITE_NUMFLOCK, note->split);
		module_put(THIS_MODULE);
	}
}

/* @new is about to be entered, as a part of @source. */
static noinline void lock_part(struct file_lock *new, const struct lock_note *from)
{
	struct lock_note *to = note_of(new);

	preempt_disable_notrace();
	to->ve = vz_ledger_take(VZLITE_NUMFLOCK, split_key(current));
	/* A task of the host; or another thread made a split needed. */
	if (!to->ve && from->ve) {
		to->ve = from->ve;
		vz_beancounter_charge(&to->ve->bc, VZLITE_NUMFLOCK, VZ_FORCE, 1);
	}
	if (WARN_ON_ONCE(!to->ve))	/* nothing would keep the module */
		new->fl_ops = NULL;
	preempt_enable_notrace();
}

/* The same, or in the place of @source, which is a request: its charge is passed on, and
 * keeps the VE all the while. */
static void lock_copy(struct file_lock *new, struct file_lock *source)
{
	struct lock_note *from = note_of(source), *to = note_of(new);

	*to = (struct lock_note){ .ve = from->ve };
	if (unlikely(!from->request || !from->ve)) {
		lock_part(new, from);
		return;
	}
	from->ve = NULL;
	if (likely(!from->split))
		source->fl_ops = NULL;
}

static noinline void lock_settle(struct file_lock *lock)
{
	preempt_disable_notrace();
	settle(lock);
	preempt_enable_notrace();
}

/* Whoever calls resets fl_ops. */
static void lock_free(struct file_lock *lock)
{
	struct lock_note *note = note_of(lock);
	bool stocked;

	if (unlikely(!note->ve || note->split)) {
		lock_settle(lock);
		return;
	}
	preempt_disable_notrace();
	stocked = vz_beancounter_put(&note->ve->bc, VZLITE_NUMFLOCK, 1);
	preempt_enable_notrace();
	if (unlikely(!stocked))
		lock_settle(lock);
}

static const struct file_lock_operations lock_ops = {
	.fl_copy_lock = lock_copy,
	.fl_release_private = lock_free,
};

/* None lies on both sides of it. */
static bool reaches_end(const struct file_lock *request)
{
	return !request->fl_start || request->fl_end == OFFSET_MAX;
}

/*
 * Will @request split a lock of its owner? The list is in order of the owners, and
 * of the ranges of each. A lock from before there was a VE is charged now: what
 * nobody pays for would have parts that nobody pays for.
 */
static bool request_splits(struct vz_ve *ve, struct inode *inode, const struct file_lock *request)
{
	struct file_lock_context *context = smp_load_acquire(&inode->i_flctx);
	bool splits = false, met = false;
	struct file_lock *lock;

	if (reaches_end(request) || !context || list_empty_careful(&context->flc_posix))
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
			/* One that is not counted has parts that are not. */
			splits = !lock->fl_ops || lock->fl_ops == &lock_ops;
			if (!lock->fl_ops) {
				vz_beancounter_charge(&ve->bc, VZLITE_NUMFLOCK, VZ_FORCE, 1);
				note(lock, (struct lock_note){ .ve = ve });
			}
			break;
		}
	}
	spin_unlock(&context->flc_lock);
	return splits;
}

static int split_charge(struct vz_ve *ve, enum vz_severity severity, struct lock_note *what)
{
	int ret = vz_ledger_charge_as(ve, VZLITE_NUMFLOCK, split_key(current), severity);

	if (unlikely(ret))
		return ret;
	what->split = split_key(current);
	__module_get(THIS_MODULE);
	return 0;
}

/* Whose fl_ops @request has, when it is not to be counted. One may have ours from
 * when a file system tried it before. */
static bool is_remote(struct file_lock *request)
{
	if (unlikely(request->fl_ops == &lock_ops))
		settle(request);
	return request->fl_ops;
}

static int refuse(struct vz_ve *ve, int error)
{
	if (error == -EDQUOT)
		vz_event_hit(ve, VZLITE_NUMFLOCK);
	return -ENOLCK;
}

/* With these another machine has granted the lock, and is not told of a refusal. */
static enum vz_severity severity_in(const struct inode *inode)
{
	unsigned long magic = inode->i_sb->s_magic;

	return unlikely(magic == GFS2_MAGIC || magic == OCFS2_SUPER_MAGIC) ? VZ_FORCE : VZ_HARD;
}

static noinline int posix_charge(struct vz_ve *ve, struct inode *inode, struct file_lock *request)
{
	bool unlocks = vz_lock_type(request) == F_UNLCK, splits;
	enum vz_severity severity = severity_in(inode);
	struct lock_note what = { .request = true };
	int ret;

	if (unlikely(is_remote(request)))
		return 0;
	splits = request_splits(ve, inode, request);
	if (!unlocks) {
		if (unlikely(!vz_beancounter_charge(&ve->bc, VZLITE_NUMFLOCK, severity, 1)))
			return refuse(ve, -EDQUOT);
		what.ve = ve;
	}
	if (unlikely(splits)) {
		ret = split_charge(ve, unlocks && severity == VZ_HARD ? VZ_SOFT : severity, &what);
		if (ret) {
			if (what.ve)
				vz_ve_uncharge(ve, VZLITE_NUMFLOCK, 1);
			return refuse(ve, ret);
		}
	}
	if (what.ve || what.split)
		note(request, what);
	return 0;
}

/* Tests for the stubs: the request unlocks; it does so from the first byte on. */
#ifdef VZ_DIRECT_SUPPORTED
static void __used lock_constants(void)
{
	asm volatile(".set vz_request_type, %c0\n\t.set vz_request_start, %c1"
		     :: "i"(offsetof(struct file_lock, VZ_LOCK_TYPE)),
			"i"(offsetof(struct file_lock, fl_start)));
}
#endif
#define UNLESS_UNLOCKS "cmpb $" __stringify(F_UNLCK) ", vz_request_type(%rsi)\n\tjne 8f\n\t" \
	ASM_RET "8:\n\t"
#define UNLESS_UNLOCKS_FIRST "cmpb $" __stringify(F_UNLCK) ", vz_request_type(%rsi)\n\tjne 8f\n\t" \
	"cmpq $0, vz_request_start(%rsi)\n\tjne 8f\n\t" ASM_RET "8:\n\t"

/* The usual case: @request needs one lock, which comes out of the stock. */
static __always_inline bool takes_one(struct vz_ve *ve, struct file_lock *request)
{
	if (request->fl_ops || !vz_beancounter_take(&ve->bc, VZLITE_NUMFLOCK, 1))
		return false;
	note(request, (struct lock_note){ .ve = ve, .request = true });
	return true;
}

/* (inode, request, conflict) */
VZ_HANDLER(vz_lock_posix)
{
	struct file_lock *request = arg1;
	struct vz_ve *ve;
	int ret = 0;

	if (vz_lock_flags(request) & FL_ACCESS)
		return 0;
	/* Nothing is entered. */
	if (vz_lock_type(request) == F_UNLCK && reaches_end(request))
		return 0;
	preempt_disable_notrace();
	ve = vz_ve_of_task(current);
	if (ve && vz_host_is_shared(arg0) && vz_lock_type(request) != F_UNLCK &&
	    current_user_ns() != &init_user_ns)
		ret = -EPERM;
	else if (ve && !(reaches_end(request) && takes_one(ve, request)))
		ret = posix_charge(ve, arg0, request);
	preempt_enable_notrace();
	return ret;
}
VZ_REFUSER_IF(UNLESS_UNLOCKS_FIRST VZ_UNLESS_HOST, vz_lock_posix, 3);

static noinline int flock_charge(struct vz_ve *ve, struct inode *inode, struct file_lock *request)
{
	if (unlikely(is_remote(request)))
		return 0;
	if (unlikely(!vz_beancounter_charge(&ve->bc, VZLITE_NUMFLOCK, severity_in(inode), 1)))
		return refuse(ve, -EDQUOT);
	note(request, (struct lock_note){ .ve = ve, .request = true });
	return 0;
}

/* (inode, request) */
VZ_HANDLER(vz_lock_flock)
{
	struct file_lock *request = arg1;
	struct vz_ve *ve;
	int ret = 0;

	if (vz_lock_flags(request) & FL_ACCESS || vz_lock_type(request) == F_UNLCK)
		return 0;
	preempt_disable_notrace();
	ve = vz_ve_of_task(current);
	if (ve && vz_host_is_shared(arg0) && current_user_ns() != &init_user_ns)
		ret = -EPERM;
	else if (ve && !takes_one(ve, request))
		ret = flock_charge(ve, arg0, request);
	preempt_enable_notrace();
	return ret;
}
VZ_REFUSER_IF(UNLESS_UNLOCKS VZ_UNLESS_HOST, vz_lock_flock, 2);

/* (blocker, waiter): the request of @waiter is put off until it is woken. */
VZ_HANDLER(vz_lock_block)
{
	struct file_lock *waiter = vz_lock_of_waiter(arg1);

	if (!(vz_lock_flags(waiter) & (FL_POSIX | FL_FLOCK)) || waiter->fl_ops != &lock_ops)
		return 0;
	preempt_disable_notrace();
	settle(waiter);
	preempt_enable_notrace();
	return 0;
}
VZ_OBSERVER(vz_lock_block, 3);
