// SPDX-License-Identifier: GPL-2.0-only
/*
 * Neighbours, of a VE's links, which the kernel charges to no memory cgroup.
 *
 * Neighbours that the kernel never drops by itself (NUD_PERMANENT, NTF_EXT_LEARNED, since 6.17
 * NTF_EXT_VALIDATED), and which gc_thresh3 does not count: 1024 of a VE (beancounter.c),
 * ENOBUFS. One that is there already is refused to become such a one; of a new one it is seen
 * before it is made, for it would stay. Those of IPv6 on a loopback device, one for each address
 * that is sent to, have a bound of their own, 4096: since 6.10 gc_thresh3 does not count them
 * either, and how long they are kept is the owner's to say. What comes in there is answered in
 * a soft interrupt or by a thread of the kernel: of what that makes nobody can be charged. There a
 * network has a quarter of what VZ_LOOPBACKS_MAX, for all tenants, still leaves; and whatever
 * others take the networks of an owner have VZ_LOOPBACKS_LEAST, each its part. What is charged
 * counts in both, so the latter is more than a VE can be charged for.
 *
 * Packets that wait for a neighbour that is being asked for: at most VZ_WAITING_BYTES of each
 * (and one of any size, as the kernel has it), of which gc_thresh3 says how many there are. A
 * packet that was forwarded on the way counts for no socket any more. A VE's root could say 4 GB
 * by a message of rtnetlink (RTM_SETNEIGHTBL, `ip ntable`), and that who does not answer is asked
 * once a day, and kept until then, where others find the table full: VEs are refused that
 * (EPERM). The sysctls of the same name the kernel shows to no user namespace; but he can
 * advertise himself as a router, which says how often to ask.
 *
 * Proxies, which the kernel answers for, are in one table for all networks, of 16 rows. It looks
 * through one when somebody asks, also at the host's links, and through all when a link goes down.
 * A VE has VZ_PROXIES_MAX in each row, of IPv4 and of IPv6, in all its networks; ENOBUFS, and for
 * each that is for no link in particular: that the kernel keeps when its network is gone.
 */
#include <linux/cred.h>
#include <linux/netdevice.h>
#include <linux/preempt.h>
#include <linux/user_namespace.h>
#include <net/if_inet6.h>
#include <net/net_namespace.h>

#include "../compat/neighbour.h"
#include "../hook_direct.h"
#include "../host.h"
#include "../ledger.h"
#include "../ve.h"
#include "charge.h"

#define VZ_LOOPBACKS_MAX	65536
#define VZ_LOOPBACKS_LEAST	(4096 + 256)
#define VZ_WAITING_BYTES	(64 << 10)
#define VZ_ASKING_TIME		(10 * HZ)	/* between two questions; the kernel asks once a second */
#define VZ_PROXIES_MAX		64

/* (table, key, device, flags, exempt, ...) */
VZ_HANDLER(vz_neighbour_new)
{
	const struct net_device *device = arg2;
	struct vz_ve *ve;
	bool full;

	if (!(u8)(unsigned long)arg4 || !vz_network_of_tenant(device) || device->flags & IFF_LOOPBACK)
		return 0;
	preempt_disable_notrace();
	ve = vz_ve_of_task(current);
	full = ve && vz_beancounter_full(&ve->bc, VZ_INNER_NEIGHBOURS);
	preempt_enable_notrace();
	return full ? -ENOBUFS : 0;
}
VZ_REFUSER_IF(VZ_UNLESS_HOST, vz_neighbour_new, 6);

/* One that the kernel may drop stands in its list for that. It is charged by force, as two may
 * be at it, and as it stays also if we refuse. */
static int neighbour_charge(struct vz_ve *ve, struct neighbour *neighbour)
{
	bool loopback = neighbour->dev->flags & IFF_LOOPBACK;
	enum vzlite_resource resource = loopback ? VZ_INNER_LOOPBACKS : VZ_INNER_NEIGHBOURS;

	if (vz_ledger_stands(resource, neighbour))
		return 0;
	if ((loopback || !list_empty(&neighbour->gc_list)) &&
	    vz_beancounter_full(&ve->bc, resource))
		return -ENOBUFS;
	vz_ledger_adopt(ve, resource, neighbour);
	return 0;
}

/* (neighbour, address, state, flags, ...) */
VZ_HANDLER(vz_neighbour_update)
{
	struct neighbour *neighbour = arg0;
	struct vz_ve *ve;
	int ret = 0;

	if (!((u8)(unsigned long)arg2 & NUD_PERMANENT) &&
	    !((u32)(unsigned long)arg3 & VZ_NEIGHBOUR_STAYS_UPDATE))
		return 0;
	if (!vz_network_of_tenant(neighbour->dev))
		return 0;
	preempt_disable_notrace();
	ve = vz_ve_of_task(current);
	if (ve)
		ret = neighbour_charge(ve, neighbour);
	preempt_enable_notrace();
	return ret;
}
VZ_REFUSER_IF(VZ_UNLESS_HOST, vz_neighbour_update, 6);

/* Not one more can be had of a loopback device on which nobody is charged. The kernel counts them:
 * each refers to the parameters of its device. */
