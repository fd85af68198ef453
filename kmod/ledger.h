/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ledger: which VE an object (task, file ...) was charged to. Only what
 * stands in it is uncharged, so objects older than the hooks are let go, and
 * an object is uncharged from the VE that paid, whoever frees it.
 *
 * A hash table by the object's address, sized at load: a bucket of 32 bytes for
 * each 128 KB of memory. A bucket has room for one object; more hang behind it as
 * entries of 48 bytes from a slab of their own. Those are not charged to the VE's
 * memory cgroup, which would cost as much as all the rest; what bounds them is
 * numproc and numfile. (File locks have no entry: see charge/lock.c.)
 *
 * They hang in a tree: all VEs and the host share the table, and a tenant who makes
 * very many objects, or finds out by their speed which of his share a bucket, must
 * not make the others slow.
 *
 * A bucket's word says it all in one atomic step: 0, nothing is in here; an
 * object's address, this one alone; anything else, ask with the lock. So what is
 * done most, to enter an object into an empty bucket and to take it out again, is
 * one compare-and-exchange: nobody else asks for an object while it is made or
 * freed. Whoever changes whom an object is charged to has the lock, which is a bit
 * of the word. It is taken with interrupts off, for objects are freed in any
 * context, and is innermost but for counters and the slab.
 *
 * Who visits all objects meets some that are just being made or freed. While the
 * bucket's own place is empty, and until the new charge is complete, its kind is 0,
 * which no object is charged as (VZLITE_KMEMSIZE); an object that a visitor finds
 * under the lock cannot be freed before the lock is: its freer waits for it.
 *
 * An object whose bucket is empty costs its freer one load: whoever frees an
 * object got it from the one that entered it, so it cannot be missed.
 *
 * An address is charged for one resource: what is charged for two enters the
 * second with the address of one of its members.
 *
 * Hazard: should an object die unseen (security_file_alloc() failing for want
 * of memory after our handler), its charge stays, and its VE with it, until the
 * address is used again: whoever charges a new object there uncharges first.
 */
#ifndef VZLITE_LEDGER_H
#define VZLITE_LEDGER_H

#include <linux/atomic.h>
#include <linux/hash.h>
#include <linux/preempt.h>
#include <linux/rbtree.h>
#include <linux/types.h>

#include "ve.h"

struct vz_charge {
	struct vz_ve *ve;		/* kept by what is held for this */
	union {
		struct {
			u16 resource;
			bool marked;
			bool adopted;	/* by vz_ledger_adopt, not moved since */
		};
		u32 kind;
	};
};

#define VZ_BUCKET_LOCK	BIT(0)
#define VZ_BUCKET_MORE	BIT(1)		/* @more is not empty */

struct vz_bucket {
	unsigned long word;		/* object or 0, VZ_BUCKET_* */
	struct vz_charge charge;	/* of that object */
	struct rb_root more;		/* struct vz_ledger_entry by object */
};

int vz_ledger_init(void);
/* Nothing stands in it: no VE is left. */
void vz_ledger_exit(void);

/* Open for the sake of the functions below only. */
extern struct vz_bucket *vz_ledger_table;
extern unsigned int vz_ledger_mask;
int vz_ledger_charge_slow(struct vz_ve *ve, enum vzlite_resource resource, void *object,
			  enum vz_severity severity);
int vz_ledger_enter_slow(struct vz_ve *ve, enum vzlite_resource resource, void *object);
void vz_ledger_uncharge_locked(unsigned long resources, void *object);

static __always_inline struct vz_bucket *vz_ledger_bucket(const void *object)
{
	return &vz_ledger_table[((u64)object * GOLDEN_RATIO_64 >> 32) & vz_ledger_mask];
}

/*
 * Charge one of @resource to @ve for @object, which is new. 0, or -EDQUOT: refused,
 * and failcnt counted unless VZ_QUIET; -ENOMEM: no memory for an entry, nothing
 * counted. This and all below: any context; none sleeps. Those that take a @ve are
 * called in the same section with preemption off that it was looked up in.
 */
static __always_inline int vz_ledger_charge_as(struct vz_ve *ve, enum vzlite_resource resource,
					       void *object, enum vz_severity severity)
{
	struct vz_bucket *bucket = vz_ledger_bucket(object);
	unsigned long word = 0;

	/* First see whether one that died unseen stands here. */
	if (unlikely(READ_ONCE(bucket->word)))
		return vz_ledger_charge_slow(ve, resource, object, severity);
	if (!vz_beancounter_charge(&ve->bc, resource, severity, 1))
		return -EDQUOT;
	if (unlikely(!try_cmpxchg(&bucket->word, &word, (unsigned long)object)))
		return vz_ledger_enter_slow(ve, resource, object);
	WRITE_ONCE(bucket->charge.ve, ve);
	/* See vz_ledger_visit(). */
	smp_store_release(&bucket->charge.kind, resource);
	return 0;
}

