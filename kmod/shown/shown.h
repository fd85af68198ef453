/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Counters that others than the module keep, shown in the same table: one source
 * a file. What is shown as barrier and limit is what the source has now, not what
 * VE_SET has said; without a source on this VE the enforcer is "none", and the row
 * is a dummy with the bounds that were told.
 *
 * By the VE's cgroup (memcg.c); pages are of 4 KiB, "." is 0 or unlimited:
 *
 *   resource      held              maxheld         barrier      limit            failcnt
 *   physpages     memory.current    memory.peak     memory.high  memory.max       "oom"
 *   swappages     ...swap.current   its peak        ...swap.high ...swap.max      swap "max"
 *   vmguarpages   .                 .               memory.low   .                .
 *   oomguarpages  (1)               of the samples  memory.min   .                "oom_kill"
 *   kmemsize      stat "kernel"     of the samples  memory.high  memory.max       .
 *   dcachesize    (2)               of the samples  memory.high  memory.max       .
 *
 * failcnt of physpages is what OpenVZ counts: allocations that failed although all
 * that could be reclaimed was ("oom" of memory.events), not the many times that
 * the limit was met and room was made ("max"). A barrier above the limit is shown
 * as the limit. kmemsize and dcachesize are in bytes. The cgroup does not limit
 * them by themselves, but as part of physpages: so its bounds are theirs, and its
 * failcnt counts what they are refused.
 * (1) inactive_anon + active_anon + unevictable of memory.stat, and swap.
 * (2) slab_reclaimable of memory.stat: dentries and inodes, and little else.
 *
 * By its namespaces: see namespace.h. Buffers of sockets: socket.h.
 *
 * The counters of memory.stat are summed over CPUs and cgroups by nothing that a
 * module may call, so they are taken from the file itself: see sample.h. They are
 * as old as COUNTER_A_AGE says.
 */
#ifndef VZLITE_SHOWN_H
#define VZLITE_SHOWN_H

#include "../ve.h"

/*
 * The values of @resource of @ve and who enforces it, whoever that is. Caller is in
 * an RCU read-side section. Does not sleep.
 */
void vz_shown_read(struct vz_ve *ve, enum vzlite_resource resource,
		   struct vz_counter_values *values);

/* Of one source: false when it does not have @resource of @ve; *@values, which
 * nobody's counter has filled, is as it was then. Same context. */
bool vz_memcg_read(struct vz_ve *ve, enum vzlite_resource resource,
		   struct vz_counter_values *values);
bool vz_namespace_read(struct vz_ve *ve, enum vzlite_resource resource,
		       struct vz_counter_values *values);

bool vz_socket_read(struct vz_ve *ve, enum vzlite_resource resource,
		    struct vz_counter_values *values);

/* What @resource failed by in @ve's cgroup; 0: it has no such counter. RCU, as above. */
u64 vz_memcg_failcnt(const struct vz_ve *ve, enum vzlite_resource resource);

/* Bytes of swap that @ve has in use now. Any context. */
u64 vz_memcg_swap(const struct vz_ve *ve);
/* Has its cgroup a memory controller? RCU is held. */
bool vz_memcg_known(const struct vz_ve *ve);

#endif
