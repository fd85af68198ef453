// SPDX-License-Identifier: GPL-2.0-only
/*
 * Connections that are tracked in the network namespaces of a VE. The kernel has memory for
 * them charged to nobody, some 400 bytes each, and lets each namespace have as many as
 * net.netfilter.nf_conntrack_max says. A VE has VZ_CONNECTIONS in all of its namespaces, what
 * one of OpenVZ 7 has; the packet that opens another is dropped (ENOMEM for ctnetlink), and
 * counted as "drop" in /proc/net/stat/nf_conntrack.
 *
 * No ledger: the kernel counts for each namespace. One with FEW is not asked for more; what lies
 * above needs the sum of all, which is taken once a jiffy and CPU. When that is VZ_CONNECTIONS,
 * namespaces that have less than their share (divided by the number of namespaces) still get
 * it, until twice that is reached. A FEW more are less than what a namespace itself takes, which
 * is charged.
 *
 * A VE is known by the host's uid that is root in it, who has made its user namespace. Containers
 * of other engines whose user namespace the host's root has made have none, and no bound.
 */
#include <linux/hash.h>
#include <linux/jiffies.h>
#include <linux/percpu.h>
#include <linux/rcupdate.h>
#include <linux/user_namespace.h>
#include <net/net_namespace.h>

#include "../hook_direct.h"
#include "charge.h"

#define VZ_CONNECTIONS	65536
#define FEW		64

/* u32 (const struct net *); all namespaces that can be found are initialized by then. */
struct vz_anchor vz_conntrack_anchor = { "nf_conntrack_count" };

static u32 count_of(const struct net *net)
{
	u32 (*count)(const struct net *net) = READ_ONCE(vz_conntrack_anchor.address);

	return count(net);
}

/* What was found last, of owners whose hash meets here: the jiffies, a hash of the owner, and
 * whether all and twice all is reached. One word, since a soft interrupt may come between. */
struct found {
	u64 word[16];
};
#define ALL	BIT(0)
#define TWICE	BIT(1)
static DEFINE_PER_CPU(struct found, found);

/* RCU is held. */
static u64 owner_reaches(const struct ucounts *owner)
{
	u64 hash = hash_ptr(owner, 30), key = (u64)(u32)jiffies << 32 | hash << 2, sum = 0;
	u64 *word = &raw_cpu_ptr(&found)->word[hash % 16], last = READ_ONCE(*word);
	const struct net *net;

	if ((last & ~(ALL | TWICE)) == key)
		return last;
	for_each_net_rcu(net) {
		if (net->user_ns != &init_user_ns && vz_network_owner(net) == owner)
			sum += count_of(net);
	}
	if (sum >= VZ_CONNECTIONS)
		key |= ALL;
	if (sum >= 2 * VZ_CONNECTIONS)
		key |= TWICE;
	WRITE_ONCE(*word, key);
	return key;
}

/* (net, zone, tuple, tuple, gfp, hash): packets are received in soft interrupts, too. */
VZ_HANDLER(vz_conntrack)
{
	const struct net *net = arg0;
	u64 reached;
	long share;
	u32 count;

	if (likely(net->user_ns == &init_user_ns))
		return 0;
	share = vz_network_share(net, VZ_CONNECTIONS);
	count = count_of(net);
	if (count < FEW || share == LONG_MAX)
		return 0;
	rcu_read_lock();
	reached = owner_reaches(vz_network_owner(net));
	rcu_read_unlock();
	return reached & TWICE || (reached & ALL && count >= share) ? -ENOMEM : 0;
}
VZ_REFUSER(vz_conntrack, 6);
