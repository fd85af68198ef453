// SPDX-License-Identifier: GPL-2.0-only
#include <linux/jiffies.h>
#include <linux/pid_namespace.h>
#include <linux/sched/signal.h>
#include <linux/string.h>

#include "event.h"
#include "hook_direct.h"
#include "netlink.h"
#include "shown/namespace.h"
#include "ve.h"

/* Of 32 bits, so that ten VEs fit into a slab where nine did. */
static void add_hits(struct vz_hit *hit, u64 hits)
{
	hit->hits += min_t(u64, hits, U32_MAX - hit->hits);
}

/* @task: NULL when there is none to name. */
static void note_hits(struct vz_ve *ve, enum vzlite_resource resource, u64 hits,
		      struct task_struct *task)
{
	struct vz_events *events = &ve->events;
	struct vz_hit *hit = &events->hit[resource];
	bool first = false, due = false;
	unsigned long flags;

	raw_spin_lock_irqsave(&events->lock, flags);
	/* By a zombie's id another VE may be known. */
	if (!READ_ONCE(ve->zombie)) {
		add_hits(hit, hits);
		hit->pid = task ? task_tgid_nr(task) : 0;
		strscpy(hit->comm, task ? task->comm : "", sizeof(hit->comm));
		first = !test_and_set_bit(resource, events->pending);
		due = time_after_eq64(get_jiffies_64(), events->next[resource]);
	}
	raw_spin_unlock_irqrestore(&events->lock, flags);

	if (!first)
		return;
	if (due)
		mod_delayed_work(vz_workqueue, &events->work, 0);
	else
		queue_delayed_work(vz_workqueue, &events->work, HZ);
}

void vz_event_hit(struct vz_ve *ve, enum vzlite_resource resource)
{
	/* In an interrupt current is a stranger. */
	note_hits(ve, resource, 1, in_task() ? current : NULL);
}

void vz_event_seen(struct vz_ve *ve, enum vzlite_resource resource, u64 hits)
{
	note_hits(ve, resource, hits, NULL);
}

/* What reboot(2) in a pid namespace leaves there: signals, by which its init is to have
 * died. */
static struct vz_end end_of_init(const struct pid_namespace *ns)
{
	struct vz_end end = { .how = VZLITE_END_EXIT, .wait_status = ns->reboot };

	if (ns->reboot)
		end.how = ns->reboot == SIGHUP ? VZLITE_END_REBOOT : VZLITE_END_HALT;
	else
		end.wait_status = READ_ONCE(current->signal->group_exit_code) ?:
				  current->exit_code;
	return end;
}

VZ_HANDLER(vz_event_end)
{
	const struct pid_namespace *ns = arg0;
	struct vz_ve *ve;

	/* Those further below are containers in a VE. */
	if (ns->level != 1)
		return 0;
	preempt_disable_notrace();
	ve = vz_ve_of_task(current);
	/* Nor is it one that a user of a VE without a pid namespace has made for himself. */
	if (ve && vz_namespace_ends(ve)) {
		struct vz_events *events = &ve->events;
		unsigned long flags;

		raw_spin_lock_irqsave(&events->lock, flags);
		events->end = end_of_init(ns);
		events->end_pending = true;
		raw_spin_unlock_irqrestore(&events->lock, flags);
		mod_delayed_work(vz_workqueue, &events->work, 0);
	}
	preempt_enable_notrace();
	return 0;
}
VZ_OBSERVER(vz_event_end, 1);

struct vz_end vz_event_last_end(struct vz_ve *ve)
{
	struct vz_end end;
	unsigned long flags;

	raw_spin_lock_irqsave(&ve->events.lock, flags);
	end = ve->events.end;
	raw_spin_unlock_irqrestore(&ve->events.lock, flags);
	return end;
}

