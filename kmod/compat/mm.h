/* SPDX-License-Identifier: GPL-2.0-only */
/* Address spaces: the flags of a mapping, and who gets them how. */
#ifndef VZLITE_COMPAT_MM_H
#define VZLITE_COMPAT_MM_H

#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/version.h>

/* may_expand_vm(), mlock_fixup() and apply_vma_lock_flags() are given the flags, on newer
 * kernels their address. All bits of an address' highest byte are set, with five levels of
 * page tables, too; of flags only the topmost ever is: VM_SEALED of 6.10 and later, which
 * everybody may set by mseal(2). */
static inline unsigned long vz_vm_flags(const void *argument)
{
	return (unsigned long)argument >> 56 == 0xff ? *(const unsigned long *)argument
						     : (unsigned long)argument;
}

/* mprotect_fixup() and mlock_fixup() have an iterator in front since 6.3: what an
 * argument is by the earlier count, and by the later. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 3, 0)
#define vz_fixup_argument(without, with)	(without)
#else
#define vz_fixup_argument(without, with)	(with)
#endif

/* Since 6.11; what 6.1's headers do not have no mapping has. */
#ifndef VM_DROPPABLE
#define VM_DROPPABLE	VM_NONE
#endif

/* The task in whose name @mm is, or NULL. Caller is in an RCU read-side section. */
static inline struct task_struct *vz_mm_owner(const struct mm_struct *mm)
{
#ifdef CONFIG_MEMCG
	return rcu_dereference_raw(mm->owner);
#else
	return NULL;
#endif
}

#endif
