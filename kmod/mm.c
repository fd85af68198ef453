// SPDX-License-Identifier: GPL-2.0-only
#include <linux/delay.h>
#include <linux/rculist.h>
#include <linux/sched/task.h>

#include "event.h"
#include "mm.h"
#include "mm_record.h"
#include "ve.h"

enum {
	/* A record may stay this much above its figure when that is looked at. */
	SLACK = 64,
	/* Who is to be refused waits for the busy ones this often, or twice if that is long. */
	SWEEPS_MAX = 8,
	SWEEP_WAIT_US = 4,
	SWEPT_MAX = 4096,
};

void vz_mms_init(struct vz_mms *mms)
{
	spin_lock_init(&mms->lock);
	INIT_LIST_HEAD(&mms->list);
}

/* What the kernel does not lock although it is asked to: mlock_fixup(), mm/mlock.c. */
static bool never_locked(const struct vm_area_struct *vma)
{
	return vma->vm_flags & (VM_SPECIAL | VM_HUGETLB | VM_DROPPABLE) || vma_is_dax(vma);
}

unsigned long vz_mm_mapped(struct mm_struct *mm, enum vz_mm_figure figure, bool counted,
			   unsigned long start, unsigned long end)
{
	VMA_ITERATOR(iterator, mm, start);
	unsigned long pages = 0;
	struct vm_area_struct *vma;

	for_each_vma_range(iterator, vma, end) {
		if (!counted && never_locked(vma))
			continue;
		if (vz_vm_counted(figure, vma->vm_flags) == counted)
			pages += (min(vma->vm_end, end) - max(vma->vm_start, start)) >> PAGE_SHIFT;
	}
	return pages;
}

/* The VE of @mm's owner. */
static struct vz_ve *home(struct mm_struct *mm)
{
	struct task_struct *owner = vz_mm_owner(mm);

	return vz_ve_of_task(owner ?: current);
}

/* True when @target is charged already. What was charged beforehand, to lock several mappings,
 * is not given back at the first: only a sweep does that, when mmap_lock is free. */
static bool covered(struct vz_mm *record, struct mm_struct *mm, enum vz_mm_figure figure,
		    u64 target)
{
	u64 *charged = &record->charged[figure];
	unsigned long flags;
	u64 excess = 0;
	bool covered;

	spin_lock_irqsave(&record->lock, flags);
	/* Whose address space grows does not copy it, nor does anybody else. */
	record->copier = 0;
	covered = record->mm == mm && target <= *charged;
	if (covered && figure == VZ_MM_PRIVATE && *charged - target > SLACK) {
		excess = *charged - target;
		*charged = target;
	}
	spin_unlock_irqrestore(&record->lock, flags);
	if (excess)
		vz_mm_uncharge(record->ve, figure, excess);
	return covered;
}

/*
 * Charge what is missing for @record to have @target charged; for @target as such
 * without a record. 0, -EDQUOT, -ESTALE: the record is no longer @mm's. A
 * refusal is not counted.
 */
static int charge_target(struct vz_ve *ve, struct vz_mm *record, struct mm_struct *mm,
			 enum vz_mm_figure figure, u64 target, enum vz_severity severity)
{
	unsigned long flags;
	u64 *charged;
	int ret = 0;

	if (!record)
		return vz_mm_charge(ve, figure, severity | VZ_QUIET, target) ? 0 : -EDQUOT;
	charged = &record->charged[figure];
	spin_lock_irqsave(&record->lock, flags);
	record->copier = 0;
	if (record->mm != mm)
		ret = -ESTALE;
	else if (target > *charged &&
		 !vz_mm_charge(ve, figure, severity | VZ_QUIET, target - *charged))
		ret = -EDQUOT;
	else if (target > *charged)
		*charged = target;
	spin_unlock_irqrestore(&record->lock, flags);
	return ret;
}

/* @record, which is locked, is at @pages. What that gives back. */
static u64 settle(struct vz_mm *record, enum vz_mm_figure figure, u64 pages)
{
	u64 *charged = &record->charged[figure], given = 0;

	if (pages < *charged)
		given = *charged - pages;
	else if (pages > *charged)
		vz_mm_charge(record->ve, figure, VZ_FORCE, pages - *charged);
	*charged = pages;
	return given;
}

static void figures_of(const struct mm_struct *mm, u64 pages[VZ_MM_FIGURES])
{
	enum vz_mm_figure figure;

	for (figure = 0; figure < VZ_MM_FIGURES; figure++)
		pages[figure] = vz_mm_pages(mm, figure);
}

/* Does who copies @mm hold its mmap_lock for writing? As kernel/locking/rwsem.c keeps the owner:
 * bit 0 is for readers. */
