// SPDX-License-Identifier: GPL-2.0-only
#include <linux/list.h>
#include <linux/log2.h>
#include <linux/mempool.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#include "ledger.h"
#include "ve.h"

enum {
	LOCK_BITS = 8,			/* 256 locks */
	MIN_BITS = 12,
	MAX_BITS = 20,			/* 8 MB */
	BYTES_PER_BUCKET_BITS = 18,	/* one bucket for 256 KB of memory */
	RESERVE = 64,			/* entries for charges that must not fail */
	MAGAZINE = 64,			/* free entries at hand on each CPU */
};

struct ledger_entry {
	struct hlist_node node;
	void *object;
	struct vz_ve *ve;		/* owned reference */
	u16 resource;
	bool marked;
	bool adopted;			/* entered by vz_ledger_adopt, not moved since */
};

struct ledger_lock {
	raw_spinlock_t lock;
} ____cacheline_aligned_in_smp;

struct hlist_head *vz_ledger_table __read_mostly;
unsigned int vz_ledger_shift __read_mostly;
static struct ledger_lock locks[1 << LOCK_BITS];

/* Free entries of a CPU; interrupts are off around each use. Making a file and
 * closing it takes one and puts it back: a third of what the slab would cost. */
struct magazine {
	struct hlist_head free;
	unsigned int count;
};
static DEFINE_PER_CPU(struct magazine, magazines);
static struct kmem_cache *entry_cache __read_mostly;
static mempool_t *reserve __read_mostly;

static inline raw_spinlock_t *bucket_lock(const struct hlist_head *bucket)
{
	return &locks[(bucket - vz_ledger_table) & ((1 << LOCK_BITS) - 1)].lock;
}

static struct ledger_entry *bucket_find(struct hlist_head *bucket,
					enum vzlite_resource resource, const void *object)
{
	struct ledger_entry *entry;

	hlist_for_each_entry(entry, bucket, node) {
		if (entry->object == object && entry->resource == resource)
			return entry;
	}
	return NULL;
}

static inline struct vz_counter *entry_counter(const struct ledger_entry *entry)
{
	return &entry->ve->bc.counter[entry->resource];
}

/* Interrupts are off. NULL when none is at hand. */
static struct ledger_entry *magazine_take(void)
{
	struct magazine *magazine = this_cpu_ptr(&magazines);
	struct ledger_entry *entry;

	if (hlist_empty(&magazine->free))
		return NULL;
	entry = hlist_entry(magazine->free.first, struct ledger_entry, node);
	hlist_del(&entry->node);
	magazine->count--;
	return entry;
}

/* Interrupts are off. False when it is full. */
static bool magazine_put(struct ledger_entry *entry)
{
	struct magazine *magazine = this_cpu_ptr(&magazines);

	if (magazine->count >= MAGAZINE)
		return false;
	hlist_add_head(&entry->node, &magazine->free);
	magazine->count++;
	return true;
}

static void magazines_drain(void)
{
	struct ledger_entry *entry;
	struct hlist_node *next;
	int cpu;

	for_each_possible_cpu(cpu) {
		hlist_for_each_entry_safe(entry, next, &per_cpu(magazines, cpu).free, node)
			kmem_cache_free(entry_cache, entry);
	}
}

/* Does not sleep. */
static struct ledger_entry *entry_alloc(void)
{
	struct ledger_entry *entry;
	unsigned long flags;

	local_irq_save(flags);
	entry = magazine_take();
	local_irq_restore(flags);
	if (likely(entry))
		return entry;
	/* From the slab, or, when there is none, from the reserve. */
	return mempool_alloc(reserve, GFP_ATOMIC | __GFP_NOWARN);
}

/* Give @entry's charge and mark back to its VE, and the entry itself to who needs
 * one next. It is out of the table, and no lock is held: the last reference
 * queues work. */
