/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Address spaces (struct mm_struct): which VE pays for one, and for how much.
 *
 * The kernel keeps exact figures in each: what is counted here is data_vm +
 * stack_vm, the "VmData" and "VmStk" of /proc/PID/status: private writable
 * mappings, and stacks; and locked_vm, the "VmLck". So what a VE holds is the sum
 * over its address spaces. One with nothing of the first, whose program has unmapped all that it
 * can, counts as one page, by which its record keeps the VE.
 * Growth is seen beforehand, and refused; shrinking is not seen at all. Hence:
 *   - a record for each address space says how much was charged for it, which is
 *     never less than its figure, and may be more;
 *   - before a charge is refused, and before held is shown, the records of the VE
 *     are swept: each is lowered to the figure;
 *   - the counter's held is the sum of the records.
 * An address space that is being changed at the very moment (its mmap_lock is
 * held for writing) is not swept, for its figure is about to rise by what was
 * charged, or falls and rises as it is changed (mprotect, mremap). Who is to be refused
 * looks again for some microseconds. A fork holds the lock for as long as it copies, and
 * changes nothing: then it is swept.
 *
 * maxheld is raised with each charge. Charges that would raise it sweep now and
 * then, so that it is at most 1/64 more than what was held; it includes what the
 * kernel itself refused after we had charged it.
 *
 * Whose: the VE of the task that owns it (mm->owner: who made it by fork or exec,
 * its heir when it exits). It moves with that task, by force; tasks that share
 * it and live elsewhere do not matter; what one on the host adds is counted by the
 * next sweep. Where a move cannot be seen (the owner
 * is in exec, or an heir is in another VE) the next growth corrects it. What was
 * there before its VE is charged when the VE comes, by force.
 *
 * Records: 64 bytes, in a hash table by address and in a list of the VE. They are
 * freed by RCU; who has found one and holds its lock, and sees the address space's
 * address in it, keeps that from being freed. An address space leaves by
 * exit_mmap(), which every one goes through when nobody can use it any more.
 *
 * Locks: a record's, the VE's list and the hash table's are innermost, and taken
 * with interrupts off, since moves come under css_set_lock. All below: any
 * context with preemption off that the VE was looked up in, unless said otherwise.
 */
#ifndef VZLITE_MM_H
#define VZLITE_MM_H

#include <linux/hash.h>
#include <linux/list.h>
#include <linux/spinlock.h>

#include "beancounter.h"
#include "compat/mm.h"

struct css_set;
struct vz_ve;
struct vz_mm;

/* What is counted of one. */
enum vz_mm_figure {
	VZ_MM_PRIVATE,		/* privvmpages: data_vm + stack_vm */
	VZ_MM_LOCKED,		/* lockedpages: locked_vm */
	VZ_MM_FIGURES,
};

/* In a VE. */
struct vz_mms {
	spinlock_t lock;
	struct list_head list;
	u64 trusted[VZ_MM_FIGURES];	/* up to here maxheld rises without a sweep */
	u64 recounted;			/* jiffies: by vz_mm_recount_seldom() */
};

/* What is asked for: @pages, with mmap_lock held for writing, in place of some that are counted. */
struct vz_growth {
	enum vz_mm_figure figure;
	unsigned long pages, replaced;
	enum vz_severity severity;
};

int vz_mm_init(void);		/* -ENOMEM */
void vz_mm_exit(void);		/* no VE is left */
void vz_mms_init(struct vz_mms *mms);

/* True when @pages more for @mm are charged already. Caller as below. */
bool vz_mm_covers(struct mm_struct *mm, enum vz_mm_figure figure, unsigned long pages);
/* 0; -EDQUOT: refused, failcnt counted, an event sent; -ENOMEM: no memory for a
 * record. 0 also when no VE pays. */
int vz_mm_grow(struct mm_struct *mm, const struct vz_growth *growth);

/* Mapped pages of @mm in the range that are @counted, or that are not and could be locked.
 * mmap_lock is held; preemption need not be off. */
unsigned long vz_mm_mapped(struct mm_struct *mm, enum vz_mm_figure figure, bool counted,
			   unsigned long start, unsigned long end);

/* @mm, new and used by nobody yet, is charged to @ve in full. As vz_mm_grow(). */
int vz_mm_fork(struct vz_ve *ve, struct mm_struct *mm);

/* What mprotect tells may_expand_vm() too little about, kept in the record of @mm
 * from one hook to the next, with mmap_lock held for writing: a mapping with @flags
 * changes its protection; was it counted already? */
void vz_mm_note_protect(struct mm_struct *mm, unsigned long flags);
bool vz_mm_noted_private(struct mm_struct *mm);
/* That was refused; was it just now? */
void vz_mm_note_refusal(struct mm_struct *mm);
bool vz_mm_take_refusal(struct mm_struct *mm);

/* @task, which is not a kernel thread, goes to @ve, or to no VE (NULL). Caller
 * holds css_set_lock. */
void vz_mm_move(struct task_struct *task, struct vz_ve *ve);

/* Current begins to copy @mm, with its mmap_lock held for writing; it has let that go. */
void vz_mm_copy(struct mm_struct *mm);
void vz_mm_copied(struct mm_struct *mm);

/* @mm ends. Uncharged, if anybody paid. */
void vz_mm_end(struct mm_struct *mm);

/* @task was in @ve when that came. Process context; interrupts on. */
void vz_mm_adopt(struct vz_ve *ve, struct task_struct *task);
/* Let go what vz_mm_adopt() has mistaken, and what came back when it was moved away. */
void vz_mm_disown_strangers(struct vz_ve *ve);

/* Lower held to what is held. Also any RCU read-side section. */
void vz_mm_recount(struct vz_ve *ve);
/* The same, but not again within VZ_MACHINE_FRESH: it goes through all address spaces, and a
 * tenant may ask in a loop. */
void vz_mm_recount_seldom(struct vz_ve *ve);

/* Is a mapping with these flags counted? VM_SHADOW_STACK comes with VM_WRITE. */
static inline bool vz_vm_private(unsigned long flags)
{
	return flags & VM_STACK || (flags & (VM_WRITE | VM_SHARED)) == VM_WRITE;
}

/* Open for the sake of the functions below only. */
extern struct vz_mm __rcu **vz_mm_table;
extern unsigned int vz_mm_table_bits;

/* The same for a figure. */
static inline bool vz_vm_counted(enum vz_mm_figure figure, unsigned long flags)
{
	return figure == VZ_MM_LOCKED ? flags & VM_LOCKED : vz_vm_private(flags);
}

static __always_inline struct vz_mm __rcu **vz_mm_bucket(const struct mm_struct *mm)
{
	return &vz_mm_table[hash_ptr(mm, vz_mm_table_bits)];
}

/* False when @mm has no record; true when it may have one. */
static __always_inline bool vz_mm_perhaps(const struct mm_struct *mm)
{
	return rcu_access_pointer(*vz_mm_bucket(mm));
}

#endif
