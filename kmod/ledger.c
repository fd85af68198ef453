// SPDX-License-Identifier: GPL-2.0-only
#include <linux/bit_spinlock.h>
#include <linux/log2.h>
#include <linux/mempool.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "ledger.h"

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

/* Interrupts are off for all of the following, and the bucket is locked. */

static struct vz_charge *bucket_find(struct vz_bucket *bucket, const void *object)
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

static void *bucket_object(const struct vz_bucket *bucket)
{
	return (void *)(bucket->word & ~(VZ_BUCKET_LOCK | VZ_BUCKET_MORE));
}

/* Take @charge, which bucket_find() has found, out; what was left of it. */
static struct vz_charge bucket_remove(struct vz_bucket *bucket, struct vz_charge *charge)
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
	bucket_set(bucket, bucket_object(bucket));
	mempool_free(entry, reserve);
	return removed;
}

/* Enter @object, which does not stand there, with @spare if the bucket's own place
 * is taken. What is left of @spare. */
static struct vz_ledger_entry *bucket_add(struct vz_bucket *bucket, void *object,
					  struct vz_charge charge,
					  struct vz_ledger_entry *spare)
{
	struct rb_node **link = &bucket->more.rb_node, *parent = NULL;

	if (!bucket_object(bucket)) {
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
	bucket_set(bucket, bucket_object(bucket));
	return NULL;
}

/* Interrupts are off, no bucket is locked. */
static void settle(struct vz_charge charge)
{
	if (charge.marked)
		atomic_dec(&charge.ve->internal_files);
	vz_ve_uncharge(charge.ve, charge.resource, 1);
}

/* The reserve is for charges that must not fail; who can be refused has no part in it. */
static struct vz_ledger_entry *entry_alloc(bool must)
{
	if (must)
		return mempool_alloc(reserve, GFP_ATOMIC | __GFP_NOWARN);
	return kmem_cache_alloc(entry_cache, GFP_ATOMIC | __GFP_NOWARN);
}

static void warn_uncounted(const struct vz_ve *ve, enum vzlite_resource resource)
{
	pr_warn_ratelimited("out of memory: a %s of VE %u is not counted\n",
			    vz_resource_name(resource), ve->id);
}

static struct vz_charge new_charge(struct vz_ve *ve, enum vzlite_resource resource)
{
	return (struct vz_charge){ .ve = ve, .kind = resource };
}

/* Enter @object, charged already; uncharge it for want of memory. */
static int ledger_enter(struct vz_ve *ve, enum vzlite_resource resource, void *object,
			bool must)
{
	struct vz_bucket *bucket = vz_ledger_bucket(object);
	struct vz_ledger_entry *spare = entry_alloc(must);
	unsigned long flags;

	local_irq_save(flags);
	if (unlikely(!spare)) {
		vz_ve_uncharge(ve, resource, 1);
		local_irq_restore(flags);
		return -ENOMEM;
	}
	bit_spin_lock(0, &bucket->word);
	spare = bucket_add(bucket, object, new_charge(ve, resource), spare);
	__bit_spin_unlock(0, &bucket->word);
	local_irq_restore(flags);
	if (spare)
		mempool_free(spare, reserve);
	return 0;
}

int vz_ledger_enter_slow(struct vz_ve *ve, enum vzlite_resource resource, void *object)
{
	return ledger_enter(ve, resource, object, false);
}

int vz_ledger_charge_slow(struct vz_ve *ve, enum vzlite_resource resource, void *object,
			  enum vz_severity severity)
{
	/* It must not count against the new one. */
	vz_ledger_uncharge_locked(~0UL, object);
	if (!vz_beancounter_charge(&ve->bc, resource, severity, 1))
		return -EDQUOT;
	return ledger_enter(ve, resource, object, false);
}

/* Of any of @resources. */
void vz_ledger_uncharge_locked(unsigned long resources, void *object)
{
	struct vz_bucket *bucket = vz_ledger_bucket(object);
	struct vz_charge *found, removed;
	unsigned long flags;

	local_irq_save(flags);
	bit_spin_lock(0, &bucket->word);
	found = bucket_find(bucket, object);
	if (found && resources & BIT(found->resource))
		removed = bucket_remove(bucket, found);
	else
		found = NULL;
	__bit_spin_unlock(0, &bucket->word);
	if (found)
		settle(removed);
	local_irq_restore(flags);
}

/*
 * Interrupts are off. The VE that pays for @known as @resource, charged once more
 * with @severity if it can be; that keeps it, also a zombie, for @known is held
 * while we have its bucket locked. NULL when nobody pays.
 */
static struct vz_ve *charge_payer(void *known, enum vzlite_resource resource,
				  enum vz_severity severity, bool *charged)
{
	struct vz_bucket *bucket = vz_ledger_bucket(known);
	struct vz_charge *found;
	struct vz_ve *ve = NULL;

	bit_spin_lock(0, &bucket->word);
	found = bucket_find(bucket, known);
	if (found && found->resource == resource) {
		ve = found->ve;
		*charged = vz_beancounter_charge(&ve->bc, resource, severity, 1);
	}
	__bit_spin_unlock(0, &bucket->word);
	return ve;
}

int vz_ledger_charge_like(void *known, enum vzlite_resource resource, void *object,
			  struct vz_ve **payer)
{
	unsigned long flags;
	bool charged = false;
	int ret = 0;

