/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The registry of VEs: id + name + a cgroup v2 directory.
 *
 * Lifetime of a struct vz_ve
 *   vz_ve_new     in the index by id, in the hash by cgroup
 *   charges       what is held keeps it: no reference is counted beside it
 *   vz_ve_delete  its beancounter closed; out of the hash; a grace period later
 *                 no charge comes, and held is drained; a zombie; its directory
 *                 in /proc removed; a zombie's key in the index; its connections
 *                 ended
 *   last uncharge of a zombie, or the last user's vz_ve_put(), calls vz_ve_reap(),
 *                 whose work waits for a grace period and takes idle zombies
 *                 out of the index; after the last of all VEs the hooks are
 *                 removed a little later
 *   a grace period later the memory is freed, then the module's reference goes
 * An uncharge touches its VE inside a section with preemption off, which the
 * last grace period waits for.
 *
 * Locks: vz_registry_mutex orders NEW, SET, DELETE, free and installing hooks.
 * Readers (current -> VE, /proc, dumps) use RCU only: a pointer is good inside
 * one read-side section. A section with preemption off is one, too, and is what
 * the handlers use: they look up a VE and charge it within one. Who must sleep with
 * one is counted as its user, which a zombie waits for: for those of itself only, as a
 * tenant can hold up a reader for as long as he likes, up to 6.12 (cgroups that get
 * hardly any CPU time).
 */
#ifndef VZLITE_VE_H
#define VZLITE_VE_H

#include <linux/cgroup.h>
#include <linux/hash.h>
#include <linux/mutex.h>
#include <linux/netlink.h>
#include <linux/preempt.h>
#include <linux/rculist.h>
#include <linux/sched.h>
#include <linux/uuid.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>

#include "beancounter.h"
#include "event.h"
#include "host.h"
#include "mm.h"
#include "shown/sample.h"
#include "shown/watch.h"
#include "view/cputime.h"
#include "view/disks.h"
#include "view/loadavg.h"
#include "view/machine.h"

struct proc_dir_entry;

struct vz_ve {
	u32 id;
	u32 features;			/* VZLITE_FEATURE_*; written under the mutex */
	bool zombie;			/* so is this */
	bool ended;			/* so is this: a zombie of whose tasks none was left */
	/* Tasks whose next file is one of the kernel's own: see charge/file.c */
	atomic_t internal_files;
	/* See host_memcg.c; guarded by cgroup_mutex */
	unsigned int memcgs;		/* host_memcg.c: it has no more ids; 0: not known */
	unsigned int memcgs_recount;	/* when it comes to that */
	u64 memcgs_next_count;		/* ns, monotonic */
	struct cgroup *cgroup;		/* owned reference */
	struct hlist_node by_cgroup;
	struct vz_beancounter bc;
	struct vz_events events;
	struct vz_mms mms;
	struct vz_samples samples;
	struct vz_watched watched;
	struct vz_printed printed;
	struct vz_rate moves;		/* see host_moves.c */
	struct vz_machine machine;
	struct vz_load load;
	struct vz_cputimes cputimes;
	struct vz_disks disks;
	u8 boot_id[UUID_SIZE];		/* see view/boot_id.c; zeroes: the host's */
	atomic_long_t forks;		/* tasks that began in it */
	atomic_t users;			/* who sleep with it: vz_ve_get() */
	u64 reap_round;			/* the last before it was among the zombies; under the mutex */
	struct pid __rcu *init;		/* see shown/namespace.h */
	bool let_in;			/* it has, or had one that came from outside */
	struct proc_dir_entry *proc;
	unsigned long key;		/* in the index */
	spinlock_t name_lock;
	char name[VZLITE_VE_NAME_MAX + 1];
};

extern struct mutex vz_registry_mutex;
extern struct workqueue_struct *vz_workqueue;
/* Goes up with each VE that comes or goes: dumps compare it. */
extern atomic_t vz_registry_generation;

int vz_ve_init(void);
/* No VE is left (each holds a module reference). Waits for all work. */
void vz_ve_exit(void);

