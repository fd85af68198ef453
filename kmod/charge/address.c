// SPDX-License-Identifier: GPL-2.0-only
/*
 * Addresses and multicast groups of a link. The kernel has them in lists, looks through the one for
 * each of the other that goes, and does so for a whole link at once, under a lock of all networks
 * (RTNL): with 100,000 of each, in the order that their owner likes, half a minute in which nobody
 * on the host changes a network. So a link in a tenant's network takes part in VZ_GROUPS_MAX groups of
 * IPv4 and of IPv6, those that come with an address included, and has so many anycast addresses;
 * ENOBUFS. An address of IPv6 without its group is there, but found by no neighbour, nor may another be
 * that has the same group and stays.
 *
 * Addresses are also in a table, for IPv4 before 6.13 or so one of all networks, of which the kernel
 * looks through a row of 256 for each that comes, that goes and, of IPv4, that a packet comes from; on
 * 6.1 the owner of those of IPv6 can have all of them in one. So each network of a VE has its share of
 * VZ_ADDRESSES_MAX of each, but VZ_ADDRESSES_MIN and the first of a link in any case; ENOBUFS.
 *
 * Those of IPv6 are refused where each is made, also by the kernel itself, for what a router says: the
 * notifier for them is not called for all. A temporary one that it cannot make it tries again at once,
 * under RTNL, as often as its owner says (regen_max_retry), who may say otherwise at any moment. So
 * the count of tries, which is kept with the address that it is made from, is set to its end.
 */
#include <linux/igmp.h>
#include <linux/inetdevice.h>
#include <linux/netdevice.h>
#include <linux/notifier.h>
#include <linux/rcupdate.h>
#include <net/addrconf.h>
#include <net/if_inet6.h>
#include <net/sock.h>

#include "../hook_direct.h"
#include "charge.h"

#define VZ_ADDRESSES_MAX	2048
#define VZ_ADDRESSES_MIN	128
#define VZ_GROUPS_MAX		4096

static bool of_tenant(const struct net_device *device)
{
	return dev_net(device)->user_ns != &init_user_ns;
}

static long share_of(const struct net *net)
{
	return clamp(vz_network_share(net, VZ_ADDRESSES_MAX), (long)VZ_ADDRESSES_MIN, (long)VZ_ADDRESSES_MAX);
}

/* RCU is held. */
static bool network_full4(struct net *net)
{
	long most = share_of(net), count = 0;
	const struct in_device *in_device;
	const struct in_ifaddr *address;
	const struct net_device *device;

	for_each_netdev_rcu(net, device) {
		in_device = __in_dev_get_rcu(device);
		if (!in_device)
			continue;
		in_dev_for_each_ifa_rcu(address, in_device) {
			if (++count >= most)
				return true;
		}
	}
	return false;
}

static int address4(struct notifier_block *block, unsigned long event, void *info)
{
	struct in_device *in_device = ((struct in_validator_info *)info)->ivi_dev;
	bool full;

	/* A link's first: there are not so many links, and it may be in the place of one that is gone. */
	if (likely(!of_tenant(in_device->dev)) || !rcu_access_pointer(in_device->ifa_list))
		return NOTIFY_DONE;
	rcu_read_lock();
	full = network_full4(dev_net(in_device->dev));
	rcu_read_unlock();
	return notifier_from_errno(full ? -ENOBUFS : 0);
}
static struct notifier_block notifier = { .notifier_call = address4 };

/* With what it has left, and has still to tell of. One that it takes part in already is no more. */
static bool full4(const struct net_device *device, __be32 wanted)
{
	struct in_device *in_device = __in_dev_get_rcu(device);
	unsigned int count = in_device ? READ_ONCE(in_device->mc_count) : 0;
	const struct ip_mc_list *group;
	bool known = false;

	if (!in_device)
		return false;
	spin_lock_bh(&in_device->mc_tomb_lock);
	for (group = in_device->mc_tomb; group && count < VZ_GROUPS_MAX; group = group->next)
		count++;
	spin_unlock_bh(&in_device->mc_tomb_lock);
	if (likely(count < VZ_GROUPS_MAX))
		return false;
	group = rcu_dereference(in_device->mc_list);
	for (; group && !known; group = rcu_dereference(group->next_rcu))
		known = group->multiaddr == wanted;
	return !known;
}

