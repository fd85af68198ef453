// SPDX-License-Identifier: GPL-2.0-only
/*
 * privvmpages: pages of private writable mappings, and of stacks, touched or not
 * (VmData + VmStk of each process). lockedpages: pages of mappings that are locked
 * in memory (VmLck). mm.h says how they are counted; here is where they grow.
 *
 *   mmap      mmap_region(). Not may_expand_vm(), which believes that what a
 *             MAP_FIXED replaces was counted as what comes is.
 *   mprotect  may_expand_vm(), which is asked for all pages, also when they were
 *             writable before. mprotect_fixup() tells us beforehand.
 *   brk, mremap, growth of a stack
 *             may_expand_vm()
 *   fork      cgroup_can_fork(): the child's address space is complete, nobody
 *             runs in it. vfork and threads make none.
 *
 *   mlock, mlockall
 *             mlock_fixup(), for each mapping. Beforehand all that mlock is to lock
 *             is charged at once, in apply_vma_lock_flags(), so that it locks all
 *             or nothing; and mlockall, which ignores errors, is refused when it is
 *             called (its charge may be swept before it has mmap_lock: beside another
 *             that locks, the kernel may then leave a mapping out without a word).
 *             mmap, brk, mremap and stacks lock, too, where that is asked
 *             for or was for all to come.
 *
 * MAP_NORESERVE makes no difference to any of these. A stack and a program that
 * is being executed may grow up to the limit, the rest up to the barrier: they
 * cannot react, but would be killed. While a program is executed its old and its
 * new address space both count.
 */
#include <linux/fs.h>
#include <linux/kallsyms.h>
#include <linux/magic.h>
#include <linux/mman.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/string.h>

#include "../hook_direct.h"
#include "../mm.h"
#include "../ve.h"
#include "charge.h"

/* Where mmap_region() is when it calls may_expand_vm(): most calls come from there,
 * and are not asked twice. */
unsigned long vz_memory_mmap_return;

/* Who calls may_expand_vm()? Known callers by return address. */
enum caller {
	CALLER_OTHER,
	CALLER_MMAP,
	CALLER_MPROTECT,
	CALLERS,
	CALLER_HIDDEN = CALLERS,	/* by a tracer: not remembered */
};

enum { RETURNS = 8 };
static unsigned long known_returns[CALLERS][RETURNS];

static noinline enum caller caller_by_name(unsigned long address)
{
	static const struct {
		const char *prefix;
		enum caller caller;
	} names[] = {
		{ "mmap_region", CALLER_MMAP },
		{ "__mmap_", CALLER_MMAP },
		{ "mprotect_fixup", CALLER_MPROTECT },
		{ "do_mprotect_pkey", CALLER_MPROTECT },
	};
	char name[KSYM_SYMBOL_LEN];
	int i;

	sprint_symbol_no_offset(name, address);
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		if (strstarts(name, names[i].prefix))
			return names[i].caller;
	}
	return vz_caller_hidden(name) ? CALLER_HIDDEN : CALLER_OTHER;
}

static enum caller caller_at(unsigned long address)
{
	enum caller caller;
	int i;

	for (caller = 0; caller < CALLERS; caller++) {
		for (i = 0; i < RETURNS; i++) {
			if (READ_ONCE(known_returns[caller][i]) == address)
				return caller;
		}
	}
	caller = caller_by_name(address);
	if (caller == CALLER_HIDDEN)
		return caller;
	for (i = 0; i < RETURNS; i++) {
		if (!cmpxchg(&known_returns[caller][i], 0, address))
			break;
	}
	if (caller == CALLER_MMAP)
		cmpxchg(&vz_memory_mmap_return, 0, address);
	return caller;
}

static bool locked(unsigned long flags)
{
	return flags & VM_LOCKED && vz_hook_enforced(VZLITE_LOCKEDPAGES);
}

static bool executes(const struct mm_struct *mm)
{
	return mm != current->mm || current->in_execve;
}

static int grow(struct mm_struct *mm, const struct vz_growth *growth)
{
	if (likely(vz_mm_covers(mm, growth->figure, growth->pages)))
		return 0;
	return vz_mm_grow(mm, growth);
}

/* A hugetlbfs may have device nodes, too. */
static bool is_huge(const struct file *file)
{
	return file && file_inode(file)->i_sb->s_magic == HUGETLBFS_MAGIC &&
	       S_ISREG(file_inode(file)->i_mode);
}

/* Is what is mapped of @file locked? Not by mmap_region() of all, whatever the flags say. */
static bool locks(const struct file *file, unsigned long flags)
{
	return locked(flags) && !is_huge(file) && !(file && IS_DAX(file->f_mapping->host));
}

