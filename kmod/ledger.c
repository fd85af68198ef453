// SPDX-License-Identifier: GPL-2.0-only
#include <linux/bit_spinlock.h>

#include "ledger_bucket.h"

/* Interrupts are off, no bucket is locked. */
static void settle(struct vz_charge charge)
{
	if (charge.marked)
		atomic_dec(&charge.ve->internal_files);
	vz_ve_uncharge(charge.ve, charge.resource, 1);
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
int vz_ledger_enter_slow(struct vz_ve *ve, enum vzlite_resource resource, void *object)
{
	struct vz_bucket *bucket = vz_ledger_bucket(object);
	struct vz_ledger_entry *spare = vz_ledger_entry_alloc(false);
	unsigned long flags;

	local_irq_save(flags);
	if (unlikely(!spare)) {
		vz_ve_uncharge(ve, resource, 1);
		local_irq_restore(flags);
		return -ENOMEM;
	}
	bit_spin_lock(0, &bucket->word);
	spare = vz_bucket_add(bucket, object, new_charge(ve, resource), spare);
	__bit_spin_unlock(0, &bucket->word);
	local_irq_restore(flags);
	if (spare)
		vz_ledger_entry_free(spare);
	return 0;
}

int vz_ledger_charge_slow(struct vz_ve *ve, enum vzlite_resource resource, void *object,
			  enum vz_severity severity)
{
	/* It must not count against the new one. */
	vz_ledger_uncharge_locked(~0UL, object);
	if (!vz_beancounter_charge(&ve->bc, resource, severity, 1))
		return -EDQUOT;
	return vz_ledger_enter_slow(ve, resource, object);
}

struct vz_ve *vz_ledger_payer(enum vzlite_resource resource, const void *object)
{
	struct vz_bucket *bucket = vz_ledger_bucket(object);
	const struct vz_charge *found;
	struct vz_ve *payer = NULL;
	unsigned long flags;

	local_irq_save(flags);
	bit_spin_lock(0, &bucket->word);
	found = vz_bucket_find(bucket, object);
	if (found && found->resource == resource)
		payer = found->ve;
	__bit_spin_unlock(0, &bucket->word);
	local_irq_restore(flags);
	return payer;
}

bool vz_ledger_stands(enum vzlite_resource resource, const void *object)
{
	return vz_ledger_payer(resource, object);
}

/* Of any of @resources. */
void vz_ledger_uncharge_locked(unsigned long resources, void *object)
{
	struct vz_bucket *bucket = vz_ledger_bucket(object);
	struct vz_charge *found, removed;
	unsigned long flags;

	local_irq_save(flags);
	bit_spin_lock(0, &bucket->word);
	found = vz_bucket_find(bucket, object);
	if (found && resources & BIT(found->resource))
		removed = vz_bucket_remove(bucket, found);
	else
		found = NULL;
	__bit_spin_unlock(0, &bucket->word);
	if (found)
		settle(removed);
	local_irq_restore(flags);
}

/*
 * Interrupts are off. The VE that pays for @known as @resource, charged once more
 * if it can be; that keeps it, for @known is held while we have its bucket locked. NULL when
 * nobody pays, or a zombie: it is to end.
 */
static struct vz_ve *charge_payer(void *known, enum vzlite_resource resource, bool *charged)
{
	struct vz_bucket *bucket = vz_ledger_bucket(known);
	struct vz_charge *found;
	struct vz_ve *ve = NULL;

	bit_spin_lock(0, &bucket->word);
	found = vz_bucket_find(bucket, known);
	if (found && found->resource == resource && !READ_ONCE(found->ve->zombie)) {
		ve = found->ve;
		*charged = vz_beancounter_charge(&ve->bc, resource, VZ_HARD, 1);
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
	*payer = charge_payer(known, resource, &charged);
	if (charged)
		ret = vz_ledger_enter_slow(*payer, resource, object);
	else if (*payer)
		ret = -EDQUOT;
	local_irq_restore(flags);
	return ret;
}

struct vz_ve *vz_ledger_take(enum vzlite_resource resource, void *object)
{
	struct vz_bucket *bucket = vz_ledger_bucket(object);
	struct vz_charge *found, charge = { };
	unsigned long flags;

	if (likely(!READ_ONCE(bucket->word)))
		return NULL;
	local_irq_save(flags);
	bit_spin_lock(0, &bucket->word);
	found = vz_bucket_find(bucket, object);
	if (found && found->resource == resource)
		charge = vz_bucket_remove(bucket, found);
	__bit_spin_unlock(0, &bucket->word);
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
	struct vz_charge *found = vz_bucket_find(bucket, object);

	if (found && found->resource == charge.resource) {
		if (!charge.adopted)
			*left = charge_pass(found, charge.ve);
		return true;
	}
	/* One that died unseen at this address. */
	if (found)
		*left = vz_bucket_remove(bucket, found);
	if (vz_bucket_object(bucket) && !*spare)
		return false;
	vz_beancounter_charge(&charge.ve->bc, charge.resource, VZ_FORCE, 1);
	*spare = vz_bucket_add(bucket, object, charge, *spare);
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
			spare = vz_ledger_entry_alloc(true);
	} while (!done && spare);
	if (left.ve)
		settle(left);
	local_irq_restore(flags);

	if (!done)
		warn_uncounted(ve, resource);
	if (spare)
		vz_ledger_entry_free(spare);
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

/* @adopted: only if it still stands as it was adopted. */
static void uncharge_from(struct vz_ve *ve, enum vzlite_resource resource, void *object,
			  bool adopted)
{
	struct vz_bucket *bucket = vz_ledger_bucket(object);
	struct vz_charge *found, removed;
	unsigned long flags;

	local_irq_save(flags);
	bit_spin_lock(0, &bucket->word);
	found = vz_bucket_find(bucket, object);
	if (found && found->resource == resource && found->ve == ve &&
	    (found->adopted || !adopted))
		removed = vz_bucket_remove(bucket, found);
	else
		found = NULL;
	__bit_spin_unlock(0, &bucket->word);
	if (found)
		settle(removed);
	local_irq_restore(flags);
}

void vz_ledger_disown(struct vz_ve *ve, enum vzlite_resource resource, void *object)
{
	uncharge_from(ve, resource, object, true);
}

void vz_ledger_let_go(struct vz_ve *ve, enum vzlite_resource resource, void *object)
{
	uncharge_from(ve, resource, object, false);
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
	found = vz_bucket_find(bucket, object);
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