/* (socket, request, mode). Which does not always say of which link: then none has too many. */
VZ_HANDLER(vz_address_group4)
{
	struct net *net = sock_net((const struct sock *)arg0);
	const struct ip_mreqn *request = arg1;
	int index = request->imr_ifindex;
	struct net_device *device;
	bool full = false;

	if (likely(net->user_ns == &init_user_ns))
		return 0;
	rcu_read_lock();
	for_each_netdev_rcu(net, device) {
		full = (!index || device->ifindex == index) &&
		       full4(device, request->imr_multiaddr.s_addr);
		if (full)
			break;
	}
	rcu_read_unlock();
	return full ? -ENOBUFS : 0;
}
VZ_REFUSER(vz_address_group4, 3);

#if IS_ENABLED(CONFIG_IPV6)
/* RCU is held. */
static bool network_full6(struct net *net)
{
	long most = share_of(net), count = 0;
	const struct inet6_dev *in_device;
	const struct inet6_ifaddr *address;
	const struct net_device *device;

	for_each_netdev_rcu(net, device) {
		in_device = __in6_dev_get(device);
		if (!in_device)
			continue;
		list_for_each_entry_rcu(address, &in_device->addr_list, if_list) {
			if (++count >= most)
				return true;
		}
	}
	return false;
}

/* The kernel sets it back when the next one is due. */
static void give_up_temporary(struct inet6_dev *in_device)
{
	struct inet6_ifaddr *address;

	list_for_each_entry_rcu(address, &in_device->addr_list, if_list)
		WRITE_ONCE(address->regen_count, INT_MAX);
}

/* (in_device, config, ...). A soft interrupt's, too. */
VZ_HANDLER(vz_address6)
{
	struct inet6_dev *in_device = arg0;
	const struct ifa6_config *config = arg1;
	bool full;

	if (likely(!of_tenant(in_device->dev)) || list_empty(&in_device->addr_list))
		return 0;
	rcu_read_lock();
	full = network_full6(dev_net(in_device->dev));
	if (full && config->ifa_flags & IFA_F_TEMPORARY)
		give_up_temporary(in_device);
	rcu_read_unlock();
	return full ? -ENOBUFS : 0;
}
VZ_REFUSER(vz_address6, 4);

static bool full6(const struct inet6_dev *in_device, const struct in6_addr *wanted)
{
	const struct ifmcaddr6 *group = rcu_dereference(in_device->mc_list);
	unsigned int count = 0;

	for (; group && count < VZ_GROUPS_MAX; group = rcu_dereference(group->next), count++) {
		if (ipv6_addr_equal(&group->mca_addr, wanted))
			return false;
	}
	group = rcu_dereference(in_device->mc_tomb);
	for (; group && count < VZ_GROUPS_MAX; group = rcu_dereference(group->next))
		count++;
	return count == VZ_GROUPS_MAX;
}

/* (device, address, mode). The same. */
VZ_HANDLER(vz_address_group6)
{
	const struct net_device *device = arg0;
	const struct inet6_dev *in_device;
	bool full;

	if (likely(!of_tenant(device)))
		return 0;
	rcu_read_lock();
	in_device = __in6_dev_get(device);
	full = in_device && full6(in_device, arg1);
	rcu_read_unlock();
	return full ? -ENOBUFS : 0;
}
VZ_REFUSER(vz_address_group6, 3);

/* (in_device, address). The same. */
VZ_HANDLER(vz_address_anycast6)
{
	struct inet6_dev *in_device = arg0;
	const struct ifacaddr6 *anycast;
	unsigned int count = 0;
	bool known = false;

	if (likely(!of_tenant(in_device->dev)))
		return 0;
	read_lock_bh(&in_device->lock);
	anycast = rcu_dereference_raw(in_device->ac_list);
	for (; anycast && !known && count < VZ_GROUPS_MAX; anycast = rcu_dereference_raw(anycast->aca_next)) {
		known = ipv6_addr_equal(&anycast->aca_addr, arg1);
		count++;
	}
	read_unlock_bh(&in_device->lock);
	return !known && count == VZ_GROUPS_MAX ? -ENOBUFS : 0;
}
VZ_REFUSER(vz_address_anycast6, 2);
#endif

int vz_address_init(void)
{
	return register_inetaddr_validator_notifier(&notifier);
}

void vz_address_exit(void)
{
	unregister_inetaddr_validator_notifier(&notifier);
}
