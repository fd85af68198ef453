/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How much of something is done in ten seconds. Any context, without a lock: where several CPUs
 * meet at the end of a period, or at the most, each may do one more.
 */
#ifndef VZLITE_RATE_H
#define VZLITE_RATE_H

#include <linux/atomic.h>
#include <linux/jiffies.h>
#include <linux/minmax.h>

#define VZ_RATE_PERIOD	(10 * HZ)

struct vz_rate {
	unsigned long since;		/* jiffies */
	atomic_t used;
};

static inline void vz_rate_init(struct vz_rate *rate)
{
	rate->since = jiffies;
	atomic_set(&rate->used, 0);
}

/* Have @most been done in this period? */
static inline bool vz_rate_full(struct vz_rate *rate, int most)
{
	unsigned long then = READ_ONCE(rate->since), now = jiffies;

	if (time_after_eq(now, then + VZ_RATE_PERIOD) && cmpxchg(&rate->since, then, now) == then)
		atomic_set(&rate->used, 0);
	return atomic_read(&rate->used) >= most;
}

/* The same of @one, of whom there are more: no more than its @share while @all of them together have had
 * their @total. */
static inline bool vz_rate_full_of(struct vz_rate *one, int most, struct vz_rate *all, int total, int share)
{
	return vz_rate_full(one, vz_rate_full(all, total) ? min(most, share) : most);
}

/* @n more are. Far fewer than 2^31 of these come between two of the above. */
static inline void vz_rate_use(struct vz_rate *rate, int n)
{
	atomic_add(n, &rate->used);
}

#endif
