// SPDX-License-Identifier: GPL-2.0-only
#include <linux/cred.h>
#include <linux/ipc_namespace.h>
#include <linux/nsproxy.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/time_namespace.h>
#include <linux/user_namespace.h>

#include "namespace.h"
#include "sample.h"
#include "shown.h"

/* NULL when it is not known or dead. RCU is held. */
static struct task_struct *init_of(struct vz_ve *ve)
{
	struct pid *pid = rcu_dereference(ve->init);

	return pid ? pid_task(pid, PIDTYPE_PID) : NULL;
}

bool vz_namespace_known(struct vz_ve *ve)
{
	return init_of(ve);
}

void vz_namespace_started(struct vz_ve *ve, s64 *started)
{
	struct task_struct *init;
	struct time_namespace *time = NULL;

	rcu_read_lock();
	init = init_of(ve);
	if (init) {
		task_lock(init);
		if (init->nsproxy)
			time = init->nsproxy->time_ns;
		if (time && time != init_task.nsproxy->time_ns)
			*started = -timespec64_to_ns(&time->offsets.boottime);
		else
			*started = init->start_boottime;
		task_unlock(init);
	}
	rcu_read_unlock();
}

void vz_namespace_forget(struct vz_ve *ve)
{
	struct pid *pid;
	bool dead;

	rcu_read_lock();
	pid = rcu_dereference(ve->init);
	dead = pid && !pid_task(pid, PIDTYPE_PID);
	/* Else it could be freed, and another be at its address, when it is exchanged. */
	if (dead)
		get_pid(pid);
	rcu_read_unlock();
	if (!dead)
		return;
	/* Whoever exchanges it has its reference. */
	if (unrcu_pointer(cmpxchg(&ve->init, RCU_INITIALIZER(pid), NULL)) == pid) {
		synchronize_rcu();
		put_pid(pid);
	}
	put_pid(pid);
}

/* Process 1 right below the host's namespace; NULL. RCU is held. */
static struct pid *first_pid(struct task_struct *task)
{
	struct pid *pid = READ_ONCE(task->thread_pid);

	return pid && pid->level == 1 && pid->numbers[1].nr == 1 ? pid : NULL;
}

static void keep_init(struct vz_ve *ve, struct pid *pid)
{
	get_pid(pid);
	if (unrcu_pointer(cmpxchg(&ve->init, NULL, RCU_INITIALIZER(pid))))
		put_pid(pid);
}

void vz_namespace_arrive(struct vz_ve *ve, struct task_struct *task)
{
	struct pid *pid = first_pid(task);

	/* The host moves tasks within a VE, too. */
	if (!pid || vz_ve_of_task(current) == ve || vz_ve_of_task(task) == ve)
		return;
	WRITE_ONCE(ve->let_in, true);
	keep_init(ve, pid);
}

/* A user of a VE without a pid namespace of its own can make one, and be process 1 there, whose
 * parent is anybody's once he has killed its own. So what root made; and what has a parent
 * outside only if it was there when the VE came, or comes after one that was let in. */
static bool is_init(const struct vz_ve *ve, const struct vz_ve *fresh, struct task_struct *task,
		    const struct pid *pid)
{
	const struct user_namespace *maker = pid->numbers[1].ns->user_ns;

	return uid_eq(maker->owner, GLOBAL_ROOT_UID) ||
	       ((ve == fresh || READ_ONCE(ve->let_in) || !vz_hook_enforced(VZLITE_NUMPROC)) &&
		vz_ve_of_task(rcu_dereference(task->real_parent)) != ve);
}

void vz_namespace_find(const struct vz_ve *fresh, bool force)
{
	static unsigned long last;
	unsigned long now = jiffies, then = READ_ONCE(last);
	struct task_struct *task;
	struct vz_ve *ve;
	struct pid *pid;

	if (!force && ((then && time_before(now, then + HZ)) ||
			     cmpxchg(&last, then, now ?: 1) != then))
		return;
	rcu_read_lock();
	for_each_process(task) {
		pid = first_pid(task);
		if (!pid || task->exit_state)
			continue;
		ve = vz_ve_of_task(task);
		if (!ve || rcu_access_pointer(ve->init) || !is_init(ve, fresh, task, pid))
			continue;
		if (ve == fresh)
			WRITE_ONCE(ve->let_in, true);
		keep_init(ve, pid);
	}
	rcu_read_unlock();
}