static void entry_settle(struct ledger_entry *entry)
{
	unsigned long flags;
	bool kept = false;

	if (entry->marked)
		atomic_dec(&entry->ve->internal_files);
	vz_counter_uncharge(entry_counter(entry), 1);
	vz_ve_put(entry->ve);
	/* The reserve is refilled first. */
	if (likely(READ_ONCE(reserve->curr_nr) >= RESERVE)) {
		local_irq_save(flags);
		kept = magazine_put(entry);
		local_irq_restore(flags);
	}
	if (!kept)
		mempool_free(entry, reserve);
}

/*
 * Enter the charge, already made, of @entry->object. An entry that stands there
 * is of a dead object that had the same address, and goes; or with @keep it was
 * entered by somebody who knows better, and the new one goes.
 */
static void ledger_enter(struct ledger_entry *entry, bool keep)
{
	struct hlist_head *bucket = vz_ledger_bucket(entry->object);
	raw_spinlock_t *lock = bucket_lock(bucket);
	struct ledger_entry *other;
	unsigned long flags;

	raw_spin_lock_irqsave(lock, flags);
	other = bucket_find(bucket, entry->resource, entry->object);
	if (unlikely(other && keep)) {
		swap(other, entry);
	} else {
		if (unlikely(other))
			hlist_del(&other->node);
		hlist_add_head(&entry->node, bucket);
	}
	raw_spin_unlock_irqrestore(lock, flags);
	if (unlikely(other))
		entry_settle(other);
}

static void entry_fill(struct ledger_entry *entry, struct vz_ve *ve,
		       enum vzlite_resource resource, void *object)
{
	entry->object = object;
	entry->ve = ve;
	entry->resource = resource;
	entry->marked = false;
	entry->adopted = false;
}

int vz_ledger_charge(struct vz_ve *ve, enum vzlite_resource resource, void *object)
{
	struct ledger_entry *entry;

	/* Charge first: a refusal, which a VE can provoke at will, is cheap. */
	if (!vz_counter_charge(&ve->bc.counter[resource], VZ_HARD, 1))
		return -EDQUOT;
	entry = entry_alloc();
	if (unlikely(!entry)) {
		vz_counter_uncharge(&ve->bc.counter[resource], 1);
		return -ENOMEM;
	}
	entry_fill(entry, ve, resource, object);
	ledger_enter(entry, false);
	return 0;
}

void vz_ledger_uncharge_slow(enum vzlite_resource resource, void *object,
			     struct hlist_head *bucket)
{
	raw_spinlock_t *lock = bucket_lock(bucket);
	struct ledger_entry *entry;
	unsigned long flags;

	raw_spin_lock_irqsave(lock, flags);
	entry = bucket_find(bucket, resource, object);
	if (entry)
		hlist_del(&entry->node);
	raw_spin_unlock_irqrestore(lock, flags);

	if (entry)
		entry_settle(entry);
}

/*
 * True when the ledger knew @object: then its charge is @ve's, or with @keep
 * whoever's it was, and the caller's reference on @ve is used up.
 */
static bool ledger_move_known(struct vz_ve *ve, enum vzlite_resource resource, void *object,
			      bool keep)
{
	struct hlist_head *bucket = vz_ledger_bucket(object);
	raw_spinlock_t *lock = bucket_lock(bucket);
	struct vz_ve *left = ve;
	struct ledger_entry *entry;
	unsigned long flags;
	bool marked = false;

	raw_spin_lock_irqsave(lock, flags);
	entry = bucket_find(bucket, resource, object);
	if (entry && !keep) {
		entry->adopted = false;
		if (entry->ve != ve) {
			left = entry->ve;
			marked = entry->marked;
			entry->ve = ve;
			entry->marked = false;
			vz_counter_charge(entry_counter(entry), VZ_FORCE, 1);
		}
	}
	raw_spin_unlock_irqrestore(lock, flags);

	if (!entry)
		return false;
	if (left != ve) {
		if (marked)
			atomic_dec(&left->internal_files);
		vz_counter_uncharge(&left->bc.counter[resource], 1);
	}
	vz_ve_put(left);
	return true;
}

