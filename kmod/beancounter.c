// SPDX-License-Identifier: GPL-2.0-only
#include <linux/cpumask.h>
#include <linux/kernel.h>
#include <linux/mm.h>

#include "beancounter.h"
#include "hook.h"
#include "ve.h"

struct resource_row {
	const char *name;
	enum vzlite_enforcer enforcer;	/* when the hooks it needs are installed */
	int stock_max;			/* units on each CPU; a refill is half of it */
	/* Of an inner one that is only charged, never asked for by vz_beancounter_full(). When VEs together
	 * hold @all, a VE gets no more than its share of that, or @least; so nobody has less while there
	 * is enough for all, and all together may come to have twice as many. */
	unsigned int bound, all, least;
};

static const struct resource_row rows[VZ_COUNTERS] = {
	[VZLITE_KMEMSIZE]	= { "kmemsize", VZLITE_ENFORCER_CGROUP },
	[VZLITE_LOCKEDPAGES]	= { "lockedpages", VZLITE_ENFORCER_MODULE },
	[VZLITE_PRIVVMPAGES]	= { "privvmpages", VZLITE_ENFORCER_MODULE },
	[VZLITE_SHMPAGES]	= { "shmpages", VZLITE_ENFORCER_NAMESPACE },
	[VZLITE_DUMMY4]		= { "dummy" },
	[VZLITE_NUMPROC]	= { "numproc", VZLITE_ENFORCER_MODULE, 32 },
	[VZLITE_PHYSPAGES]	= { "physpages", VZLITE_ENFORCER_CGROUP },
	[VZLITE_VMGUARPAGES]	= { "vmguarpages", VZLITE_ENFORCER_CGROUP },
	[VZLITE_OOMGUARPAGES]	= { "oomguarpages", VZLITE_ENFORCER_CGROUP },
	[VZLITE_NUMTCPSOCK]	= { "numtcpsock", VZLITE_ENFORCER_MODULE, 32 },
	[VZLITE_NUMFLOCK]	= { "numflock", VZLITE_ENFORCER_MODULE, 16 },
	[VZLITE_NUMPTY]		= { "numpty", VZLITE_ENFORCER_MODULE, 16 },
	[VZLITE_NUMSIGINFO]	= { "numsiginfo", VZLITE_ENFORCER_NAMESPACE },
	[VZLITE_TCPSNDBUF]	= { "tcpsndbuf", VZLITE_ENFORCER_ACCOUNTED },
	[VZLITE_TCPRCVBUF]	= { "tcprcvbuf", VZLITE_ENFORCER_ACCOUNTED },
	[VZLITE_OTHERSOCKBUF]	= { "othersockbuf", VZLITE_ENFORCER_ACCOUNTED },
	[VZLITE_DGRAMRCVBUF]	= { "dgramrcvbuf", VZLITE_ENFORCER_ACCOUNTED },
	[VZLITE_NUMOTHERSOCK]	= { "numothersock", VZLITE_ENFORCER_MODULE, 32 },
	[VZLITE_DCACHESIZE]	= { "dcachesize", VZLITE_ENFORCER_CGROUP },
	[VZLITE_NUMFILE]	= { "numfile", VZLITE_ENFORCER_MODULE, 32 },
	[VZLITE_DUMMY20]	= { "dummy" },
	[VZLITE_DUMMY21]	= { "dummy" },
	[VZLITE_DUMMY22]	= { "dummy" },
	[VZLITE_NUMIPTENT]	= { "numiptent" },
	[VZLITE_SWAPPAGES]	= { "swappages", VZLITE_ENFORCER_CGROUP },
	[VZ_INNER_RINGS]	= { "packet ring", .bound = 16, .all = 256, .least = 4 },
	[VZ_INNER_NEIGHBOURS]	= { "neighbour", .bound = 1024 },
	[VZ_INNER_LOOPBACKS]	= { "neighbour", .bound = 4096 },
	[VZ_INNER_SETS]		= { "set" },
	[VZ_INNER_DYNAMIC]	= { "dynamic set", .bound = 1024 },
	[VZ_INNER_REQUESTS]	= { "request", .bound = 65536 },
	[VZ_INNER_WORKQUEUES]	= { "work queue", .bound = 192 },
	[VZ_INNER_LINKS]	= { "link", .bound = 2048, .all = 16384, .least = 128 },
	[VZ_INNER_QDISCS]	= { "queue", .bound = 2048, .all = 16384, .least = 128 },
	[VZ_INNER_PACKETS]	= { "packet socket", .bound = 64, .all = 256, .least = 8 },
};

/* What VEs hold together of the inner ones that they share, with what is left of those that have gone. */
static atomic64_t together[VZ_COUNTERS - VZLITE_RESOURCE_COUNT];

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