static __always_inline int vz_ledger_charge(struct vz_ve *ve, enum vzlite_resource resource,
					    void *object)
{
	return vz_ledger_charge_as(ve, resource, object, VZ_HARD);
}

/*
 * The same, HARD, for the VE that pays for @known, which is of the same resource
 * and stays there meanwhile; 0 also when nobody does, or a zombie. It is told as *@payer, for
 * the section with preemption off that this is called in.
 */
int vz_ledger_charge_like(void *known, enum vzlite_resource resource, void *object,
			  struct vz_ve **payer);

/* Uncharge @object from whoever was charged; nothing if nobody was. For the
 * objects of the host it must cost next to nothing. */
static __always_inline void vz_ledger_uncharge(enum vzlite_resource resource, void *object)
{
	if (unlikely(READ_ONCE(vz_ledger_bucket(object)->word)))
		vz_ledger_uncharge_locked(BIT(resource), object);
}

/* Take @object, which nobody changes the charge of, out of @bucket if it is alone
 * there and the bucket not locked. */
static __always_inline bool vz_ledger_empty(struct vz_bucket *bucket, void *object)
{
	unsigned long word = (unsigned long)object;
	u32 kind = bucket->charge.kind;

	/* Before somebody else is in this place. */
	WRITE_ONCE(bucket->charge.kind, 0);
	if (likely(try_cmpxchg(&bucket->word, &word, 0)))
		return true;
	WRITE_ONCE(bucket->charge.kind, kind);
	return false;
}

/* The same for an object of one of two resources that vz_ledger_move() is never
 * called for: who pays cannot change between the look and the exchange. */
static __always_inline void vz_ledger_uncharge_either(enum vzlite_resource resource,
						      enum vzlite_resource other, void *object)
{
	struct vz_bucket *bucket = vz_ledger_bucket(object);
	unsigned long word = READ_ONCE(bucket->word);
	struct vz_charge charge;

	if (likely(!word))
		return;
	preempt_disable_notrace();
	charge = bucket->charge;
	if (unlikely(word != (unsigned long)object ||
		     (charge.kind != resource && charge.kind != other)))
		vz_ledger_uncharge_locked(BIT(resource) | BIT(other), object);
	else if (unlikely(!vz_ledger_empty(bucket, object)))
		vz_ledger_uncharge_locked(BIT(resource) | BIT(other), object);
	else if (charge.kind == resource)
		vz_ve_uncharge(charge.ve, resource, 1);
	else
		vz_ve_uncharge(charge.ve, other, 1);
	preempt_enable_notrace();
}

static __always_inline void vz_ledger_uncharge_fixed(enum vzlite_resource resource, void *object)
{
	vz_ledger_uncharge_either(resource, resource, object);
}

/* Does @object stand in it as @resource? The caller sees to it that this does not change. */
bool vz_ledger_stands(enum vzlite_resource resource, const void *object);

/* The VE that pays for @object as @resource, or NULL. */
struct vz_ve *vz_ledger_payer(enum vzlite_resource resource, const void *object);

/* Take @object out; the VE that pays for it, now for something else that the caller
 * notes, or NULL. */
struct vz_ve *vz_ledger_take(enum vzlite_resource resource, void *object);

/*
 * @object belongs to @ve from now on (NULL: to no VE): its charge moves, by
 * force. For want of memory, when even the reserve is used up, an object new to
 * the ledger stays uncharged and the log says so. Calls for one object, and its
 * being freed, are ordered by the caller.
 */
void vz_ledger_move(struct vz_ve *ve, enum vzlite_resource resource, void *object);

/*
 * Charge @object to @ve by force unless the ledger knows it already; otherwise
 * like vz_ledger_move. For objects that were there before their VE or, an
 * internal file, before they were known to be a tenant's.
 */
void vz_ledger_adopt(struct vz_ve *ve, enum vzlite_resource resource, void *object);
/* Take that back if nobody moved @object since. */
void vz_ledger_disown(struct vz_ve *ve, enum vzlite_resource resource, void *object);
/* Uncharge @object if it is @ve that pays for it, whoever moved it there. Only of
 * resources that vz_ledger_uncharge() is called for: others' freers ask without a lock. */
void vz_ledger_let_go(struct vz_ve *ve, enum vzlite_resource resource, void *object);

/*
 * Call @visit for each object that is charged as one of @resources, with its bucket
 * locked and interrupts off: the object is not freed, nor its VE, before it returns.
 * One that is made or freed meanwhile may be missed. Looks at all of the table, some
 * million instructions on a large machine. Sleeps.
 */
void vz_ledger_visit(unsigned long resources,
		     void (*visit)(struct vz_ve *ve, enum vzlite_resource resource,
				   void *object));

/* Mark @object and count it in its VE's internal_files; take the mark off again,
 * telling whether it was there. By current for itself. */
void vz_ledger_mark(enum vzlite_resource resource, void *object);
bool vz_ledger_unmark(enum vzlite_resource resource, void *object);

#endif
