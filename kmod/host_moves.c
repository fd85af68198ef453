// SPDX-License-Identifier: GPL-2.0-only
/*
 * While processes are moved between cgroups nobody on the host forks, executes or exits
 * (cgroup_threadgroup_rwsem; from 6.18 or so on not with the mount option favordynmods), for some
 * microseconds for each thread. A VE's root can do that all the time, with a process of thousands of
 * threads, or by switching a controller of cgroup.subtree_control on and off, for which all below
 * move. So a VE's tasks may move VZ_MOVES threads in ten seconds; each write of these files counts as
 * VZ_MOVES_EACH more, whatever comes of it, since the kernel locks first and looks then. When all VEs
 * together have moved VZ_MOVES_ALL, each has its share of that. Who
 * comes later is told EAGAIN, before that lock. The second half is for the VE's root alone, so that a
 * user to whom it has given a cgroup cannot keep it from starting services.
 */
#include <linux/cred.h>
#include <linux/preempt.h>
#include <linux/uidgid.h>
#include <linux/user_namespace.h>

#include "hook_direct.h"
#include "host.h"
#include "ve.h"

#define VZ_MOVES	50000
#define VZ_MOVES_ALL	200000	/* of all VEs; then each has its share */
#define VZ_MOVES_LEAST	10000	/* and this: systemd starts 30 services with less */
#define VZ_MOVES_EACH	10

static struct vz_rate all;

static void use(struct vz_ve *ve, int n)
{
	vz_rate_use(&ve->moves, n);
	vz_rate_use(&all, n);
}

/* Current's VE, unless its root is the host's. Preemption is off. */
static struct vz_ve *mover(void)
{
	return current_user_ns() == &init_user_ns ? NULL : vz_ve_of_task(current);
}

static bool is_root(void)
{
	struct user_namespace *ns = current_user_ns();

	while (ns->level > 1)
		ns = ns->parent;
	return uid_eq(current_euid(), make_kuid(ns, 0));
}

void vz_host_moved(void)
{
	struct vz_ve *ve = mover();

	if (ve)
		use(ve, 1);
}

/* (text, threadgroup, lock), of cgroup.procs and cgroup.threads: the kernel's caller takes an error
 * for a pointer that holds one. Or (file, text, size, position), of cgroup.subtree_control. */
VZ_HANDLER(vz_host_move)
{
	bool full = false, half;
	struct vz_ve *ve;

	preempt_disable_notrace();
	ve = mover();
	if (ve) {
		half = !is_root();
		full = vz_rate_full_of(&ve->moves, VZ_MOVES >> half, &all, VZ_MOVES_ALL,
				       vz_ve_share(VZ_MOVES_ALL, VZ_MOVES_LEAST) >> half);
		if (!full)
			use(ve, VZ_MOVES_EACH);
	}
	preempt_enable_notrace();
	return full ? -EAGAIN : 0;
}
VZ_REFUSER_IF(VZ_UNLESS_HOST, vz_host_move, 4);
