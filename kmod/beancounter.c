// SPDX-License-Identifier: GPL-2.0-only
#include <linux/kernel.h>
#include <linux/mm.h>

#include "beancounter.h"
#include "hook.h"

struct resource_row {
	const char *name;
	enum vzlite_enforcer enforcer;	/* when the hooks it needs are installed */
};

static const struct resource_row rows[VZLITE_RESOURCE_COUNT] = {
	[VZLITE_KMEMSIZE]	= { "kmemsize" },
	[VZLITE_LOCKEDPAGES]	= { "lockedpages" },
	[VZLITE_PRIVVMPAGES]	= { "privvmpages" },
	[VZLITE_SHMPAGES]	= { "shmpages" },
	[VZLITE_DUMMY4]		= { "dummy" },
	[VZLITE_NUMPROC]	= { "numproc", VZLITE_ENFORCER_MODULE },
	[VZLITE_PHYSPAGES]	= { "physpages" },
	[VZLITE_VMGUARPAGES]	= { "vmguarpages" },
	[VZLITE_OOMGUARPAGES]	= { "oomguarpages" },
	[VZLITE_NUMTCPSOCK]	= { "numtcpsock" },
	[VZLITE_NUMFLOCK]	= { "numflock" },
	[VZLITE_NUMPTY]		= { "numpty" },
	[VZLITE_NUMSIGINFO]	= { "numsiginfo" },
	[VZLITE_TCPSNDBUF]	= { "tcpsndbuf" },
	[VZLITE_TCPRCVBUF]	= { "tcprcvbuf" },
	[VZLITE_OTHERSOCKBUF]	= { "othersockbuf" },
	[VZLITE_DGRAMRCVBUF]	= { "dgramrcvbuf" },
	[VZLITE_NUMOTHERSOCK]	= { "numothersock" },
	[VZLITE_DCACHESIZE]	= { "dcachesize" },
	[VZLITE_NUMFILE]	= { "numfile", VZLITE_ENFORCER_MODULE },
	[VZLITE_DUMMY20]	= { "dummy" },
	[VZLITE_DUMMY21]	= { "dummy" },
	[VZLITE_DUMMY22]	= { "dummy" },
	[VZLITE_NUMIPTENT]	= { "numiptent" },
	[VZLITE_SWAPPAGES]	= { "swappages" },
};

static const char *const enforcer_names[] = {
	[VZLITE_ENFORCER_NONE]		= "none",
	[VZLITE_ENFORCER_MODULE]	= "module",
	[VZLITE_ENFORCER_CGROUP]	= "cgroup",
	[VZLITE_ENFORCER_NAMESPACE]	= "namespace",
	[VZLITE_ENFORCER_ACCOUNTED]	= "accounted",
};

const char *vz_resource_name(enum vzlite_resource resource)
{
	return rows[resource].name;
}

enum vzlite_enforcer vz_resource_enforcer(enum vzlite_resource resource)
{
	enum vzlite_enforcer enforcer = rows[resource].enforcer;

	if (enforcer == VZLITE_ENFORCER_MODULE && !vz_hook_enforced(resource))
		return VZLITE_ENFORCER_NONE;
	return enforcer;
}

const char *vz_enforcer_name(enum vzlite_enforcer enforcer)
{
	return enforcer_names[enforcer];
}

void vz_beancounter_init(struct vz_beancounter *bc)
{
	int i;

	for (i = 0; i < VZLITE_RESOURCE_COUNT; i++) {
		struct vz_counter *counter = &bc->counter[i];

		atomic64_set(&counter->held, 0);
		atomic64_set(&counter->maxheld, 0);
		atomic64_set(&counter->failcnt, 0);
		counter->barrier = VZLITE_UNLIMITED;
		counter->limit = VZLITE_UNLIMITED;
	}
	/* OpenVZ's defaults that are not "unlimited": no guarantee, and immunity
	 * from the OOM killer up to 75 % of the memory. */
	bc->counter[VZLITE_VMGUARPAGES].barrier = 0;
	bc->counter[VZLITE_OOMGUARPAGES].barrier = totalram_pages() / 4 * 3;
}

static void counter_raise_maxheld(struct vz_counter *counter, s64 held)
{
	s64 maxheld = atomic64_read(&counter->maxheld);

	while (held > maxheld &&
	       !atomic64_try_cmpxchg(&counter->maxheld, &maxheld, held))
		;
}

bool vz_counter_charge(struct vz_counter *counter, enum vz_severity severity, u64 amount)
{
	u64 bound = VZLITE_UNLIMITED;
	s64 held;

	if (severity == VZ_HARD)
		bound = READ_ONCE(counter->barrier);
	else if (severity == VZ_SOFT)
		bound = READ_ONCE(counter->limit);

	held = atomic64_read(&counter->held);
	do {
		if (unlikely((u64)held + amount > bound)) {
			atomic64_inc(&counter->failcnt);
			return false;
		}
	} while (!atomic64_try_cmpxchg(&counter->held, &held, held + amount));

	counter_raise_maxheld(counter, held + amount);
	return true;
}

void vz_counter_uncharge(struct vz_counter *counter, u64 amount)
{
	s64 held = atomic64_sub_return(amount, &counter->held);

	WARN_ONCE(held < 0, "vzlite: uncharged more than was charged\n");
}

void vz_counter_read(const struct vz_counter *counter, struct vz_counter_values *values)
{
	values->held = atomic64_read(&counter->held);
	/* A charge raises held first and maxheld a moment later. */
	values->maxheld = max_t(u64, atomic64_read(&counter->maxheld), values->held);
	values->barrier = READ_ONCE(counter->barrier);
	values->limit = READ_ONCE(counter->limit);
	values->failcnt = atomic64_read(&counter->failcnt);
}
