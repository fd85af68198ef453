/* SPDX-License-Identifier: GPL-2.0-only */
/* The records of mm.h, for mm.c only. */
#ifndef VZLITE_MM_RECORD_H
#define VZLITE_MM_RECORD_H

#include "mm.h"
#include "ve.h"

struct vz_mm {
	spinlock_t lock;
	bool noted_private;		/* see vz_mm_note_protect() */
	bool noted_refusal;
	struct mm_struct *mm;		/* NULL: it has left; set once, with the lock */
	struct vz_ve *ve;		/* kept by what is held for this */
	union {
		u64 charged;		/* with the lock; not below 1 */
		struct rcu_head rcu;	/* once it has left */
	};
	struct vz_mm __rcu *next;	/* in its bucket */
	struct list_head in_ve;
};

/* The figure. A record keeps its VE alive by one page. */
static inline u64 vz_mm_pages(const struct mm_struct *mm)
{
	return max_t(u64, READ_ONCE(mm->data_vm) + READ_ONCE(mm->stack_vm), 1);
}

/* Without a per-CPU stock: amounts are large, and what shrinks gives nothing back. */
static inline bool vz_mm_charge(struct vz_ve *ve, enum vz_severity severity, u64 pages)
{
	return vz_beancounter_charge_slow(&ve->bc, VZLITE_PRIVVMPAGES, severity, pages);
}

void vz_mm_uncharge(struct vz_ve *ve, u64 pages);

struct vz_mm *vz_mm_find(const struct mm_struct *mm);

/* Make a record for @mm, which stays meanwhile, with @pages charged to @ve already;
 * they are given back if there is one by now, which is returned, or for -ENOMEM. */
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
