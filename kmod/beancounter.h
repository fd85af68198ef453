/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A VE's beancounter: one counter for each resource.
 *
 * All of it changes in any context, without a lock. held is raised by
 * compare-and-exchange, so that it passes the bound at no instant.
 *
 * Far from the barrier the CPUs do not meet on held: each has a stock of units
 * that are counted in held already, takes charges from it and puts uncharges
 * into it. What is really held is held without the stocks. Rules that keep the
 * counter exact:
 *   - stocks exist only while held + all that they can contain is within the
 *     barrier (stock_max > 0), so no charge is refused for what lies in one;
 *   - a refill stays below maxheld, and what would raise maxheld empties the
 *     stocks first, so maxheld is what was really held;
 *   - who refuses, or raises maxheld, has looked into every stock before.
 * What another CPU charges or uncharges at that very moment it may miss: then a
 * charge is refused, or maxheld is higher, by no more than what is under way.
 *
 * What is charged keeps its VE alive: see ve.h.
 */
#ifndef VZLITE_BEANCOUNTER_H
#define VZLITE_BEANCOUNTER_H

#include <linux/atomic.h>
#include <linux/minmax.h>
#include <linux/percpu.h>
#include <linux/types.h>
#include <uapi/vzlite.h>

/* Behind the resources: what a VE has a fixed bound of, and nobody is told (charge/link.c,
 * charge/network.c, charge/nftables.c, charge/sock.c, charge/tcp.c, host.c). */
#define VZ_INNER_RINGS		((enum vzlite_resource)VZLITE_RESOURCE_COUNT)
#define VZ_INNER_NEIGHBOURS	((enum vzlite_resource)(VZLITE_RESOURCE_COUNT + 1))
#define VZ_INNER_LOOPBACKS	((enum vzlite_resource)(VZLITE_RESOURCE_COUNT + 2))
#define VZ_INNER_WORKQUEUES	((enum vzlite_resource)(VZLITE_RESOURCE_COUNT + 3))
#define VZ_INNER_SETS		((enum vzlite_resource)(VZLITE_RESOURCE_COUNT + 4))
#define VZ_INNER_REQUESTS	((enum vzlite_resource)(VZLITE_RESOURCE_COUNT + 5))
#define VZ_INNER_DYNAMIC	((enum vzlite_resource)(VZLITE_RESOURCE_COUNT + 6))
#define VZ_INNER_LINKS		((enum vzlite_resource)(VZLITE_RESOURCE_COUNT + 7))
#define VZ_INNER_QDISCS		((enum vzlite_resource)(VZLITE_RESOURCE_COUNT + 8))
#define VZ_INNER_PACKETS	((enum vzlite_resource)(VZLITE_RESOURCE_COUNT + 9))
#define VZ_COUNTERS		(VZLITE_RESOURCE_COUNT + 10)

struct vz_counter {
	atomic64_t held;		/* stocks included */
	atomic64_t maxheld;
	atomic64_t failcnt;
	u64 barrier;			/* written under the registry's mutex */
	u64 limit;
	/* Most units in a stock; 0: none is used now; below 0: none ever again. */
	int stock_max;
	bool stocked;			/* there may be stocks */
};

#define VZ_STOCKED_MAX	(1 << 16)	/* no stock has so many units */

struct vz_stocks {
	atomic_t units[VZ_COUNTERS];
};

struct vz_beancounter {
	struct vz_counter counter[VZ_COUNTERS];
	struct vz_stocks __percpu *stocks;
};

/* How hard a charge is refused, after OpenVZ's UB_HARD, UB_SOFT, UB_FORCE. */
enum vz_severity {
	VZ_HARD,	/* when held would pass the barrier */
	VZ_SOFT,	/* when held would pass the limit */
	VZ_FORCE,	/* never */
	VZ_QUIET = 4,	/* with one of these: a refusal is not counted */
};

/* A consistent copy of one counter is not promised; each value is true by itself. */
struct vz_counter_values {
	u64 held, maxheld, barrier, limit, failcnt;
	enum vzlite_enforcer enforcer;	/* on this VE; only vz_shown_read() sets it */
	u32 age;			/* of held and maxheld, in milliseconds */
};

/* Nothing held; OpenVZ's default barriers and limits; no stocks used before
 * vz_beancounter_tune(). -ENOMEM. Sleeps. */
int vz_beancounter_init(struct vz_beancounter *bc);
void vz_beancounter_destroy(struct vz_beancounter *bc);

/* Barriers have changed. Caller holds the registry's mutex, or is alone. */
void vz_beancounter_tune(struct vz_beancounter *bc);

/*
 * Close: use no stocks any more. A grace period later none is filled, and
 * vz_beancounter_drain() makes held true for good. Open: take the close back.
 * Caller holds the registry's mutex.
 */
void vz_beancounter_close(struct vz_beancounter *bc);
void vz_beancounter_open(struct vz_beancounter *bc);
void vz_beancounter_drain(struct vz_beancounter *bc);
/* Is nothing held of any resource? Of a drained one. */
bool vz_beancounter_idle(const struct vz_beancounter *bc);

