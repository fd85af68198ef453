/* SPDX-License-Identifier: GPL-2.0-only */
/* The records of mm.h, for mm.c only. */
#ifndef VZLITE_MM_RECORD_H
#define VZLITE_MM_RECORD_H

#include "hook.h"
#include "mm.h"
#include "ve.h"

struct vz_mm {
	spinlock_t lock;
	bool noted_private;		/* see vz_mm_note_protect() */
	bool noted_refusal;
	u16 copier;			/* vz_mm_copier() of who copies it by a fork, or 0 */
	struct mm_struct *mm;		/* NULL: it has left; set once, with the lock */
	struct vz_ve *ve;		/* kept by what is held for this */
	union {
		u64 charged[VZ_MM_FIGURES];	/* with the lock */
		struct rcu_head rcu;	/* once it has left */
	};
	struct vz_mm __rcu *next;	/* in its bucket */
	struct list_head in_ve;
};

/* A task in few bits: two that share an address space seldom have the same, which matters only
 * between the end of one's copying and vz_mm_copied(). */
static inline u16 vz_mm_copier(const struct task_struct *task)
{
	return hash_ptr(task, 16);
}

/* What is in @mm now. A record keeps its VE alive by one private page. */
static inline u64 vz_mm_pages(const struct mm_struct *mm, enum vz_mm_figure figure)
{
	if (figure == VZ_MM_LOCKED)
		return vz_hook_enforced(VZLITE_LOCKEDPAGES) ? READ_ONCE(mm->locked_vm) : 0;
	return max_t(u64, READ_ONCE(mm->data_vm) + READ_ONCE(mm->stack_vm), 1);
}

static inline enum vzlite_resource vz_mm_resource(enum vz_mm_figure figure)
{
	return figure == VZ_MM_LOCKED ? VZLITE_LOCKEDPAGES : VZLITE_PRIVVMPAGES;
}

/* Without a per-CPU stock: amounts are large, and what shrinks gives nothing back. */
static inline bool vz_mm_charge(struct vz_ve *ve, enum vz_mm_figure figure,
				enum vz_severity severity, u64 pages)
{
	return vz_beancounter_charge_slow(&ve->bc, vz_mm_resource(figure), severity, pages);
}

void vz_mm_uncharge(struct vz_ve *ve, enum vz_mm_figure figure, u64 pages);

/* Misses, rarely, one that another is about to take the place of. */
struct vz_mm *vz_mm_find(const struct mm_struct *mm);
/* Does not: that other one is in the bucket before the first leaves. Takes the bucket's lock. */
struct vz_mm *vz_mm_find_surely(const struct mm_struct *mm);

/* Make a record for @mm, which stays meanwhile, with @pages, private ones, charged to
 * @ve already; they are given back if there is one by now, which is returned, or for -ENOMEM. */
struct vz_mm *vz_mm_enter(struct vz_ve *ve, struct mm_struct *mm, u64 pages);

/* @record, if it is still @mm's, leaves and is freed. */
void vz_mm_leave(struct vz_mm *record, struct mm_struct *mm);
/* The same if the owner is no task of its VE. */
void vz_mm_leave_stranger(struct vz_mm *record);

/* Make @ve (NULL: nobody) pay for @mm, whose @record was found, if @task (NULL:
 * any) still owns it. For want of memory nobody pays until the next growth. */
void vz_mm_rehome(struct vz_mm *record, struct mm_struct *mm, struct task_struct *task,
		  struct vz_ve *ve);

#endif