static bool in_ve(void)
{
	bool ret;

	preempt_disable_notrace();
	ret = vz_ve_of_task(current);
	preempt_enable_notrace();
	return ret;
}

/* What is mapped from @start on goes, for what comes. A tenant has as many mappings as he likes:
 * others' tasks need not wait until they are counted. To be preempted is no voluntary switch,
 * see hook.h. */
static int replace(struct mm_struct *mm, struct vz_growth *growth, unsigned long start)
{
	bool covers;
	int ret;

	preempt_disable_notrace();
	covers = vz_mm_covers(mm, growth->figure, growth->pages);
	preempt_enable_notrace();
	if (likely(covers))
		return 0;
	growth->replaced = vz_mm_mapped(mm, growth->figure, true, start,
					start + (growth->pages << PAGE_SHIFT));
	preempt_disable_notrace();
	ret = vz_mm_grow(mm, growth);
	preempt_enable_notrace();
	return ret;
}

static noinline int map(const struct file *file, unsigned long start, unsigned long length,
			unsigned long flags)
{
	struct mm_struct *mm = current->mm;
	struct vz_growth growth = {
		.figure = VZ_MM_PRIVATE,
		.pages = length >> PAGE_SHIFT,
		.severity = executes(mm) ? VZ_SOFT : VZ_HARD,
	};

	if (vz_vm_private(flags) && replace(mm, &growth, start))
		return -ENOMEM;
	growth.figure = VZ_MM_LOCKED;
	if (locks(file, flags) && replace(mm, &growth, start))
		return -EAGAIN;
	return 0;
}

/* (file, start, length, flags, offset, list) */
VZ_HANDLER(vz_memory_map)
{
	unsigned long flags = (unsigned long)arg3;

	if ((!vz_vm_private(flags) && !(flags & VM_LOCKED)) || likely(!in_ve()))
		return 0;
	return map(arg0, (unsigned long)arg1, (unsigned long)arg2, flags);
}
VZ_REFUSER_IF(VZ_UNLESS_HOST, vz_memory_map, 6);

static noinline int expand(struct mm_struct *mm, unsigned long flags, unsigned long pages,
			   unsigned long address)
{
	struct vz_growth growth = {
		.figure = VZ_MM_PRIVATE,
		.pages = pages,
		.severity = executes(mm) || flags & VM_STACK ? VZ_SOFT : VZ_HARD,
	};
	bool locks = locked(flags);
	enum caller caller;

	if (likely(vz_memory_mmap_return && !locks && vz_mm_covers(mm, VZ_MM_PRIVATE, pages)))
		return 0;
	caller = caller_at(address);
	if (caller == CALLER_MMAP)
		return 0;
	if ((caller == CALLER_MPROTECT || caller == CALLER_HIDDEN) && vz_mm_noted_private(mm))
		return 0;
	if (vz_vm_private(flags) && grow(mm, &growth)) {
		if (caller == CALLER_MPROTECT)
			vz_mm_note_refusal(mm);
		return VZ_REFUSE_FALSE;
	}
	growth.figure = VZ_MM_LOCKED;
	return locks && caller != CALLER_MPROTECT && grow(mm, &growth) ? VZ_REFUSE_FALSE : 0;
}

/* (mm, flags, pages), and the address that it returns to. */
VZ_HANDLER(vz_memory_expand)
{
	unsigned long flags = vz_vm_flags(arg1);
	int ret = 0;

	if (vz_memory_mmap_return == (unsigned long)arg3)
		return 0;
	preempt_disable_notrace();
	if (unlikely(!vz_vm_private(flags)) && unlikely(vz_mm_perhaps(arg0)) &&
	    vz_mm_take_refusal(arg0))
		/* mprotect() believes a refusal only if what was there may stay. */
		ret = VZ_REFUSE_TRUE;
	else if (likely(vz_vm_private(flags) || flags & VM_LOCKED) &&
		 unlikely(vz_ve_of_task(current)))
		ret = expand(arg0, flags, (unsigned long)arg2, (unsigned long)arg3);
	preempt_enable_notrace();
	return ret;
}
VZ_REFUSER_CALLER(vz_memory_expand, vz_memory_mmap_return);

/* Pages in the range are to be locked. The handlers below have no row but for
 * lockedpages. */