bool vz_beancounter_charge_slow(struct vz_beancounter *bc, enum vzlite_resource resource,
				enum vz_severity severity, u64 amount);
bool vz_beancounter_uncharge_slow(struct vz_beancounter *bc, enum vzlite_resource resource,
				  u64 amount);

/* True when @amount, at most VZ_STOCKED_MAX, came out of this CPU's stock; nothing is
 * refused. Any context with preemption off. */
static __always_inline bool
vz_beancounter_take(struct vz_beancounter *bc, enum vzlite_resource resource, int amount)
{
	atomic_t *stock = &this_cpu_ptr(bc->stocks)->units[resource];
	int units = atomic_read(stock);

	while (likely(units >= amount && READ_ONCE(bc->counter[resource].stock_max) > 0)) {
		if (likely(atomic_try_cmpxchg(stock, &units, units - amount)))
			return true;
	}
	return false;
}

/* True when @amount went into this CPU's stock. Same context. */
static __always_inline bool
vz_beancounter_put(struct vz_beancounter *bc, enum vzlite_resource resource, int amount)
{
	atomic_t *stock = &this_cpu_ptr(bc->stocks)->units[resource];
	int units = atomic_read(stock);

	while (likely(units + amount <= READ_ONCE(bc->counter[resource].stock_max))) {
		if (likely(atomic_try_cmpxchg(stock, &units, units + amount)))
			return true;
	}
	return false;
}

/*
 * True when @amount (in the resource's unit, below 2^62) was charged; false when
 * it was refused, failcnt is then one higher. Same context.
 */
static __always_inline bool
vz_beancounter_charge(struct vz_beancounter *bc, enum vzlite_resource resource,
		      enum vz_severity severity, u64 amount)
{
	return (amount <= VZ_STOCKED_MAX && vz_beancounter_take(bc, resource, amount)) ||
	       vz_beancounter_charge_slow(bc, resource, severity, amount);
}

/* It may be that one more would be refused, hard. Any context. */
static __always_inline bool
vz_beancounter_full(const struct vz_beancounter *bc, enum vzlite_resource resource)
{
	const struct vz_counter *counter = &bc->counter[resource];

	return READ_ONCE(counter->stock_max) <= 0 &&
	       (u64)atomic64_read(&counter->held) >= READ_ONCE(counter->barrier);
}

/* True when one more is refused now, hard; failcnt is then one higher. Nothing is charged.
 * Same context. */
bool vz_beancounter_refuse(struct vz_beancounter *bc, enum vzlite_resource resource);

/* Count a refusal that was tried quietly. */
static inline void vz_beancounter_fail(struct vz_beancounter *bc, enum vzlite_resource resource)
{
	atomic64_inc(&bc->counter[resource].failcnt);
}

/* True when, of a closed one, nothing is held of @resource any more. Same context. */
static __always_inline bool
vz_beancounter_uncharge(struct vz_beancounter *bc, enum vzlite_resource resource, u64 amount)
{
	return !(amount <= VZ_STOCKED_MAX && vz_beancounter_put(bc, resource, amount)) &&
	       vz_beancounter_uncharge_slow(bc, resource, amount);
}

/* What is really held of a resource with stocks. Exact while nothing is charged or uncharged;
 * otherwise it was so at about this time. */
s64 vz_beancounter_held(const struct vz_beancounter *bc, enum vzlite_resource resource);

/* What the module itself counts; for what is shown see shown/shown.h. Inline, since a dump of many
 * VEs is little else. */
static inline void vz_beancounter_read(const struct vz_beancounter *bc, enum vzlite_resource resource,
				       struct vz_counter_values *values)
{
	const struct vz_counter *counter = &bc->counter[resource];
	s64 held = counter->stocked ? vz_beancounter_held(bc, resource) : atomic64_read(&counter->held);

	values->held = max_t(s64, held, 0);
	/* A charge raises held first and maxheld a moment later. */
	values->maxheld = max_t(u64, atomic64_read(&counter->maxheld), values->held);
	values->barrier = READ_ONCE(counter->barrier);
	values->limit = READ_ONCE(counter->limit);
	values->failcnt = atomic64_read(&counter->failcnt);
	values->age = 0;
}

/* OpenVZ's name of the resource; "dummy" for those that have none. */
const char *vz_resource_name(enum vzlite_resource resource);

/* Who enforces it now, on this kernel, on a VE that has what that needs. */
enum vzlite_enforcer vz_resource_enforcer(enum vzlite_resource resource);
const char *vz_enforcer_name(enum vzlite_enforcer enforcer);

struct vz_bound {
	bool set;
	u64 barrier, limit;
};

/* False when one of @bounds is the module's to enforce, and cannot be on this kernel. Hooks
 * are installed. */
bool vz_bounds_enforceable(const struct vz_bound bounds[VZLITE_RESOURCE_COUNT]);

#endif
