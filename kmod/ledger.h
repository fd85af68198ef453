/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ledger: which VE an object (task, file ...) was charged to. Only what
 * stands in it is uncharged, so objects older than the hooks are let go, and
 * an object is uncharged from the VE that paid, whoever frees it.
 *
 * A hash table of entries by the object's address: 40 bytes an object from a
 * slab of their own. They are not charged to the VE's memory cgroup (that would
 * cost as much as all the rest); what bounds them is numproc, numfile and the
 * objects' own memory, which is six times as much. The table is allocated at load, sized by the machine's
 * memory. One raw spinlock for each group of buckets, taken with interrupts
 * off, since objects are freed in any context; innermost but for the counters.
 *
 * An object whose bucket is empty costs its freer one load: whoever frees an
 * object got it from the one that entered it, so an entry cannot be missed.
 *
 * Hazard: should an object die unseen (security_file_alloc() failing for want
 * of memory after our handler), its entry stays, and its VE with it, until the
 * address is used again: whoever charges a new object there uncharges first.
 */
#ifndef VZLITE_LEDGER_H
#define VZLITE_LEDGER_H

#include <linux/hash.h>
#include <linux/list.h>
#include <linux/types.h>
#include <uapi/vzlite.h>

struct vz_ve;

int vz_ledger_init(void);
/* Every entry is gone: no VE is left. */
void vz_ledger_exit(void);

/*
 * Charge one of @resource, HARD, to @ve for @object. 0: charged, and the
 * caller's reference on @ve now belongs to the entry. -EDQUOT: refused and
 * failcnt counted; -ENOMEM: no memory for the entry, nothing counted; both
 * leave the reference to the caller. Any context; does not sleep.
 */
int vz_ledger_charge(struct vz_ve *ve, enum vzlite_resource resource, void *object);

/* The table and its hash, open for the sake of the next function only. */
extern struct hlist_head *vz_ledger_table;
extern unsigned int vz_ledger_shift;

static __always_inline struct hlist_head *vz_ledger_bucket(const void *object)
{
	return &vz_ledger_table[(u64)object * GOLDEN_RATIO_64 >> vz_ledger_shift];
}

void vz_ledger_uncharge_slow(enum vzlite_resource resource, void *object,
			     struct hlist_head *bucket);

/* Uncharge @object from whoever was charged; nothing if nobody was. Same context.
 * For the objects of the host it must cost next to nothing. */
static __always_inline void vz_ledger_uncharge(enum vzlite_resource resource, void *object)
{
	struct hlist_head *bucket = vz_ledger_bucket(object);

	if (unlikely(READ_ONCE(bucket->first)))
		vz_ledger_uncharge_slow(resource, object, bucket);
}

/*
 * @object belongs to @ve from now on (NULL: to no VE): its charge moves, by
 * force. The caller's reference on @ve is consumed. For want of memory, when
 * even the reserve is used up, an object new to the ledger stays uncharged and
 * the log says so. Calls for one object are ordered by the caller. Same context.
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

/* Mark the entry of @object and count it in its VE's internal_files; take the
 * mark off again, telling whether it was there. Same context. */
void vz_ledger_mark(enum vzlite_resource resource, void *object);
bool vz_ledger_unmark(enum vzlite_resource resource, void *object);

#endif
