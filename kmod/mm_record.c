// SPDX-License-Identifier: GPL-2.0-only
#include <linux/log2.h>
#include <linux/rculist.h>
#include <linux/slab.h>

#include "mm_record.h"

enum {
	MIN_BITS = 8,
	MAX_BITS = 16,			/* 512 KB */
	PAGES_PER_BUCKET_BITS = 8,
	LOCK_BITS = 6,
};

struct vz_mm __rcu **vz_mm_table __read_mostly;
unsigned int vz_mm_table_bits __read_mostly;
static spinlock_t bucket_locks[1 << LOCK_BITS];

static spinlock_t *bucket_lock(const struct mm_struct *mm)
{
	return &bucket_locks[hash_ptr(mm, vz_mm_table_bits) & ((1 << LOCK_BITS) - 1)];
}

#define bucket_dereference(pointer) \
	rcu_dereference_check(pointer, rcu_read_lock_any_held())

void vz_mm_uncharge(struct vz_ve *ve, enum vz_mm_figure figure, u64 pages)
{
	if (vz_beancounter_uncharge_slow(&ve->bc, vz_mm_resource(figure), pages) &&
	    READ_ONCE(ve->zombie))
		vz_ve_reap();
}

struct vz_mm *vz_mm_find(const struct mm_struct *mm)
{
	struct vz_mm *record;

	for (record = bucket_dereference(*vz_mm_bucket(mm)); record;
	     record = bucket_dereference(record->next)) {
		if (READ_ONCE(record->mm) == mm)
			return record;
	}
	return NULL;
}

struct vz_mm *vz_mm_find_surely(const struct mm_struct *mm)
{
	struct vz_mm *record;
	unsigned long flags;

	spin_lock_irqsave(bucket_lock(mm), flags);
	record = vz_mm_find(mm);
	spin_unlock_irqrestore(bucket_lock(mm), flags);
	return record;
}

void vz_mm_copy(struct mm_struct *mm)
{
	struct vz_mm *record = vz_mm_find(mm);

	if (record)
		WRITE_ONCE(record->copier, vz_mm_copier(current));
}

void vz_mm_copied(struct mm_struct *mm)
{
	struct vz_mm *record = vz_mm_find(mm);

	if (record && READ_ONCE(record->copier) == vz_mm_copier(current))
		WRITE_ONCE(record->copier, 0);
}

static struct vz_mm *record_alloc(struct vz_ve *ve, struct mm_struct *mm, u64 pages)
{
	struct vz_mm *record = kmalloc(sizeof(*record), GFP_ATOMIC | __GFP_NOWARN);

	if (!record)
		return NULL;
	spin_lock_init(&record->lock);
	record->noted_private = false;
	record->noted_refusal = false;
	record->copier = 0;
	record->mm = mm;
	record->ve = ve;
	record->charged[VZ_MM_PRIVATE] = pages;
	record->charged[VZ_MM_LOCKED] = 0;
	return record;
}

/* The bucket is locked. */
static void record_link(struct vz_mm *record, struct vz_mm __rcu **bucket)
{
	RCU_INIT_POINTER(record->next, rcu_dereference_protected(*bucket, true));
	rcu_assign_pointer(*bucket, record);
	spin_lock(&record->ve->mms.lock);
	list_add_tail_rcu(&record->in_ve, &record->ve->mms.list);
	spin_unlock(&record->ve->mms.lock);
}

struct vz_mm *vz_mm_enter(struct vz_ve *ve, struct mm_struct *mm, u64 pages)
{
	struct vz_mm *record = record_alloc(ve, mm, pages), *there;
	unsigned long flags;

	if (!record) {
		vz_mm_uncharge(ve, VZ_MM_PRIVATE, pages);
		return ERR_PTR(-ENOMEM);
	}
	spin_lock_irqsave(bucket_lock(mm), flags);
	there = vz_mm_find(mm);
	if (!there)
		record_link(record, vz_mm_bucket(mm));
	spin_unlock_irqrestore(bucket_lock(mm), flags);
	if (!there)
		return record;
	kfree(record);
	vz_mm_uncharge(ve, VZ_MM_PRIVATE, pages);
	return there;
}

/* What was charged for a record that leaves. */
struct charges {
	u64 pages[VZ_MM_FIGURES];
};

