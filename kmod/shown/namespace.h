/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the namespaces of a VE's init enforce:
 *
 *   resource     held                                 barrier = limit       unit
 *   shmpages     the more of: pages of all System V   kernel.shmall         4 KiB
 *                segments; shmem of memory.stat
 *   numsiginfo   queued signals of the user           rlimit of the user    signals
 *                namespace and all below it           namespace
 *
 * maxheld is that of the samples, failcnt 0: the kernel counts no refusals here.
 *
 * A page that is written to in a segment is in both counts of shmpages, which no
 * counter of the kernel keeps apart: the greater of both is exact when only one
 * kind of shared memory is used, and too low by what is common otherwise. Only the
 * segments are limited by shmall; the other shared pages by memory.max. The VE's
 * root can have other ipc namespaces, each with a shmall of its own: it is a limit
 * for programs, not for a hostile root, whom memory.max stops.
 *
 * The kernel counts queued signals for the user who has made a user namespace. The
 * count is the VE's own only if that user makes no other: vzlite has the VE's
 * namespace made by the host's uid that is root in it, one of a range of its own. Made by
 * another, or by a user who is root in it alone (rootless containers), the VE has no numsiginfo.
 *
 * The init of a VE is a process in its cgroup that is process 1 of a pid namespace
 * right below the host's. It is known when it comes from outside: is forked into the
 * cgroup, or moved there, by who is not in the VE. Else it is looked for by walking the
 * processes, when the VE comes, and at most once a second when one is sampled that has
 * none: then root must have made it. Until then, and in a VE without namespaces, nobody
 * enforces these. We keep the init's struct pid, never a namespace: they are looked at
 * through the living init. A hostile init can move to other namespaces of the VE, and
 * only hides what is its own by that.
 */
#ifndef VZLITE_NAMESPACE_H
#define VZLITE_NAMESPACE_H

#include <linux/types.h>

struct task_struct;
struct user_namespace;
struct vz_ve;

/* Has @ve an init that lives? Caller is in an RCU read-side section. */
bool vz_namespace_known(struct vz_ve *ve);
/* Forget the init of @ve if it is dead. The caller keeps @ve. Sleeps. */
void vz_namespace_forget(struct vz_ve *ve);
/* When the time namespace of @ve's init began, or if it has none of its own when the init
 * was started, in ns of the host's CLOCK_BOOTTIME, also less than 0; *@started stays when
 * no init is known. */
void vz_namespace_started(struct vz_ve *ve, s64 *started);
/* @task gets to @ve, which has no init: is it that? Any context, RCU. */
void vz_namespace_arrive(struct vz_ve *ve, struct task_struct *task);
/* Find the init of each VE that has none, with processes that may have come before the VE if it
 * is @fresh; if that was tried within the last second, only with @force. */
void vz_namespace_find(const struct vz_ve *fresh, bool force);

/* Is @ns, the host's or one right below it, that of @ve's root? One that root has made, or that
 * its init is in; not one that a user makes for himself. RCU, as above. */
bool vz_namespace_rules(struct vz_ve *ve, const struct user_namespace *ns);

/* Current, process 1 of a namespace right below the host's, ends: is it @ve's init? The caller keeps
 * @ve. */
bool vz_namespace_ends(struct vz_ve *ve);

/* What is held now, in units. false: there is no such namespace. RCU, as above. */
bool vz_namespace_shm(struct vz_ve *ve, u64 *held, u64 *limit);
bool vz_namespace_signals(struct vz_ve *ve, u64 *held, u64 *limit);

/* Have @ve's user namespace enforce @limit from now on, if it is the VE's own. */
void vz_namespace_limit_signals(struct vz_ve *ve, u64 limit);

#endif