	*payer = NULL;
	if (likely(!READ_ONCE(vz_ledger_bucket(known)->word)))
		return 0;
	local_irq_save(flags);
	vz_ledger_uncharge_locked(~0UL, object);
	*payer = charge_payer(known, resource, VZ_HARD, &charged);
	if (charged)
		ret = ledger_enter(*payer, resource, object, false);
	else if (*payer)
		ret = -EDQUOT;
	local_irq_restore(flags);
	return ret;
}

void vz_ledger_adopt_like(void *known, enum vzlite_resource resource, void *object)
{
	struct vz_ve *ve;
	unsigned long flags;
	bool charged = false;

	if (likely(!READ_ONCE(vz_ledger_bucket(known)->word)))
		return;
	local_irq_save(flags);
	vz_ledger_uncharge_locked(~0UL, object);
	ve = charge_payer(known, resource, VZ_FORCE, &charged);
	if (charged && ledger_enter(ve, resource, object, true))
		warn_uncounted(ve, resource);
	local_irq_restore(flags);
}

bool vz_ledger_rename(enum vzlite_resource resource, void *from, void *to)
{
	struct vz_bucket *bucket = vz_ledger_bucket(from);
	struct vz_charge *found, charge = { };
	unsigned long flags;

	if (likely(!READ_ONCE(bucket->word)))
		return false;
	local_irq_save(flags);
	vz_ledger_uncharge_locked(~0UL, to);
	bit_spin_lock(0, &bucket->word);
	found = bucket_find(bucket, from);
	if (found && found->resource == resource)
		charge = bucket_remove(bucket, found);
	__bit_spin_unlock(0, &bucket->word);
	if (charge.ve && ledger_enter(charge.ve, resource, to, true))
		warn_uncounted(charge.ve, resource);
	local_irq_restore(flags);
	return charge.ve;
}

/* The bucket is locked. Make @ve pay for what @charge is for; who paid before, if
 * that changes, and what is to be settled with it. */
static struct vz_charge charge_pass(struct vz_charge *charge, struct vz_ve *ve)
{
	struct vz_charge left = *charge;

	charge->adopted = false;
	if (left.ve == ve)
		return new_charge(NULL, left.resource);
	charge->ve = ve;
	charge->marked = false;
	vz_beancounter_charge(&ve->bc, charge->resource, VZ_FORCE, 1);
	return left;
}

/* The bucket is locked. Enter @object for @charge, by force, or pass it on to
 * charge's VE unless that is only an adoption. False when it needs a @spare. */
static bool force_locked(struct vz_bucket *bucket, void *object, struct vz_charge charge,
			 struct vz_ledger_entry **spare, struct vz_charge *left)
{
	struct vz_charge *found = bucket_find(bucket, object);

	if (found && found->resource == charge.resource) {
		if (!charge.adopted)
			*left = charge_pass(found, charge.ve);
		return true;
	}
	/* One that died unseen at this address. */
	if (found)
		*left = bucket_remove(bucket, found);
	if (bucket_object(bucket) && !*spare)
		return false;
	vz_beancounter_charge(&charge.ve->bc, charge.resource, VZ_FORCE, 1);
	*spare = bucket_add(bucket, object, charge, *spare);
	return true;
}

static void ledger_force(struct vz_ve *ve, enum vzlite_resource resource, void *object,
			 bool adopt)
{
	struct vz_bucket *bucket = vz_ledger_bucket(object);
	struct vz_charge charge = new_charge(ve, resource), left = { };
	struct vz_ledger_entry *spare = NULL;
	unsigned long flags;
	bool done;

	charge.adopted = adopt;
	local_irq_save(flags);
	do {
		bit_spin_lock(0, &bucket->word);
		done = force_locked(bucket, object, charge, &spare, &left);
		__bit_spin_unlock(0, &bucket->word);
		if (!done)
			spare = entry_alloc(true);
	} while (!done && spare);
	if (left.ve)
		settle(left);
	local_irq_restore(flags);

	if (!done)
		warn_uncounted(ve, resource);
	if (spare)
		mempool_free(spare, reserve);
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
	struct vz_bucket *bucket = vz_ledger_bucket(object);
	struct vz_charge *found, removed;
	unsigned long flags;

	local_irq_save(flags);
	bit_spin_lock(0, &bucket->word);
	found = bucket_find(bucket, object);
	if (found && found->resource == resource && found->ve == ve && found->adopted)
		removed = bucket_remove(bucket, found);
	else
		found = NULL;
	__bit_spin_unlock(0, &bucket->word);
	if (found)
		settle(removed);
	local_irq_restore(flags);
}

/* Set or clear the mark; returns whether it was set before. */
static bool ledger_set_mark(enum vzlite_resource resource, void *object, bool mark)
{
	struct vz_bucket *bucket = vz_ledger_bucket(object);
	struct vz_charge *found;
	unsigned long flags;
	bool was = false;

	local_irq_save(flags);
	bit_spin_lock(0, &bucket->word);
	found = bucket_find(bucket, object);
	if (found && found->resource == resource) {
		was = found->marked;
		if (mark && !was)
			atomic_inc(&found->ve->internal_files);
		else if (!mark && was)
			atomic_dec(&found->ve->internal_files);
		found->marked = mark;
	}
	__bit_spin_unlock(0, &bucket->word);
	local_irq_restore(flags);
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
	if (bucket_object(bucket) && resources & BIT(charge.resource))
		visit(charge.ve, charge.resource, bucket_object(bucket));
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