bool vz_bounds_enforceable(const struct vz_bound bounds[VZLITE_RESOURCE_COUNT])
{
	int i;

	/* Of the two the barrier is never the higher. */
	for (i = 0; i < VZLITE_RESOURCE_COUNT; i++) {
		if (bounds[i].set && bounds[i].barrier < VZLITE_UNLIMITED &&
		    rows[i].enforcer == VZLITE_ENFORCER_MODULE && !vz_hook_enforced(i))
			return false;
	}
	return true;
}

const char *vz_enforcer_name(enum vzlite_enforcer enforcer)
{
	return enforcer_names[enforcer];
}

int vz_beancounter_init(struct vz_beancounter *bc)
{
	int i;

	bc->stocks = alloc_percpu(struct vz_stocks);
	if (!bc->stocks)
		return -ENOMEM;
	for (i = 0; i < VZ_COUNTERS; i++) {
		struct vz_counter *counter = &bc->counter[i];

		atomic64_set(&counter->held, 0);
		atomic64_set(&counter->maxheld, 0);
		atomic64_set(&counter->failcnt, 0);
		counter->barrier = rows[i].bound ?: VZLITE_UNLIMITED;
		counter->limit = counter->barrier;
		counter->stock_max = 0;
		counter->stocked = rows[i].stock_max;
	}
	/* OpenVZ's defaults that are not "unlimited": no guarantee, and immunity
	 * from the OOM killer up to 75 % of the memory. */
	bc->counter[VZLITE_VMGUARPAGES].barrier = 0;
	bc->counter[VZLITE_OOMGUARPAGES].barrier = totalram_pages() / 4 * 3;
	return 0;
}

void vz_beancounter_destroy(struct vz_beancounter *bc)
{
	free_percpu(bc->stocks);
}

/* Empty all stocks of @resource; returns held, which is true at that instant if
 * stocks are off. What is between a stock and held is missing for everybody, so it
 * is never there for long. */
static s64 stocks_drain(struct vz_beancounter *bc, enum vzlite_resource resource)
{
	atomic64_t *held = &bc->counter[resource].held;
	int cpu;

	preempt_disable_notrace();
	for_each_possible_cpu(cpu) {
		atomic_t *stock = &per_cpu_ptr(bc->stocks, cpu)->units[resource];

		if (atomic_read(stock))
			atomic64_sub(atomic_xchg(stock, 0), held);
	}
	preempt_enable_notrace();
	return atomic64_read(held);
}

/* @held of @resource and all that stocks can contain is within the barrier, even
 * @times over. */
static bool stocks_fit(const struct vz_beancounter *bc, enum vzlite_resource resource, s64 held,
		       unsigned int times)
{
	u64 most = (u64)rows[resource].stock_max * num_possible_cpus();

	return most && held + times * most <= READ_ONCE(bc->counter[resource].barrier);
}

static void stocks_off(struct vz_beancounter *bc, enum vzlite_resource resource)
{
	int max = rows[resource].stock_max;

	if (max && cmpxchg(&bc->counter[resource].stock_max, max, 0) == max)
		stocks_drain(bc, resource);
}

static void stocks_on(struct vz_beancounter *bc, enum vzlite_resource resource)
{
	int max = rows[resource].stock_max;

	if (!max || cmpxchg(&bc->counter[resource].stock_max, 0, max))
		return;
	/* What the caller has looked at may be over: somebody set a lower barrier, and
	 * found stocks off. */
	if (!stocks_fit(bc, resource, atomic64_read(&bc->counter[resource].held), 1))
		stocks_off(bc, resource);
}

void vz_beancounter_tune(struct vz_beancounter *bc)
{
	int i;

	/* The new barriers are to be seen before we see whether stocks are on. */
	smp_mb();
	for (i = 0; i < VZ_COUNTERS; i++) {
		if (stocks_fit(bc, i, atomic64_read(&bc->counter[i].held), 1))
			stocks_on(bc, i);
		else
			stocks_off(bc, i);
	}
}

void vz_beancounter_close(struct vz_beancounter *bc)
{
	int i;

	for (i = 0; i < VZ_COUNTERS; i++)
		xchg(&bc->counter[i].stock_max, -1);
}

void vz_beancounter_open(struct vz_beancounter *bc)
{
	int i;

	for (i = 0; i < VZ_COUNTERS; i++)
		xchg(&bc->counter[i].stock_max, 0);
	vz_beancounter_tune(bc);
}

void vz_beancounter_drain(struct vz_beancounter *bc)
{
	int i;

	for (i = 0; i < VZ_COUNTERS; i++)
		stocks_drain(bc, i);
}

