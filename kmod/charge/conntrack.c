// SPDX-License-Identifier: GPL-2.0-only
/*
 * Connections that are tracked in the network namespaces of a VE. The kernel has memory for
 * them charged to nobody, some 400 bytes each, and lets each namespace have as many as
 * net.netfilter.nf_conntrack_max says. A VE has VZ_CONNECTIONS in all of its namespaces, what
 * one of OpenVZ 7 has; the packet that opens another is dropped (ENOMEM for ctnetlink), and
 * counted as "drop" in /proc/net/stat/nf_conntrack.
 *
 * No ledger: the kernel counts for each namespace. One that has its share, VZ_CONNECTIONS divided
 * by the number of namespaces, is not asked for more; what lies above needs the sum, which is
 * taken once a jiffy and CPU. So namespaces that were idle while another took all still have
 * their shares: at most twice VZ_CONNECTIONS, and what comes within a jiffy.
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

/* u32 (const struct net *); all namespaces that can be found are initialized by then. */
struct vz_anchor vz_conntrack_anchor = { "nf_conntrack_count" };

static u32 count_of(const struct net *net)
{
	u32 (*count)(const struct net *net) = READ_ONCE(vz_conntrack_anchor.address);

	return count(net);
}

/* What was found last: the jiffies, a hash of the owner, and whether he has all that he may.
 * One word, since a soft interrupt may come between. */
static DEFINE_PER_CPU(u64, last);

static bool owner_is_full(const struct ucounts *owner)
{
	u64 key = (u64)(u32)jiffies << 32 | hash_ptr(owner, 31) << 1, found = raw_cpu_read(last);
	const struct net *net;
	u64 sum = 0;

	if ((found & ~1ULL) == key)
		return found & 1;
	for_each_net_rcu(net) {
		if (net->user_ns != &init_user_ns && vz_network_owner(net) == owner)
			sum += count_of(net);
	}
	raw_cpu_write(last, key | (sum >= VZ_CONNECTIONS));
	return sum >= VZ_CONNECTIONS;
}

/* (net, zone, tuple, tuple, gfp, hash): packets are received in soft interrupts, too. */
VZ_HANDLER(vz_conntrack)
{
	const struct net *net = arg0;
	bool full;

	if (likely(net->user_ns == &init_user_ns) ||
	    count_of(net) < vz_network_share(net, VZ_CONNECTIONS))
		return 0;
	rcu_read_lock();
	full = owner_is_full(vz_network_owner(net));
	rcu_read_unlock();
	return full ? -ENOMEM : 0;
}
VZ_REFUSER(vz_conntrack, 6);