/* Multicast the end of an init, if it is due; else tell when it will be. */
static void send_end(struct vz_ve *ve, unsigned long *wait)
{
	struct vz_events *events = &ve->events;
	u64 now = get_jiffies_64();
	unsigned long flags;
	struct vz_end end;
	bool due;

	raw_spin_lock_irqsave(&events->lock, flags);
	due = events->end_pending && time_after_eq64(now, events->end_next);
	if (due) {
		events->end_pending = false;
		events->end_next = now + HZ;
	} else if (events->end_pending) {
		*wait = min(*wait, (unsigned long)(events->end_next - now));
	}
	end = events->end;
	raw_spin_unlock_irqrestore(&events->lock, flags);
	if (!due || vz_netlink_end_event(ve, &end) != -ENOMEM)
		return;
	raw_spin_lock_irqsave(&events->lock, flags);
	events->end_pending = true;
	raw_spin_unlock_irqrestore(&events->lock, flags);
	*wait = min(*wait, (unsigned long)HZ);
}

/* Take the hit of @resource when it is due; else tell when it will be. */
static bool event_take(struct vz_events *events, enum vzlite_resource resource,
		       struct vz_hit *hit, unsigned long *wait)
{
	unsigned long flags;
	u64 now = get_jiffies_64();
	bool taken = false;

	raw_spin_lock_irqsave(&events->lock, flags);
	if (test_bit(resource, events->pending)) {
		if (time_before64(now, events->next[resource])) {
			*wait = min(*wait, (unsigned long)(events->next[resource] - now));
		} else {
			*hit = events->hit[resource];
			events->hit[resource].hits = 0;
			events->next[resource] = now + HZ;
			clear_bit(resource, events->pending);
			taken = true;
		}
	}
	raw_spin_unlock_irqrestore(&events->lock, flags);
	return taken;
}

/* It could not be told: it goes with the next one. */
static void event_put_back(struct vz_events *events, enum vzlite_resource resource,
			   const struct vz_hit *hit)
{
	struct vz_hit *now = &events->hit[resource];
	unsigned long flags;

	raw_spin_lock_irqsave(&events->lock, flags);
	if (test_and_set_bit(resource, events->pending))
		add_hits(now, hit->hits);
	else
		*now = *hit;
	raw_spin_unlock_irqrestore(&events->lock, flags);
}

static void events_work(struct work_struct *work)
{
	struct vz_ve *ve = container_of(to_delayed_work(work), struct vz_ve, events.work);
	unsigned long wait = ULONG_MAX;
	struct vz_hit hit;
	int i;

	/* Its cgroup may be gone before the next look at it, and what it died of with that. */
	if (READ_ONCE(ve->events.end_pending))
		vz_watch_last(ve);
	for (i = 0; i < VZLITE_RESOURCE_COUNT; i++) {
		if (!event_take(&ve->events, i, &hit, &wait))
			continue;
		if (vz_netlink_limit_event(ve, i, &hit) == -ENOMEM) {
			event_put_back(&ve->events, i, &hit);
			wait = min(wait, (unsigned long)HZ);
		}
	}
	send_end(ve, &wait);
	if (wait != ULONG_MAX)
		queue_delayed_work(vz_workqueue, &ve->events.work, wait);
}

void vz_events_init(struct vz_ve *ve)
{
	raw_spin_lock_init(&ve->events.lock);
	INIT_DELAYED_WORK(&ve->events.work, events_work);
}

void vz_events_flush(struct vz_ve *ve)
{
	struct vz_events *events = &ve->events;
	unsigned long flags;

	raw_spin_lock_irqsave(&events->lock, flags);
	memset(events->next, 0, sizeof(events->next));
	events->end_next = 0;
	raw_spin_unlock_irqrestore(&events->lock, flags);
	mod_delayed_work(vz_workqueue, &events->work, 0);
	flush_delayed_work(&events->work);
	/* For what there was no memory to tell it would be tried again. */
	cancel_delayed_work_sync(&events->work);
}

void vz_events_stop(struct vz_ve *ve)
{
	cancel_delayed_work_sync(&ve->events.work);
}