static bool is_copied(const struct vz_mm *record, const struct mm_struct *mm)
{
	unsigned long owner = atomic_long_read(&mm->mmap_lock.owner);
	u16 copier = READ_ONCE(record->copier);

	return copier && !(owner & 1) && vz_mm_copier((void *)owner) == copier;
}

/* The same while it is copied. False: it is not, or no longer. */
static bool figures_copied(const struct vz_mm *record, const struct mm_struct *mm,
			   u64 pages[VZ_MM_FIGURES])
{
	if (!is_copied(record, mm))
		return false;
	smp_rmb();
	figures_of(mm, pages);
	smp_rmb();
	return is_copied(record, mm);
}

/* Lower @record to its figures. False: they cannot be told. */
static bool sweep_one(struct vz_mm *record)
{
	u64 given[VZ_MM_FIGURES] = { }, pages[VZ_MM_FIGURES];
	enum vz_mm_figure figure;
	struct mm_struct *mm;
	unsigned long flags;
	bool free, known;

	spin_lock_irqsave(&record->lock, flags);
	mm = record->mm;
	free = mm && down_read_trylock(&mm->mmap_lock);
	if (free)
		figures_of(mm, pages);
	known = free || (mm && figures_copied(record, mm, pages));
	for (figure = 0; known && figure < VZ_MM_FIGURES; figure++)
		given[figure] = settle(record, figure, pages[figure]);
	if (free)
		up_read(&mm->mmap_lock);
	spin_unlock_irqrestore(&record->lock, flags);
	for (figure = 0; figure < VZ_MM_FIGURES; figure++) {
		if (given[figure])
			vz_mm_uncharge(record->ve, figure, given[figure]);
	}
	return known || !mm;
}

/* Sweep all of @ve but @self. True when some were busy; @swept grows by all. */
static bool sweep(struct vz_ve *ve, struct vz_mm *self, unsigned int *swept)
{
	struct vz_mm *record;
	bool busy = false;

	list_for_each_entry_rcu(record, &ve->mms.list, in_ve, rcu_read_lock_any_held()) {
		if (record != self && !sweep_one(record))
			busy = true;
		++*swept;
	}
	return busy;
}

void vz_mm_recount(struct vz_ve *ve)
{
	unsigned int swept = 0;

	preempt_disable();
	sweep(ve, NULL, &swept);
	preempt_enable();
}

void vz_mm_recount_seldom(struct vz_ve *ve)
{
	u64 now = get_jiffies_64();

	if (now - READ_ONCE(ve->mms.recounted) < VZ_MACHINE_FRESH)
		return;
	WRITE_ONCE(ve->mms.recounted, now);
	vz_mm_recount(ve);
}

/* A charge of @pages would show in maxheld; when was that last exact? */
static void sweep_for_maxheld(struct vz_ve *ve, struct vz_mm *self, enum vz_mm_figure figure,
			      u64 pages)
{
	const struct vz_counter *counter = &ve->bc.counter[vz_mm_resource(figure)];
	u64 held = atomic64_read(&counter->held) + pages;
	unsigned int swept = 0;

	if (held <= atomic64_read(&counter->maxheld) || held <= READ_ONCE(ve->mms.trusted[figure]))
		return;
	sweep(ve, self, &swept);
	held = atomic64_read(&counter->held) + pages;
	WRITE_ONCE(ve->mms.trusted[figure], held + (held >> 6));
}

/* Charge up to @target, counting exactly before it is refused. */
static int charge_counting(struct vz_ve *ve, struct vz_mm *record, struct mm_struct *mm,
			   u64 target, const struct vz_growth *growth)
{
	enum vzlite_resource resource = vz_mm_resource(growth->figure);
	unsigned int swept = 0;
	bool busy = true;
	int ret, i;

	sweep_for_maxheld(ve, record, growth->figure, growth->pages);
	for (i = 0; ; i++) {
		ret = charge_target(ve, record, mm, growth->figure, target, growth->severity);
		if (ret != -EDQUOT || !busy || i == SWEEPS_MAX ||
		    (i > 1 && swept > SWEPT_MAX))
			break;
		if (i > 1)
			udelay(SWEEP_WAIT_US);
		busy = sweep(ve, record, &swept);
	}
	if (ret == -EDQUOT) {
		vz_beancounter_fail(&ve->bc, resource);
		vz_event_hit(ve, resource);
	}
	return ret;
}

/* @mm's record; one is made, by force, if a VE should pay. NULL when none should. */
static struct vz_mm *record_of(struct mm_struct *mm)
{
	struct vz_mm *record = vz_mm_find(mm);
	struct vz_ve *ve = home(mm);
	u64 pages = vz_mm_pages(mm, VZ_MM_PRIVATE);