/*
 * Register @cgroup (its reference is taken over on success) as VE @id, with the
 * bounds that are set; count the tasks in it. Errors as in uapi/vzlite.h, VE_NEW.
 * Sleeps.
 */
int vz_ve_new(u32 id, const char *name, struct cgroup *cgroup,
	      const struct vz_bound bounds[VZLITE_RESOURCE_COUNT],
	      struct nla_bitfield32 features);
/* @name may be NULL. Errors as in uapi/vzlite.h, VE_SET. Sleeps. */
int vz_ve_set(u32 id, const char *name,
	      const struct vz_bound bounds[VZLITE_RESOURCE_COUNT],
	      struct nla_bitfield32 features);
/* @release: also while tasks live in it, which then are in no VE: neither they nor
 * their address spaces are charged any more; their other objects stay charged, and
 * are limited no more. -ENOENT, -EBUSY. Sleeps. */
int vz_ve_delete(u32 id, bool release);

/* By id, zombies excluded (also for whoever holds the mutex); or the first at or
 * after *@key, zombies last, with *@key set to its key. NULL when none. Caller is
 * in an RCU read-side section. */
struct vz_ve *vz_ve_find(u32 id);
struct vz_ve *vz_ve_first(unsigned long *key);

/* Become a user of @ve, which was found in the RCU read-side section that the caller is in. Until
 * vz_ve_put() it stays; any context. */
static inline void vz_ve_get(struct vz_ve *ve)
{
	atomic_inc(&ve->users);
}
void vz_ve_put(struct vz_ve *ve);

void vz_ve_copy_name(struct vz_ve *ve, char name[VZLITE_VE_NAME_MAX + 1]);
/* Registered VEs and zombies. Sleeps. */
void vz_ve_count(u32 *ves, u32 *zombies);

/* One VE's part of what there is of @all for all of them, or @least. Any context. */
unsigned int vz_ve_share(unsigned int all, unsigned int least);

#define VZ_VE_HASH_BITS 10
extern struct hlist_head vz_ve_hash[1 << VZ_VE_HASH_BITS];
/* Bit n: a VE's cgroup is on level n of the hierarchy. */
extern unsigned long vz_ve_levels;
/* For the stubs (hook_direct.h): the first such level; not 0 when there are more,
 * or were since there was no VE; and what hash_64() multiplies with. */
extern unsigned int vz_ve_level;
extern unsigned long vz_ve_more_levels;
extern const u64 vz_golden_ratio;

/*
 * The VE that @cgroup is or lies below, or NULL. One test for each level that
 * has VEs at all, usually one. Caller is in an RCU read-side section.
 */
static __always_inline struct vz_ve *vz_ve_of_cgroup(struct cgroup *cgroup)
{
	unsigned long levels = READ_ONCE(vz_ve_levels);
	struct cgroup *ancestor;
	struct vz_ve *ve;
	unsigned int level;

	for (; levels; levels &= levels - 1) {
		level = __ffs(levels);
		if (level > cgroup->level)
			break;
		/* cgroup_ancestor() without its tests of what is known here. */
		ancestor = cgroup->ancestors[level];
		hlist_for_each_entry_rcu(ve, &vz_ve_hash[hash_ptr(ancestor, VZ_VE_HASH_BITS)],
					 by_cgroup, rcu_read_lock_sched_held()) {
			if (ve->cgroup == ancestor)
				return ve;
		}
	}
	return NULL;
}

/* Same conditions. */
static __always_inline struct vz_ve *vz_ve_of_task(struct task_struct *task)
{
	return vz_ve_of_cgroup(rcu_dereference_raw(task->cgroups)->dfl_cgrp);
}

/* Free the zombies of which nothing is held any more. Any context. */
void vz_ve_reap(void);

/* Uncharge @ve, and let it go if that was the last of a zombie. Preemption is off. */
static __always_inline void vz_ve_uncharge(struct vz_ve *ve, enum vzlite_resource resource,
					   u64 amount)
{
	if (unlikely(vz_beancounter_uncharge(&ve->bc, resource, amount)) &&
	    READ_ONCE(ve->zombie))
		vz_ve_reap();
}

#endif
