// SPDX-License-Identifier: GPL-2.0-only
#include <linux/workqueue.h>

#include "shown.h"
#include "watch.h"

#define PERIOD HZ

static const enum vzlite_resource watched[VZ_WATCHED_COUNT] = {
	VZLITE_PHYSPAGES, VZLITE_OOMGUARPAGES, VZLITE_SWAPPAGES,
};

/* What was told of; also taken by who looks for the last time. */
static DEFINE_SPINLOCK(watch_lock);

static void watch_all(struct work_struct *work);
static DECLARE_DELAYED_WORK(watch_work, watch_all);

/* Caller is in an RCU read-side section. */
static void watch_ve(struct vz_ve *ve, bool last)
{
	struct vz_counter_values values;
	u64 told;
	int i;

	spin_lock(&watch_lock);
	for (i = 0; i < VZ_WATCHED_COUNT; i++) {
		vz_shown_read(ve, watched[i], &values);
		/* The controller is off, or there is no sample yet to show with it. */
		if (values.enforcer != VZLITE_ENFORCER_CGROUP && !last)
			continue;
		/* It never goes down but with a controller that was off meanwhile. */
		told = ve->watched.failcnt[i];
		if (told > values.failcnt)
			told = 0;
		if (told < values.failcnt)
			vz_event_seen(ve, watched[i], values.failcnt - told);
		ve->watched.failcnt[i] = values.failcnt;
	}
	spin_unlock(&watch_lock);
}

void vz_watch_last(struct vz_ve *ve)
{
	rcu_read_lock();
	watch_ve(ve, true);
	rcu_read_unlock();
}

static void watch_all(struct work_struct *work)
{
	unsigned long key = 0;
	struct vz_ve *ve;
	bool any = false;

	for (;; key++) {
		rcu_read_lock();
		ve = vz_ve_first(&key);
		if (ve && key <= VZLITE_VE_ID_MAX) {
			any = true;
			watch_ve(ve, false);
			vz_host_print_tell(ve, false);
		} else {
			ve = NULL;
		}
		rcu_read_unlock();
		if (!ve)
			break;
		cond_resched();
	}
	if (any)
		queue_delayed_work(vz_workqueue, &watch_work, PERIOD);
}

void vz_watch_init(struct vz_ve *ve)
{
	int i;

	rcu_read_lock();
	for (i = 0; i < VZ_WATCHED_COUNT; i++)
		ve->watched.failcnt[i] = vz_memcg_failcnt(ve, watched[i]);
	rcu_read_unlock();
}

void vz_watch_start(void)
{
	queue_delayed_work(vz_workqueue, &watch_work, PERIOD);
}

void vz_watch_exit(void)
{
	cancel_delayed_work_sync(&watch_work);
}
