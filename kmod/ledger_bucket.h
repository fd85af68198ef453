/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the ledger's table is made of: buckets with room for one charge, and entries
 * for more (see ledger.h). For ledger.c only. Any context; none sleeps.
 */
#ifndef VZLITE_LEDGER_BUCKET_H
#define VZLITE_LEDGER_BUCKET_H

#include "ledger.h"

struct vz_ledger_entry;

/* The reserve is for charges that @must not fail; who can be refused has no part in it. */
struct vz_ledger_entry *vz_ledger_entry_alloc(bool must);
void vz_ledger_entry_free(struct vz_ledger_entry *entry);

/* Interrupts are off for all of the following, and the bucket is locked. */

/* The object in the bucket's own place, or NULL. */
static inline void *vz_bucket_object(const struct vz_bucket *bucket)
{
	return (void *)(bucket->word & ~(VZ_BUCKET_LOCK | VZ_BUCKET_MORE));
}

/* The charge of @object, or NULL. */
struct vz_charge *vz_bucket_find(struct vz_bucket *bucket, const void *object);
/* Take @charge, which vz_bucket_find() has found, out; what was left of it. */
struct vz_charge vz_bucket_remove(struct vz_bucket *bucket, struct vz_charge *charge);
/* Enter @object, which does not stand there, with @spare if the bucket's own place
 * is taken. What is left of @spare. */
struct vz_ledger_entry *vz_bucket_add(struct vz_bucket *bucket, void *object,
				      struct vz_charge charge, struct vz_ledger_entry *spare);

#endif