static noinline int lock_range(unsigned long start, unsigned long end)
{
	struct mm_struct *mm = current->mm;
	struct vz_growth growth = { .figure = VZ_MM_LOCKED, .severity = VZ_HARD };
	int ret;

	/* Which the kernel has yet to refuse. */
	if (end <= start)
		return 0;
	/* As in replace(). */
	growth.pages = vz_mm_mapped(mm, VZ_MM_LOCKED, false, start, end);
	preempt_disable_notrace();
	ret = grow(mm, &growth) ? -ENOMEM : 0;
	preempt_enable_notrace();
	return ret;
}

/* (start, length, flags): of current, whose mmap_lock is held for writing. */
VZ_HANDLER(vz_memory_lock)
{
	unsigned long start = (unsigned long)arg0;

	if (!(vz_vm_flags(arg2) & VM_LOCKED) || !in_ve())
		return 0;
	return lock_range(start, start + (unsigned long)arg1);
}
VZ_REFUSER(vz_memory_lock, 3);

/* ([iterator,] mapping, previous, start, end, flags) */
VZ_HANDLER(vz_memory_lock_mapping)
{
	unsigned long start = (unsigned long)vz_fixup_argument(arg2, arg3);
	unsigned long end = (unsigned long)vz_fixup_argument(arg3, arg4);

	if (!(vz_vm_flags(vz_fixup_argument(arg4, arg5)) & VM_LOCKED) || !in_ve())
		return 0;
	return lock_range(start, end);
}
VZ_REFUSER(vz_memory_lock_mapping, 6);

/* Of all that is mapped now, if nobody is changing that: then each mapping tells. */
static noinline int lock_all(void)
{
	struct mm_struct *mm = current->mm;
	int ret;

	if (!down_read_trylock(&mm->mmap_lock))
		return 0;
	ret = lock_range(0, TASK_SIZE);
	up_read(&mm->mmap_lock);
	return ret;
}

static int lock_all_by(unsigned long flags)
{
	if (!(flags & MCL_CURRENT) || flags & ~(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT))
		return 0;
	return in_ve() ? lock_all() : 0;
}

/* (registers), of the system call. */
VZ_HANDLER(vz_memory_lock_all)
{
	const struct pt_regs *regs = arg0;

	return lock_all_by(regs->di);
}
VZ_REFUSER(vz_memory_lock_all, 1);

#ifdef CONFIG_IA32_EMULATION
/* The same, called the way of 32 bits. */
VZ_HANDLER(vz_memory_lock_all32)
{
	const struct pt_regs *regs = arg0;

	return lock_all_by((u32)regs->bx);
}
VZ_REFUSER(vz_memory_lock_all32, 1);
#endif

VZ_HANDLER(vz_memory_protect)
{
	const struct vm_area_struct *vma = vz_fixup_argument(arg1, arg2);

	preempt_disable_notrace();
	if (unlikely(vz_mm_perhaps(vma->vm_mm)))
		vz_mm_note_protect(vma->vm_mm, vma->vm_flags);
	preempt_enable_notrace();
	return 0;
}
VZ_OBSERVER(vz_memory_protect, 6);

/* (child, arguments): nothing is done yet that would have to be undone. */
VZ_HANDLER(vz_memory_fork)
{
	struct task_struct *child = arg0;
	struct vz_ve *ve;
	int ret = 0;

	if (!child->mm || child->mm == current->mm)
		return 0;
	preempt_disable_notrace();
	ve = vz_ve_of_task(current);
	if (unlikely(ve))
		ret = vz_mm_fork(ve, child->mm);
	preempt_enable_notrace();
	return ret ? -ENOMEM : 0;
}
VZ_REFUSER(vz_memory_fork, 2);

/* (old, new): what follows may take long. */
VZ_HANDLER(vz_memory_copy)
{
	preempt_disable_notrace();
	if (unlikely(vz_mm_perhaps(arg0)))
		vz_mm_copy(arg0);
	preempt_enable_notrace();
	return 0;
}
VZ_OBSERVER(vz_memory_copy, 2);

/* (): current has copied its address space. */
VZ_HANDLER(vz_memory_copied)
{
	preempt_disable_notrace();
	if (unlikely(vz_mm_perhaps(current->mm)))
		vz_mm_copied(current->mm);
	preempt_enable_notrace();
	return 0;
}
VZ_OBSERVER(vz_memory_copied, 1);

/* (mm): nobody uses it any more. */
VZ_HANDLER(vz_memory_end)
{
	preempt_disable_notrace();
	if (unlikely(vz_mm_perhaps(arg0)))
		vz_mm_end(arg0);
	preempt_enable_notrace();
	return 0;
}
VZ_OBSERVER(vz_memory_end, 1);
