// SPDX-License-Identifier: GPL-2.0-only
#include <linux/bit_spinlock.h>
#include <linux/log2.h>
#include <linux/mempool.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "ledger_bucket.h"

enum {
	MIN_BITS = 12,
	MAX_BITS = 20,			/* 32 MB */
	BYTES_PER_BUCKET_BITS = 17,
	RESERVE = 64,			/* entries for charges that must not fail */
};

/* An object that shares its bucket with others. */
struct vz_ledger_entry {
	struct rb_node node;
	void *object;
	struct vz_charge charge;
};

struct vz_bucket *vz_ledger_table __read_mostly;
unsigned int vz_ledger_mask __read_mostly;
static struct kmem_cache *entry_cache __read_mostly;
static mempool_t *reserve __read_mostly;

struct vz_ledger_entry *vz_ledger_entry_alloc(bool must)
{
	if (must)
		return mempool_alloc(reserve, GFP_ATOMIC | __GFP_NOWARN);
	return kmem_cache_alloc(entry_cache, GFP_ATOMIC | __GFP_NOWARN);
}

void vz_ledger_entry_free(struct vz_ledger_entry *entry)
{
	mempool_free(entry, reserve);
}

struct vz_charge *vz_bucket_find(struct vz_bucket *bucket, const void *object)
{
	struct rb_node *node = bucket->more.rb_node;
	struct vz_ledger_entry *entry;

	if ((bucket->word & ~(VZ_BUCKET_LOCK | VZ_BUCKET_MORE)) == (unsigned long)object)
		return &bucket->charge;
	while (node) {
		entry = rb_entry(node, struct vz_ledger_entry, node);
		if (entry->object == object)
			return &entry->charge;
		node = object < entry->object ? node->rb_left : node->rb_right;
	}
	return NULL;
}

static void bucket_set(struct vz_bucket *bucket, void *object)
{
	WRITE_ONCE(bucket->word, (unsigned long)object | VZ_BUCKET_LOCK |
				 (RB_EMPTY_ROOT(&bucket->more) ? 0 : VZ_BUCKET_MORE));
}

struct vz_charge vz_bucket_remove(struct vz_bucket *bucket, struct vz_charge *charge)
{
	struct vz_charge removed = *charge;
	struct vz_ledger_entry *entry;

	if (charge == &bucket->charge) {
		WRITE_ONCE(charge->kind, 0);
		bucket_set(bucket, NULL);
		return removed;
	}
	entry = container_of(charge, struct vz_ledger_entry, charge);
	rb_erase(&entry->node, &bucket->more);
	bucket_set(bucket, vz_bucket_object(bucket));
	mempool_free(entry, reserve);
	return removed;
}

struct vz_ledger_entry *vz_bucket_add(struct vz_bucket *bucket, void *object,
					  struct vz_charge charge,
					  struct vz_ledger_entry *spare)
{
	struct rb_node **link = &bucket->more.rb_node, *parent = NULL;

	if (!vz_bucket_object(bucket)) {
		bucket->charge = charge;
		bucket_set(bucket, object);
		return spare;
	}
	spare->object = object;
	spare->charge = charge;
	while (*link) {
		parent = *link;
		link = object < rb_entry(parent, struct vz_ledger_entry, node)->object ?
		       &parent->rb_left : &parent->rb_right;
	}
	rb_link_node(&spare->node, parent, link);
	rb_insert_color(&spare->node, &bucket->more);
	bucket_set(bucket, vz_bucket_object(bucket));
	return NULL;
}

static void bucket_visit(struct vz_bucket *bucket, unsigned long resources,
			 void (*visit)(struct vz_ve *ve, enum vzlite_resource resource,
				       void *object))
{
	struct vz_ledger_entry *entry;
	struct vz_charge charge;
	struct rb_node *node;
	unsigned long flags;

	local_irq_save(flags);
	bit_spin_lock(0, &bucket->word);
	charge.kind = smp_load_acquire(&bucket->charge.kind);
	charge.ve = READ_ONCE(bucket->charge.ve);
	if (vz_bucket_object(bucket) && resources & BIT(charge.resource))
		visit(charge.ve, charge.resource, vz_bucket_object(bucket));
	for (node = rb_first(&bucket->more); node; node = rb_next(node)) {
		entry = rb_entry(node, struct vz_ledger_entry, node);
		if (resources & BIT(entry->charge.resource))
			visit(entry->charge.ve, entry->charge.resource, entry->object);
	}
	__bit_spin_unlock(0, &bucket->word);
	local_irq_restore(flags);
}

void vz_ledger_visit(unsigned long resources,
		     void (*visit)(struct vz_ve *ve, enum vzlite_resource resource,
				   void *object))
{
	unsigned int i;

	for (i = 0; i <= vz_ledger_mask; i++) {
		if (READ_ONCE(vz_ledger_table[i].word))
			bucket_visit(&vz_ledger_table[i], resources, visit);
		if (!(i % 1024))
			cond_resched();
	}
}

int vz_ledger_init(void)
{
	unsigned int bits;

	BUILD_BUG_ON(sizeof(struct vz_bucket) != 32);
	BUILD_BUG_ON(sizeof(struct vz_ledger_entry) != 48);

	bits = clamp_t(unsigned int, ilog2(totalram_pages()) + PAGE_SHIFT - BYTES_PER_BUCKET_BITS,
		       MIN_BITS, MAX_BITS);
	vz_ledger_mask = (1U << bits) - 1;

	entry_cache = kmem_cache_create("vzlite_ledger", sizeof(struct vz_ledger_entry), 0, 0,
					NULL);
	if (!entry_cache)
		return -ENOMEM;
	reserve = mempool_create_slab_pool(RESERVE, entry_cache);
	if (!reserve)
		goto err_destroy_cache;
	/* Whoever loads us is told: the log need not be. */
	vz_ledger_table = kvcalloc(1UL << bits, sizeof(*vz_ledger_table),
				   GFP_KERNEL | __GFP_NOWARN);
	if (!vz_ledger_table)
		goto err_destroy_reserve;
	return 0;

err_destroy_reserve:
	mempool_destroy(reserve);
err_destroy_cache:
	kmem_cache_destroy(entry_cache);
	return -ENOMEM;
}

void vz_ledger_exit(void)
{
	kvfree(vz_ledger_table);
	mempool_destroy(reserve);
	kmem_cache_destroy(entry_cache);
}
