/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The I/O of a VE by device: io.stat of its cgroup, what all tasks in it did since it was
 * made. Kept, and read again by a reader who finds it older than VZ_MACHINE_FRESH.
 */
#ifndef VZLITE_DISKS_H
#define VZLITE_DISKS_H

#include <linux/rcupdate.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#include "machine.h"

struct vz_ve;

/* Bytes and requests, read, written, discarded. */
struct vz_disk {
	dev_t device;
	u64 rbytes, wbytes, rios, wios, dbytes, dios;
};

struct vz_disk_list {
	struct rcu_head rcu;
	unsigned int count;
	struct vz_disk disk[];
};

/* In each struct vz_ve. */
struct vz_disks {
	struct vz_turn turn;
	spinlock_t lock;		/* all below; who only looks for a disk uses RCU */
	u64 taken;			/* jiffies; 0: never */
	struct vz_disk_list __rcu *list;
	struct vz_disk gone;		/* of disks that the host has taken away: rbytes, wbytes */
};

void vz_disks_init(struct vz_disks *disks);
void vz_disks_destroy(struct vz_disks *disks);

/* See that they are fresh. The caller keeps @ve. Sleeps. */
void vz_disks_refresh(struct vz_ve *ve);

/* Of one device; false: the VE did no I/O on it. Any context. */
bool vz_disks_find(struct vz_ve *ve, dev_t device, struct vz_disk *disk);
/* rbytes and wbytes of all together, with those that are gone. Not from interrupts. */
void vz_disks_sum(struct vz_ve *ve, struct vz_disk *sum);

#endif