/* The record is locked, and @mm's. */
static void record_leave(struct vz_mm *record, struct charges *left)
{
	memcpy(left->pages, record->charged, sizeof(left->pages));
	WRITE_ONCE(record->mm, NULL);
}

/* @record has left @mm. */
static void record_free(struct vz_mm *record, const struct mm_struct *mm,
			const struct charges *left)
{
	struct vz_mm __rcu **at = vz_mm_bucket(mm);
	struct vz_ve *ve = record->ve;
	enum vz_mm_figure figure;
	struct vz_mm *other;
	unsigned long flags;

	spin_lock_irqsave(bucket_lock(mm), flags);
	while ((other = rcu_dereference_protected(*at, true)) != record)
		at = &other->next;
	rcu_assign_pointer(*at, rcu_dereference_protected(record->next, true));
	spin_lock(&ve->mms.lock);
	list_del_rcu(&record->in_ve);
	spin_unlock(&ve->mms.lock);
	spin_unlock_irqrestore(bucket_lock(mm), flags);
	kfree_rcu(record, rcu);
	for (figure = 0; figure < VZ_MM_FIGURES; figure++) {
		if (left->pages[figure])
			vz_mm_uncharge(ve, figure, left->pages[figure]);
	}
}

void vz_mm_leave(struct vz_mm *record, struct mm_struct *mm)
{
	struct charges left;
	unsigned long flags;
	bool ours;

	spin_lock_irqsave(&record->lock, flags);
	ours = record->mm == mm;
	if (ours)
		record_leave(record, &left);
	spin_unlock_irqrestore(&record->lock, flags);
	if (ours)
		record_free(record, mm, &left);
}

void vz_mm_leave_stranger(struct vz_mm *record)
{
	struct task_struct *owner;
	struct charges left;
	struct mm_struct *mm;
	unsigned long flags;
	bool strange;

	spin_lock_irqsave(&record->lock, flags);
	mm = record->mm;
	owner = mm ? vz_mm_owner(mm) : NULL;
	/* One that is not yet on its cgroup's list is being forked. */
	strange = owner && !list_empty(&owner->cg_list) && vz_ve_of_task(owner) != record->ve;
	if (strange)
		record_leave(record, &left);
	spin_unlock_irqrestore(&record->lock, flags);
	if (strange)
		record_free(record, mm, &left);
}

/* @from is locked, and leaves after this: its mm must not end between. */
static void record_take_over(struct vz_mm *record, const struct vz_mm *from)
{
	enum vz_mm_figure figure;

	for (figure = 0; figure < VZ_MM_FIGURES; figure++) {
		record->charged[figure] = from->charged[figure];
		vz_mm_charge(record->ve, figure, VZ_FORCE, record->charged[figure]);
	}
	spin_lock(bucket_lock(from->mm));
	record_link(record, vz_mm_bucket(from->mm));
	spin_unlock(bucket_lock(from->mm));
}

void vz_mm_rehome(struct vz_mm *record, struct mm_struct *mm, struct task_struct *task,
		  struct vz_ve *ve)
{
	struct vz_mm *new = ve ? record_alloc(ve, mm, 0) : NULL;
	struct charges left;
	unsigned long flags;
	bool moves;

	spin_lock_irqsave(&record->lock, flags);
	/* While it is @mm's, @mm is there. */
	moves = record->mm == mm && (!task || vz_mm_owner(mm) == task);
	if (moves && new)
		record_take_over(new, record);
	if (moves)
		record_leave(record, &left);
	spin_unlock_irqrestore(&record->lock, flags);
	if (moves)
		record_free(record, mm, &left);
	else
		kfree(new);
}

int vz_mm_init(void)
{
	int i;

	BUILD_BUG_ON(!IS_ENABLED(CONFIG_DEBUG_SPINLOCK) && sizeof(struct vz_mm) > 64);
	vz_mm_table_bits = clamp_t(int, ilog2(totalram_pages()) - PAGES_PER_BUCKET_BITS,
				   MIN_BITS, MAX_BITS);
	vz_mm_table = kvcalloc(1UL << vz_mm_table_bits, sizeof(*vz_mm_table), GFP_KERNEL);
	if (!vz_mm_table)
		return -ENOMEM;
	for (i = 0; i < ARRAY_SIZE(bucket_locks); i++)
		spin_lock_init(&bucket_locks[i]);
	return 0;
}

void vz_mm_exit(void)
{
	kvfree(vz_mm_table);
}
