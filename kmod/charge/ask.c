// SPDX-License-Identifier: GPL-2.0-only
#include <linux/jiffies.h>
#include <linux/preempt.h>

#include "../event.h"
#include "charge.h"

unsigned long vz_refused_at;

void vz_refused(struct vz_ve *ve, enum vzlite_resource resource)
{
	unsigned long now = jiffies | 1;

	if (READ_ONCE(vz_refused_at) != now)
		WRITE_ONCE(vz_refused_at, now);
	vz_event_hit(ve, resource);
}

bool vz_asking(void)
{
	unsigned long last = READ_ONCE(vz_refused_at);

	if (likely(!last))
		return false;
	if (time_before(jiffies, last + HZ))
		return true;
	/* Somebody may be refused at this moment: then the next one is made in vain, no more. */
	WRITE_ONCE(vz_refused_at, 0);
	return false;
}

int vz_ask_current(enum vzlite_resource resource, int error)
{
	struct vz_ve *ve;
	bool refused;

	preempt_disable_notrace();
	ve = vz_ve_of_task(current);
	refused = ve && vz_ask(ve, resource);
	preempt_enable_notrace();
	return refused ? error : 0;
}

bool vz_ask(struct vz_ve *ve, enum vzlite_resource resource)
{
	if (!vz_beancounter_full(&ve->bc, resource) || !vz_beancounter_refuse(&ve->bc, resource))
		return false;
	vz_refused(ve, resource);
	return true;
}