bool vz_beancounter_idle(const struct vz_beancounter *bc)
{
	int i;

	for (i = 0; i < VZ_COUNTERS; i++) {
		if (atomic64_read(&bc->counter[i].held))
			return false;
	}
	return true;
}

static void counter_raise_maxheld(struct vz_counter *counter, s64 held)
{
	s64 maxheld = atomic64_read(&counter->maxheld);

	while (held > maxheld &&
	       !atomic64_try_cmpxchg(&counter->maxheld, &maxheld, held))
		;
}

static u64 counter_bound(const struct vz_counter *counter, enum vz_severity severity)
{
	switch (severity & ~VZ_QUIET) {
	case VZ_HARD:
		return READ_ONCE(counter->barrier);
	case VZ_SOFT:
		return READ_ONCE(counter->limit);
	default:
		return VZLITE_UNLIMITED;
	}
}

static void add_together(enum vzlite_resource resource, s64 amount)
{
	if (unlikely(rows[resource].all))
		atomic64_add(amount, &together[resource - VZLITE_RESOURCE_COUNT]);
}

/* In a VE, as long as VEs together have so many. */
static u64 shared_bound(enum vzlite_resource resource, u64 bound)
{
	const struct resource_row *row = &rows[resource];

	if (likely(!row->all) || bound == VZLITE_UNLIMITED ||
	    atomic64_read(&together[resource - VZLITE_RESOURCE_COUNT]) < row->all)
		return bound;
	return min_t(u64, bound, vz_ve_share(row->all, row->least));
}

bool vz_beancounter_charge_slow(struct vz_beancounter *bc, enum vzlite_resource resource,
				enum vz_severity severity, u64 amount)
{
	struct vz_counter *counter = &bc->counter[resource];
	u64 bound = shared_bound(resource, counter_bound(counter, severity)), refill, maxheld;
	s64 held = atomic64_read(&counter->held);
	bool drained = !rows[resource].stock_max;

	for (;;) {
		refill = READ_ONCE(counter->stock_max) > 0 ? rows[resource].stock_max / 2 : 0;
		maxheld = atomic64_read(&counter->maxheld);
		if (held + amount + refill > min(bound, maxheld))
			refill = 0;
		if (held + amount > min(bound, maxheld) && !drained) {
			held = stocks_drain(bc, resource);
			drained = true;
			continue;
		}
		if (unlikely(held + amount > bound)) {
			if (!(severity & VZ_QUIET))
				vz_beancounter_fail(bc, resource);
			return false;
		}
		if (atomic64_try_cmpxchg(&counter->held, &held, held + amount + refill))
			break;
	}

	held += amount + refill;
	add_together(resource, amount);
	if (refill)
		atomic_add(refill, &this_cpu_ptr(bc->stocks)->units[resource]);
	else
		counter_raise_maxheld(counter, held);
	if (!stocks_fit(bc, resource, held, 1))
		stocks_off(bc, resource);
	return true;
}

bool vz_beancounter_refuse(struct vz_beancounter *bc, enum vzlite_resource resource)
{
	struct vz_counter *counter = &bc->counter[resource];
	s64 held = rows[resource].stock_max ? stocks_drain(bc, resource) :
					      atomic64_read(&counter->held);

	if ((u64)held < READ_ONCE(counter->barrier))
		return false;
	vz_beancounter_fail(bc, resource);
	return true;
}

bool vz_beancounter_uncharge_slow(struct vz_beancounter *bc, enum vzlite_resource resource,
				  u64 amount)
{
	struct vz_counter *counter = &bc->counter[resource];
	s64 held;

	add_together(resource, -(s64)amount);
	/* The stock has no room, or must not be: all of it goes back. */
	amount += atomic_xchg(&this_cpu_ptr(bc->stocks)->units[resource], 0);
	held = atomic64_sub_return(amount, &counter->held);
	WARN_ONCE(held < 0, "vzlite: uncharged more than was charged\n");
	/* Twice: not on and off with every charge. */
	if (!READ_ONCE(counter->stock_max) && stocks_fit(bc, resource, held, 2))
		stocks_on(bc, resource);
	return !held;
}

s64 vz_beancounter_held(const struct vz_beancounter *bc, enum vzlite_resource resource)
{
	const atomic64_t *held = &bc->counter[resource].held;
	s64 before, units;
	int cpu, tries = 8;

	do {
		before = atomic64_read(held);
		smp_rmb();
		units = 0;
		for_each_possible_cpu(cpu)
			units += atomic_read(&per_cpu_ptr(bc->stocks, cpu)->units[resource]);
		smp_rmb();
	} while (atomic64_read(held) != before && --tries);
	return before - units;
}
