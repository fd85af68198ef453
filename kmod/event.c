// SPDX-License-Identifier: GPL-2.0-only
#include <linux/jiffies.h>
#include <linux/string.h>

#include "event.h"
#include "netlink.h"
#include "ve.h"

void vz_event_hit(struct vz_ve *ve, enum vzlite_resource resource)
{
	struct vz_events *events = &ve->events;
	struct vz_hit *hit = &events->hit[resource];
	unsigned long flags;
	bool first, due;

	raw_spin_lock_irqsave(&events->lock, flags);
	hit->hits++;
	/* In an interrupt current is a stranger. */
	hit->pid = in_task() ? task_pid_nr(current) : 0;
	strscpy(hit->comm, in_task() ? current->comm : "", sizeof(hit->comm));
	first = !test_and_set_bit(resource, events->pending);
	due = time_after_eq64(get_jiffies_64(), events->next[resource]);
	raw_spin_unlock_irqrestore(&events->lock, flags);

	if (!first)
		return;
	if (due)
		mod_delayed_work(vz_workqueue, &events->work, 0);
	else
		queue_delayed_work(vz_workqueue, &events->work, HZ);
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
		now->hits += hit->hits;
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

	for (i = 0; i < VZLITE_RESOURCE_COUNT; i++) {
		if (!event_take(&ve->events, i, &hit, &wait))
			continue;
		if (vz_netlink_limit_event(ve, i, &hit) == -ENOMEM) {
			event_put_back(&ve->events, i, &hit);
			wait = min(wait, (unsigned long)HZ);
		}
	}
	if (wait != ULONG_MAX)
		queue_delayed_work(vz_workqueue, &ve->events.work, wait);
}

void vz_events_init(struct vz_ve *ve)
{
	raw_spin_lock_init(&ve->events.lock);
	INIT_DELAYED_WORK(&ve->events.work, events_work);
}

void vz_events_stop(struct vz_ve *ve)
{
	cancel_delayed_work_sync(&ve->events.work);
}
