/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A VE's beancounter: one counter for each resource.
 *
 * held, maxheld and failcnt change in any context, without a lock: held is
 * raised by compare-and-exchange, so that it passes the bound at no instant.
 * barrier and limit are written under the registry's mutex and read at will.
 */
#ifndef VZLITE_BEANCOUNTER_H
#define VZLITE_BEANCOUNTER_H

#include <linux/atomic.h>
#include <linux/types.h>
#include <uapi/vzlite.h>

struct vz_counter {
	atomic64_t held;
	atomic64_t maxheld;
	atomic64_t failcnt;
	u64 barrier;
	u64 limit;
};

struct vz_beancounter {
	struct vz_counter counter[VZLITE_RESOURCE_COUNT];
};

/* How hard a charge is refused, after OpenVZ's UB_HARD, UB_SOFT, UB_FORCE. */
enum vz_severity {
	VZ_HARD,	/* when held would pass the barrier */
	VZ_SOFT,	/* when held would pass the limit */
	VZ_FORCE,	/* never */
};

/* A consistent copy of one counter is not promised; each value is true by itself. */
struct vz_counter_values {
	u64 held, maxheld, barrier, limit, failcnt;
};

/* Nothing held; OpenVZ's default barriers and limits. */
void vz_beancounter_init(struct vz_beancounter *bc);

/*
 * True when @amount (in the resource's unit) was charged; false when it was
 * refused, failcnt is then one higher. Any context.
 */
bool vz_counter_charge(struct vz_counter *counter, enum vz_severity severity, u64 amount);
void vz_counter_uncharge(struct vz_counter *counter, u64 amount);

void vz_counter_read(const struct vz_counter *counter, struct vz_counter_values *values);

/* OpenVZ's name of the resource; "dummy" for those that have none. */
const char *vz_resource_name(enum vzlite_resource resource);

/* Who enforces it now, on this kernel. */
enum vzlite_enforcer vz_resource_enforcer(enum vzlite_resource resource);
const char *vz_enforcer_name(enum vzlite_enforcer enforcer);

#endif