	/* The hooks saw the owner go elsewhere too early, or not. */
	if (record && ve != record->ve) {
		vz_mm_rehome(record, mm, NULL, ve);
		record = vz_mm_find(mm);
	}
	if (record || !ve)
		return record;
	vz_mm_charge(ve, VZ_MM_PRIVATE, VZ_FORCE, pages);
	return vz_mm_enter(ve, mm, pages);
}

bool vz_mm_covers(struct mm_struct *mm, enum vz_mm_figure figure, unsigned long pages)
{
	struct vz_mm *record = vz_mm_find(mm);

	return record && covered(record, mm, figure, vz_mm_pages(mm, figure) + pages);
}

int vz_mm_grow(struct mm_struct *mm, const struct vz_growth *growth)
{
	u64 pages = vz_mm_pages(mm, growth->figure);
	u64 target = pages + growth->pages - min_t(u64, growth->replaced, pages);
	struct vz_mm *record;
	int ret;

	do {
		record = record_of(mm);
		if (IS_ERR_OR_NULL(record))
			return PTR_ERR_OR_ZERO(record);
		ret = charge_counting(record->ve, record, mm, target, growth);
	} while (ret == -ESTALE);
	return ret;
}

int vz_mm_fork(struct vz_ve *ve, struct mm_struct *mm)
{
	struct vz_growth growth = {
		.figure = VZ_MM_PRIVATE,
		.pages = vz_mm_pages(mm, VZ_MM_PRIVATE),
		.severity = VZ_HARD,
	};
	int ret = charge_counting(ve, NULL, mm, growth.pages, &growth);

	/* What is locked in the parent is not in the child. */
	return ret ?: PTR_ERR_OR_ZERO(vz_mm_enter(ve, mm, growth.pages));
}

void vz_mm_note_protect(struct mm_struct *mm, unsigned long flags)
{
	struct vz_mm *record = vz_mm_find(mm);

	if (record) {
		WRITE_ONCE(record->copier, 0);
		WRITE_ONCE(record->noted_private, vz_vm_private(flags));
		/* Of an earlier call, which did not ask for it. */
		WRITE_ONCE(record->noted_refusal, false);
	}
}

bool vz_mm_noted_private(struct mm_struct *mm)
{
	struct vz_mm *record = vz_mm_find(mm);

	return record && READ_ONCE(record->noted_private);
}

void vz_mm_note_refusal(struct mm_struct *mm)
{
	struct vz_mm *record = vz_mm_find(mm);

	if (record)
		WRITE_ONCE(record->noted_refusal, true);
}

bool vz_mm_take_refusal(struct mm_struct *mm)
{
	struct vz_mm *record = vz_mm_find(mm);

	if (!record || !READ_ONCE(record->noted_refusal))
		return false;
	WRITE_ONCE(record->noted_refusal, false);
	return true;
}

void vz_mm_end(struct mm_struct *mm)
{
	struct vz_mm *record;

	/* It may be moved to another one meanwhile, and nothing comes after this. */
	while ((record = vz_mm_find(mm) ?: vz_mm_find_surely(mm)))
		vz_mm_leave(record, mm);
}

/* By force, while @task->mm cannot change. */
static void enter_task(struct vz_ve *ve, struct task_struct *task)
{
	struct mm_struct *mm = task->mm;
	u64 pages;

	if (!mm || vz_mm_owner(mm) != task)
		return;
	pages = vz_mm_pages(mm, VZ_MM_PRIVATE);
	vz_mm_charge(ve, VZ_MM_PRIVATE, VZ_FORCE, pages);
	if (IS_ERR(vz_mm_enter(ve, mm, pages)))
		pr_warn_ratelimited("out of memory: an address space of VE %u is not counted yet\n",
				    ve->id);
}

void vz_mm_move(struct task_struct *task, struct vz_ve *ve)
{
	struct mm_struct *mm = READ_ONCE(task->mm);
	struct vz_mm *record = mm ? vz_mm_find(mm) : NULL;

	if (!mm || (record ? record->ve : NULL) == ve)
		return;
	if (record) {
		vz_mm_rehome(record, mm, task, ve);
		return;
	}
	/* Its holders may be interrupted by one that waits for css_set_lock: do not
	 * wait. The next growth makes up for it. */
	if (!spin_trylock(&task->alloc_lock))
		return;
	enter_task(ve, task);
	spin_unlock(&task->alloc_lock);
}

void vz_mm_adopt(struct vz_ve *ve, struct task_struct *task)
{
	if (task->flags & PF_KTHREAD)
		return;
	task_lock(task);
	enter_task(ve, task);
	task_unlock(task);
}

void vz_mm_disown_strangers(struct vz_ve *ve)
{
	struct vz_mm *record;

	preempt_disable();
	list_for_each_entry_rcu(record, &ve->mms.list, in_ve, rcu_read_lock_any_held())
		vz_mm_leave_stranger(record);
	preempt_enable();
}
