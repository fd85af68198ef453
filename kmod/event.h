/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Limit events: the handlers note a refusal, or shown/watch.h what it has seen others
 * refuse; work on our workqueue multicasts it, at once the first time, then at most
 * once a second for each VE and resource with the number of refusals since, so that
 * a VE cannot flood the host. What is left when a VE is deleted is told then, and nothing
 * of a zombie's.
 *
 * End events: how the VE's init ended, at most once a second likewise, and then the last.
 * A VE of vzlite's has one init and cannot make another; an adopted one may have many
 * (a pod), or, where it shares the host's pid namespace, make as many as it likes.
 */
#ifndef VZLITE_EVENT_H
#define VZLITE_EVENT_H

#include <linux/bitmap.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>
#include <uapi/vzlite.h>

#include "hook.h"

struct vz_ve;

struct vz_hit {
	u32 hits;			/* since the last event; U32_MAX: or more */
	u32 pid;			/* of the last one's process, in the initial pid namespace; or 0 */
	char comm[TASK_COMM_LEN];	/* its own */
};

struct vz_end {
	u32 how;			/* enum vzlite_end */
	u32 wait_status;
};

struct vz_events {
	raw_spinlock_t lock;		/* innermost; all below */
	bool end_pending;
	DECLARE_BITMAP(pending, VZLITE_RESOURCE_COUNT);
	struct vz_hit hit[VZLITE_RESOURCE_COUNT];
	u64 next[VZLITE_RESOURCE_COUNT];	/* jiffies before which none is sent */
	struct vz_end end;		/* of the last init */
	u64 end_next;			/* jiffies before which none is sent */
	struct delayed_work work;
};

void vz_events_init(struct vz_ve *ve);
/* @ve is a zombie, and its id nobody else's yet: tell now what waits for its second. Sleeps. */
void vz_events_flush(struct vz_ve *ve);
/* @ve cannot be found any more, and a grace period has passed. Sleeps. */
void vz_events_stop(struct vz_ve *ve);
/* current, or a soft interrupt, was refused @resource, in the section with preemption
 * off that @ve was found in. Any context but hard interrupts; does not sleep. */
void vz_event_hit(struct vz_ve *ve, enum vzlite_resource resource);
/* @resource was refused @hits times by others, and it is not known to whom. The same. */
void vz_event_seen(struct vz_ve *ve, enum vzlite_resource resource, u64 hits);

/* Its bit in vz_hook.resources; nothing else needs it. */
#define VZ_EVENT_END	63
/* (pid_namespace): at the entry of zap_pid_ns_processes(), which is called once by the
 * last thread of a namespace's init, with no lock held. */
VZ_HANDLER(vz_event_end);
void vz_event_end_direct(void);

/* How @ve's last init ended; NONE if none has. Any context. */
struct vz_end vz_event_last_end(struct vz_ve *ve);

#endif