static void ledger_force(struct vz_ve *ve, enum vzlite_resource resource, void *object,
			 bool adopt)
{
	struct ledger_entry *entry;

	if (ledger_move_known(ve, resource, object, adopt))
		return;
	entry = entry_alloc();
	if (unlikely(!entry)) {
		pr_warn_ratelimited("out of memory: a %s of VE %u is not counted\n",
				    vz_resource_name(resource), ve->id);
		vz_ve_put(ve);
		return;
	}
	vz_counter_charge(&ve->bc.counter[resource], VZ_FORCE, 1);
	entry_fill(entry, ve, resource, object);
	entry->adopted = adopt;
	ledger_enter(entry, adopt);
}

void vz_ledger_move(struct vz_ve *ve, enum vzlite_resource resource, void *object)
{
	if (!ve)
		vz_ledger_uncharge(resource, object);
	else
		ledger_force(ve, resource, object, false);
}

void vz_ledger_adopt(struct vz_ve *ve, enum vzlite_resource resource, void *object)
{
	ledger_force(ve, resource, object, true);
}

void vz_ledger_disown(struct vz_ve *ve, enum vzlite_resource resource, void *object)
{
	struct hlist_head *bucket = vz_ledger_bucket(object);
	raw_spinlock_t *lock = bucket_lock(bucket);
	struct ledger_entry *entry;
	unsigned long flags;

	raw_spin_lock_irqsave(lock, flags);
	entry = bucket_find(bucket, resource, object);
	if (entry && entry->ve == ve && entry->adopted)
		hlist_del(&entry->node);
	else
		entry = NULL;
	raw_spin_unlock_irqrestore(lock, flags);
	if (entry)
		entry_settle(entry);
}

/* Set or clear the mark; returns whether it was set before. */
static bool ledger_set_mark(enum vzlite_resource resource, void *object, bool mark)
{
	struct hlist_head *bucket = vz_ledger_bucket(object);
	raw_spinlock_t *lock = bucket_lock(bucket);
	struct ledger_entry *entry;
	unsigned long flags;
	bool was = false;

	raw_spin_lock_irqsave(lock, flags);
	entry = bucket_find(bucket, resource, object);
	if (entry) {
		was = entry->marked;
		if (mark && !was)
			atomic_inc(&entry->ve->internal_files);
		else if (!mark && was)
			atomic_dec(&entry->ve->internal_files);
		entry->marked = mark;
	}
	raw_spin_unlock_irqrestore(lock, flags);
	return was;
}

void vz_ledger_mark(enum vzlite_resource resource, void *object)
{
	ledger_set_mark(resource, object, true);
}

bool vz_ledger_unmark(enum vzlite_resource resource, void *object)
{
	return ledger_set_mark(resource, object, false);
}

int vz_ledger_init(void)
{
	unsigned int i, table_bits;
	int ret = -ENOMEM;

	BUILD_BUG_ON(sizeof(struct ledger_entry) > 64);

	table_bits = clamp_t(unsigned int,
			     ilog2(totalram_pages()) + PAGE_SHIFT - BYTES_PER_BUCKET_BITS,
			     MIN_BITS, MAX_BITS);
	vz_ledger_shift = 64 - table_bits;
	for (i = 0; i < ARRAY_SIZE(locks); i++)
		raw_spin_lock_init(&locks[i].lock);

	entry_cache = kmem_cache_create("vzlite_ledger", sizeof(struct ledger_entry), 0, 0,
					NULL);
	if (!entry_cache)
		return ret;
	reserve = mempool_create_slab_pool(RESERVE, entry_cache);
	if (!reserve)
		goto err_destroy_cache;
	vz_ledger_table = kvcalloc(1UL << table_bits, sizeof(*vz_ledger_table), GFP_KERNEL);
	if (!vz_ledger_table)
		goto err_destroy_reserve;
	return 0;

err_destroy_reserve:
	mempool_destroy(reserve);
err_destroy_cache:
	kmem_cache_destroy(entry_cache);
	return ret;
}

void vz_ledger_exit(void)
{
	kvfree(vz_ledger_table);
	magazines_drain();
	mempool_destroy(reserve);
	kmem_cache_destroy(entry_cache);
}
