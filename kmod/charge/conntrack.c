// SPDX-License-Identifier: GPL-2.0-only
/*
 * Connections that are tracked in the network namespaces of a VE. The kernel has memory for
 * them charged to nobody, some 400 bytes each, and lets each namespace have as many as
 * net.netfilter.nf_conntrack_max says. A VE has VZ_CONNECTIONS in all of its namespaces, what
 * one of OpenVZ 7 has; the packet that opens another is dropped (ENOMEM for ctnetlink), and
 * counted as "drop" in /proc/net/stat/nf_conntrack.
 *
 * No ledger: the kernel counts for each namespace. One with FEW is not asked for more, nor is that
 * of an owner who has no other. What lies above needs the sum, which work takes for all owners
 * as long as somebody asks, each tenth of a second: what comes until then is too much. When
 * that is VZ_CONNECTIONS, namespaces that have less than their share (divided by the number of
 * namespaces) still get it, until twice that is reached. A FEW more are less than what a
 * namespace itself takes, which is charged. After the last who asked it is taken once more: nobody
 * who has to ask has more than it says, however old.
 *
 * The kernel would make room by connections of which no answer has come; here, one that is full
 * waits until they are given up.
 *
 * A VE is known by the host's uid that is root in it, who has made its user namespace. Containers
 * of other engines whose user namespace the host's root has made have none, and no bound.
 */
#include <linux/hash.h>
#include <linux/jiffies.h>
#include <linux/log2.h>
#include <linux/rcupdate.h>
#include <linux/user_namespace.h>
#include <linux/workqueue.h>
#include <net/net_namespace.h>

#include "../hook_direct.h"
#include "charge.h"

#define VZ_CONNECTIONS	65536
#define FEW		64

static void stop(void);

/* u32 (const struct net *); all namespaces that can be found are initialized by then. */
struct vz_anchor vz_conntrack_anchor = { "nf_conntrack_count", .stop = stop };

static u32 count_of(const struct net *net)
{
	u32 (*count)(const struct net *net) = READ_ONCE(vz_conntrack_anchor.address);

	return count(net);
}

/* What owners had when they were last counted, all of a pass in one half. Who is not found had
 * nothing, or came too late for one of the places that a hash may have. */
#define OWNERS 2048
#define PLACES 32
struct sums {
	unsigned long taken;		/* jiffies */
	struct {
		const struct ucounts *owner;
		u64 sum;
	} of[OWNERS];
};
static struct sums halves[2];
static struct sums *sums = &halves[0];

static unsigned int place_of(const struct sums *in, const struct ucounts *owner)
{
	unsigned int place = hash_ptr(owner, ilog2(OWNERS)), tries;

	for (tries = 0; tries < PLACES; tries++, place = (place + 1) % OWNERS) {
		if (!in->of[place].owner || in->of[place].owner == owner)
			return place;
	}
	return OWNERS;
}

static void take_sums(struct work_struct *work)
{
	struct sums *next = sums == &halves[0] ? &halves[1] : &halves[0];
	const struct ucounts *owner;
	const struct net *net;
	unsigned int place;
	u32 count;

	memset(next, 0, sizeof(*next));
	next->taken = jiffies;
	rcu_read_lock();
	for_each_net_rcu(net) {
		count = net->user_ns == &init_user_ns ? 0 : count_of(net);
		if (!count || vz_network_share(net, VZ_CONNECTIONS) == LONG_MAX)
			continue;
		owner = vz_network_owner(net);
		place = place_of(next, owner);
		if (place < OWNERS) {
			next->of[place].owner = owner;
			next->of[place].sum += count;
		}
	}
	rcu_read_unlock();
	smp_store_release(&sums, next);
	/* Nobody looks into the other half when it is next written. */
	synchronize_rcu();
}
static DECLARE_DELAYED_WORK(sums_work, take_sums);

static void stop(void)
{
	cancel_delayed_work_sync(&sums_work);
	memset(halves, 0, sizeof(halves));
}

/* RCU is held. */
static u64 sum_of(const struct ucounts *owner)
{
	const struct sums *now = smp_load_acquire(&sums);
	unsigned int place = place_of(now, owner);

	/* One that is old is soon no more: much of it may be gone. */
	if (!delayed_work_pending(&sums_work))
		schedule_delayed_work(&sums_work, time_before(jiffies, now->taken + HZ) ? HZ / 10 : 0);
	return place < OWNERS ? now->of[place].sum : 0;
}

/* (net, zone, tuple, tuple, gfp, hash): packets are received in soft interrupts, too. */
VZ_HANDLER(vz_conntrack)
{
	const struct net *net = arg0;
	struct ucounts *owner;
	long share;
	u32 count;
	u64 sum;

	if (likely(net->user_ns == &init_user_ns))
		return 0;
	count = count_of(net);
	share = vz_network_share(net, VZ_CONNECTIONS);
	if (count < FEW || share == LONG_MAX)
		return 0;
	if (share == VZ_CONNECTIONS)
		return count >= VZ_CONNECTIONS ? -ENOMEM : 0;
	rcu_read_lock();
	owner = vz_network_owner(net);
	sum = sum_of(owner);
	rcu_read_unlock();
	return sum >= 2 * VZ_CONNECTIONS || (sum >= VZ_CONNECTIONS && count >= share) ? -ENOMEM : 0;
}
VZ_REFUSER(vz_conntrack, 6);