static bool loopback_full(const struct neighbour *neighbour)
{
	int left = VZ_LOOPBACKS_MAX - (atomic_read(&neighbour->tbl->entries) -
				       atomic_read(&neighbour->tbl->gc_entries));
	long least = VZ_LOOPBACKS_LEAST /
		     vz_network_namespaces(vz_network_owner(dev_net(neighbour->dev)));
	const struct inet6_dev *device;
	int own = 0;

	rcu_read_lock();
	device = rcu_dereference(neighbour->dev->ip6_ptr);
	if (device && device->nd_parms)
		own = refcount_read(&device->nd_parms->refcnt);
	rcu_read_unlock();
	return own > least && own > left / 4;
}

/* (neighbour), a new one. */
VZ_HANDLER(vz_neighbour_loopback)
{
	const struct neighbour *neighbour = arg0;
	struct vz_ve *ve;
	int ret = 0;

	if (!(neighbour->dev->flags & IFF_LOOPBACK) ||
	    dev_net(neighbour->dev)->user_ns == &init_user_ns)
		return 0;
	preempt_disable_notrace();
	ve = in_task() ? vz_ve_of_task(current) : NULL;
	if (ve)
		ret = vz_ledger_charge(ve, VZ_INNER_LOOPBACKS, arg0);
	else if (loopback_full(neighbour))
		ret = -ENOBUFS;
	preempt_enable_notrace();
	return ret ? -ENOBUFS : 0;
}
VZ_REFUSER(vz_neighbour_loopback, 1);

/* (neighbour) */
VZ_HANDLER(vz_neighbour_free)
{
	vz_ledger_uncharge_either(VZ_INNER_NEIGHBOURS, VZ_INNER_LOOPBACKS, arg0);
	return 0;
}
VZ_OBSERVER_IF(VZ_UNLESS_EMPTY(rdi), vz_neighbour_free, 1);

/* (request, header, answer) */
VZ_HANDLER(vz_neighbour_table)
{
	return vz_host_by_tenant() ? -EPERM : 0;
}
VZ_REFUSER_IF(VZ_UNLESS_HOST, vz_neighbour_table, 3);

/* A figure of a tenant's device; the table's own are the host's. Any context. */
static void at_most(struct neigh_parms *parms, int figure, unsigned int most)
{
	int *value = &parms->data[figure];

	if ((unsigned int)READ_ONCE(*value) > most)
		WRITE_ONCE(*value, most);
}

static void bound_waiting(const struct neighbour *neighbour)
{
	struct neigh_parms *parms = neighbour->parms;

	if (likely(dev_net(neighbour->dev)->user_ns == &init_user_ns) ||
	    parms == &neighbour->tbl->parms)
		return;
	at_most(parms, NEIGH_VAR_QUEUE_LEN_BYTES, VZ_WAITING_BYTES);
	at_most(parms, NEIGH_VAR_RETRANS_TIME, VZ_ASKING_TIME);
}

/* (neighbour, packet, at once): one that is not known yet. The kernel looks next how much may
 * wait for it, and how long. */
VZ_HANDLER(vz_neighbour_wait)
{
	bound_waiting(arg0);
	return 0;
}
VZ_OBSERVER(vz_neighbour_wait, 3);

/* (timer, of a neighbour): it may be asked for again. */
VZ_HANDLER(vz_neighbour_timer)
{
	bound_waiting(container_of(arg0, struct neighbour, timer));
	return 0;
}
VZ_OBSERVER(vz_neighbour_timer, 1);

/* The first of the row that the kernel has @key in (its pneigh_hash()). The table is locked. */
static const struct pneigh_entry *first_proxy(const struct neigh_table *table, const u8 *key)
{
	u32 hash;

	memcpy(&hash, key + table->key_len - 4, sizeof(hash));
	hash ^= hash >> 16;
	hash ^= hash >> 8;
	hash ^= hash >> 4;
	return vz_proxy_next(table->phash_buckets[hash & 0xf]);
}

/* Whose a network is: his who made its user namespace, a VE's own uid; of what root of the host
 * made each such namespace with all below it. */
static const void *owner_of(const struct net *net)
{
	const struct ucounts *owner = vz_network_owner(net);
	const struct user_namespace *space = net->user_ns;

	if (owner && !uid_eq(owner->uid, GLOBAL_ROOT_UID))
		return owner;
	while (space->parent && space->parent != &init_user_ns)
		space = space->parent;
	return space;
}

/* A link stays while it has a proxy, and some time after (RTNL is held or RCU is), and so does the
 * network that it is in. */
static bool proxies_full(struct neigh_table *table, const struct net *net, const void *key,
			 const struct net_device *device)
{
	const void *owner = owner_of(net);
	const struct pneigh_entry *proxy;
	unsigned int count = 0;
	bool known = false;

	vz_proxies_lock(table);
	for (proxy = first_proxy(table, key); proxy && !known; proxy = vz_proxy_next(proxy->next)) {
		if (!proxy->dev)
			continue;
		count += owner_of(dev_net(proxy->dev)) == owner;
		known = proxy->dev == device && !memcmp(proxy->key, key, table->key_len);
	}
	vz_proxies_unlock(table);
	return !known && count >= VZ_PROXIES_MAX;
}

/* (table, network, key, device, ...) */
VZ_HANDLER(vz_neighbour_proxy)
{
	const struct net *net = arg1;

	if (!vz_proxy_is_made(arg4) || net->user_ns == &init_user_ns)
		return 0;
	return !arg3 || proxies_full(arg0, net, arg2, arg3) ? VZ_PROXY_REFUSED : 0;
}
VZ_REFUSER(vz_neighbour_proxy, 6);