bool vz_namespace_shm(struct vz_ve *ve, u64 *held, u64 *limit)
{
	struct task_struct *init = init_of(ve);
	struct ipc_namespace *ipc = NULL;

	if (!init)
		return false;
	task_lock(init);
	/* It has none any more when it exits. */
	if (init->nsproxy)
		ipc = init->nsproxy->ipc_ns;
	if (ipc && ipc != init_task.nsproxy->ipc_ns) {
		*held = (u64)READ_ONCE(ipc->shm_tot) << (PAGE_SHIFT - 12);
		*limit = min_t(u64, READ_ONCE(ipc->shm_ctlall), VZLITE_UNLIMITED >> (PAGE_SHIFT - 12));
		*limit <<= PAGE_SHIFT - 12;
	} else {
		ipc = NULL;
	}
	task_unlock(init);
	return ipc;
}

bool vz_namespace_rules(struct vz_ve *ve, const struct user_namespace *ns)
{
	const struct user_namespace *own;
	struct task_struct *init = init_of(ve);

	if (uid_eq(ns->owner, GLOBAL_ROOT_UID) || !init)
		return uid_eq(ns->owner, GLOBAL_ROOT_UID);
	own = __task_cred(init)->user_ns;
	while (own->level > 1)
		own = own->parent;
	return own == ns;
}

bool vz_namespace_ends(struct vz_ve *ve)
{
	struct pid *pid = task_tgid(current);
	bool ends;

	rcu_read_lock();
	ends = init_of(ve) ? rcu_access_pointer(ve->init) == pid : is_init(ve, NULL, current, pid);
	rcu_read_unlock();
	return ends;
}

/* The user namespace of @ve right below the host's, if the VE's own root has made
 * it. RCU is held. */
static struct user_namespace *user_ns_of(struct vz_ve *ve)
{
	struct task_struct *init = init_of(ve);
	struct user_namespace *ns;

	if (!init)
		return NULL;
	ns = __task_cred(init)->user_ns;
	while (ns->level > 1)
		ns = ns->parent;
	if (ns->level != 1 || !ns->ucounts || !uid_eq(ns->ucounts->uid, make_kuid(ns, 0)))
		return NULL;
	/* Whose root is one user of the host's, with others' ids beside him: he has more than this. */
	if (ns->uid_map.nr_extents != 1 || ns->uid_map.extent[0].count == 1)
		return NULL;
	return ns;
}

bool vz_namespace_signals(struct vz_ve *ve, u64 *held, u64 *limit)
{
	struct user_namespace *ns = user_ns_of(ve);

	if (!ns)
		return false;
	*held = max(atomic_long_read(&ns->ucounts->rlimit[UCOUNT_RLIMIT_SIGPENDING]), 0L);
	*limit = get_userns_rlimit_max(ns, UCOUNT_RLIMIT_SIGPENDING);
	return true;
}

void vz_namespace_limit_signals(struct vz_ve *ve, u64 limit)
{
	struct user_namespace *ns;

	vz_namespace_find(NULL, true);
	rcu_read_lock();
	ns = user_ns_of(ve);
	if (ns)
		WRITE_ONCE(ns->rlimit_max[UCOUNT_RLIMIT_SIGPENDING], (long)limit);
	rcu_read_unlock();
}

bool vz_namespace_read(struct vz_ve *ve, enum vzlite_resource resource,
		       struct vz_counter_values *values)
{
	u64 held, limit, sampled = 0, maxheld;
	u32 age = 0;

	if (resource == VZLITE_SHMPAGES) {
		if (!vz_namespace_shm(ve, &held, &limit))
			return false;
		if (vz_sample_read(ve, VZ_SAMPLED_SHMEM, &sampled, &maxheld, &age))
			held = max(held, sampled >> 12);
		maxheld = vz_sample_raise(ve, VZ_SAMPLED_SHMEM, held << 12) >> 12;
		values->age = age;
	} else {
		if (!vz_namespace_signals(ve, &held, &limit))
			return false;
		maxheld = vz_sample_raise(ve, VZ_SAMPLED_SIGNALS, held);
	}
	values->held = held;
	/* What was shown once does not fall when it is gone before the next sample. Only pages that could
	 * not be, of segments without memory behind them, are too many for it. */
	values->maxheld = max(maxheld, held);
	values->barrier = values->limit = limit;
	values->failcnt = 0;
	return true;
}
