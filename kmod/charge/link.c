// SPDX-License-Identifier: GPL-2.0-only
/*
 * Links that a VE's programs make in its networks, and what hangs on them. The kernel charges
 * little of it to anybody, and works on a link under one lock for all (RTNL).
 *
 * A VE has VZ_INNER_LINKS links, with those that each new network comes with; ENOBUFS. A network
 * that ends gives all of its links back in one go, in which no other network can change.
 *
 * Queues: VZ_QUEUES_MAX for what comes in, of a veth, and for what goes out, of any link, are
 * all that one can ask for who makes it; EPERM. A veth is given one for each CPU, and uses one. For
 * each that is used the kernel has a ring and a pool of pages once the owner switches GRO on, and files
 * in sysfs; for each that something could go out by, all that hangs on it. Hardware that the host has
 * given is left alone, and so are taps, of which one with several queues has 256 to go out by.
 *
 * VZ_QUEUE_LENGTH packets are the most for a queue's length (EPERM): pfifo_fast has three rings of
 * so many pointers.
 *
 * Traffic control: VZ_INNER_QDISCS of the two kinds that are built in and large, pfifo_fast and
 * fq_codel, ENOMEM; of the latter each with VZ_FLOWS, as it has by itself, or fewer (EPERM). None
 * of those that keep packets back on purpose: what was forwarded to one belongs to no socket
 * any more, and waits there in any number. Where VEs have a rate the host has loaded one. But fq
 * where it is the host's default, which its owner can change to one that does.
 */
#include <linux/netdevice.h>
#include <linux/pkt_sched.h>
#include <linux/preempt.h>
#include <linux/string.h>
#include <net/netlink.h>
#include <net/rtnetlink.h>
#include <net/sch_generic.h>

#include "../hook_direct.h"
#include "../ledger.h"
#include "../ve.h"
#include "charge.h"

#define VZ_QUEUES_MAX	4
#define VZ_QUEUE_LENGTH	10000
#define VZ_FLOWS	1024

/* The VE of a task that asks, of a device in a tenant's network; or NULL. Preemption is off. */
static struct vz_ve *asker(const struct net_device *device)
{
	return vz_network_of_tenant(device) ? vz_ve_of_task(current) : NULL;
}

static bool asked_by_ve(const struct net_device *device)
{
	bool in_ve;

	preempt_disable_notrace();
	in_ve = asker(device);
	preempt_enable_notrace();
	return in_ve;
}

static bool is_veth(const struct rtnl_link_ops *ops)
{
	return ops && !strcmp(ops->kind, "veth");
}

static bool more_than(const struct nlattr *attribute, u32 most)
{
	return attribute && nla_get_u32(attribute) > most;
}

bool vz_link_too_large(const struct rtnl_link_ops *ops, struct nlattr *const *attributes)
{
	return more_than(attributes[IFLA_NUM_TX_QUEUES], VZ_QUEUES_MAX) ||
	       (is_veth(ops) && more_than(attributes[IFLA_NUM_RX_QUEUES], VZ_QUEUES_MAX)) ||
	       more_than(attributes[IFLA_TXQLEN], VZ_QUEUE_LENGTH);
}

/* (device, count), of queues for what comes in. */
VZ_HANDLER(vz_link_queues)
{
	const struct net_device *device = arg0;

	if (likely((unsigned int)(unsigned long)arg1 <= VZ_QUEUES_MAX || !is_veth(device->rtnl_link_ops)))
		return 0;
	return asked_by_ve(device) ? -EPERM : 0;
}
VZ_REFUSER_IF(VZ_UNLESS_HOST, vz_link_queues, 2);

/* (device, length) */
VZ_HANDLER(vz_link_length)
{
	return (unsigned long)arg1 > VZ_QUEUE_LENGTH && asked_by_ve(arg0) ? -EPERM : 0;
}
VZ_REFUSER_IF(VZ_UNLESS_HOST, vz_link_length, 2);

static int charge(struct net_device *device, enum vzlite_resource resource, void *object)
{
	struct vz_ve *ve;
	int ret = 0;

	preempt_disable_notrace();
	ve = asker(device);
	if (ve)
		ret = vz_ledger_charge(ve, resource, object);
	preempt_enable_notrace();
	return ret;
}

/* (device), with its network. If it is refused its maker frees it. */
VZ_HANDLER(vz_link_new)
{
	return charge(arg0, VZ_INNER_LINKS, arg0) ? -ENOBUFS : 0;
}
VZ_REFUSER_IF(VZ_UNLESS_HOST, vz_link_new, 1);

/* (device) */
VZ_HANDLER(vz_link_free)
{
	vz_ledger_uncharge_fixed(VZ_INNER_LINKS, arg0);
	return 0;
}
VZ_OBSERVER_IF(VZ_UNLESS_EMPTY(rdi), vz_link_free, 1);

/* (queue, ops, ...): the kernel's caller takes an error for a pointer that holds one. */
VZ_HANDLER(vz_link_qdisc)
{
	static const char *const keeping[] = {
		"cake", "cbq", "etf", "fq", "hfsc", "htb", "netem", "plug", "taprio", "tbf",
	};
	const struct netdev_queue *queue = arg0;
	const struct Qdisc_ops *ops = arg1;

	/* The default is what each link comes with. The kernel looks later whether there is a queue. */
	if (!queue || ops == READ_ONCE(default_qdisc_ops) ||
	    match_string(keeping, ARRAY_SIZE(keeping), ops->id) < 0)
		return 0;
	return asked_by_ve(queue->dev) ? -EPERM : 0;
}
VZ_REFUSER_IF(VZ_UNLESS_HOST, vz_link_qdisc, 3);

/* (qdisc, options, ...): whatever is returned, it is destroyed if this fails. */
VZ_HANDLER(vz_link_qdisc_init)
{
	struct Qdisc *qdisc = arg0;

	return charge(qdisc_dev(qdisc), VZ_INNER_QDISCS, qdisc) ? -ENOMEM : 0;
}
VZ_REFUSER_IF(VZ_UNLESS_HOST, vz_link_qdisc_init, 3);

/* The same of fq_codel. */
VZ_HANDLER(vz_link_fq_codel_init)
{
	const struct nlattr *options = arg1, *option;
	struct Qdisc *qdisc = arg0;
	bool too_many = false;
	int left;

	/* Of several the kernel takes the last. */
	if (options)
		nla_for_each_nested(option, options, left)
			too_many |= nla_type(option) == TCA_FQ_CODEL_FLOWS &&
				    nla_len(option) >= (int)sizeof(u32) && more_than(option, VZ_FLOWS);
	if (too_many && asked_by_ve(qdisc_dev(qdisc)))
		return -EPERM;
	return charge(qdisc_dev(qdisc), VZ_INNER_QDISCS, qdisc) ? -ENOMEM : 0;
}
VZ_REFUSER_IF(VZ_UNLESS_HOST, vz_link_fq_codel_init, 3);

/* (qdisc) */
VZ_HANDLER(vz_link_qdisc_end)
{
	vz_ledger_uncharge_fixed(VZ_INNER_QDISCS, arg0);
	return 0;
}
VZ_OBSERVER_IF(VZ_UNLESS_EMPTY(rdi), vz_link_qdisc_end, 1);
