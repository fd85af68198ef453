/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Limit events of what the VE's cgroup enforces: physpages, oomguarpages, swappages. No
 * call of ours is made when the cgroup refuses; so their failcnt, which costs a load, is
 * looked at once a second, and what it rose by is told as one event (event.h), by
 * nobody's name. What came before VE_NEW is not told. When the VE's init ends, and when the
 * VE is deleted, it is looked at once more: the cgroup is removed next.
 *
 * kmemsize and dcachesize are refused as a part of physpages. Namespaces and buffers of
 * sockets have no failcnt.
 */
#ifndef VZLITE_WATCH_H
#define VZLITE_WATCH_H

#include <linux/types.h>

struct vz_ve;

#define VZ_WATCHED_COUNT 3

/* In each struct vz_ve. */
struct vz_watched {
	u64 failcnt[VZ_WATCHED_COUNT];	/* what was told, or need not be */
};

/* @ve, which nobody can find yet, has its cgroup. */
void vz_watch_init(struct vz_ve *ve);
/* Look at @ve now, which the caller keeps. Does not sleep. */
void vz_watch_last(struct vz_ve *ve);
/* A VE has come: look from now on. Caller holds the registry's mutex. */
void vz_watch_start(void);
/* No VE is left. Sleeps. */
void vz_watch_exit(void);

#endif
