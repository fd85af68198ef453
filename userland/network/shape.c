// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <linux/tc_act/tc_gact.h>
#include <net/if.h>
#include <netlink/attr.h>
#include <netlink/msg.h>

#include "network/rtnl.h"
#include "network/shape.h"

#define TICK_NS 64		/* of traffic control's clock */
/* A packet that a VE hands over at once, before it is cut to the wire's size. */
#define PACKET_MAX 65536ULL
#define QUEUE_MIN 16384ULL	/* the ten packets that TCP begins with, one of a jumbo frame */
#define NS_PER_S 1000000000ULL

static uint64_t larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* What may come from a VE at once: a tenth of a second's, so that timers do not matter. */
static uint64_t burst_of(uint64_t bytes)
{
	return larger(bytes / 10, 2 * PACKET_MAX);
}

static void take_mtu(struct nlmsghdr *nlh, void *arg)
{
	struct nlattr *tb[IFLA_MAX + 1];

	if (nlmsg_parse(nlh, sizeof(struct ifinfomsg), tb, IFLA_MAX, NULL) >= 0 && tb[IFLA_MTU])
		*(uint32_t *)arg = nla_get_u32(tb[IFLA_MTU]);
}

/*
 * What may go to it at once, and what may wait as well. A larger packet is cut to the wire's
 * size if it can be, else lost: so no less than a frame. No more, as at a low rate it comes late.
 */
static uint64_t queue_of(struct nl_sock *host, int index, uint64_t bytes)
{
	char name[IFNAMSIZ];
	uint32_t mtu = 0;

	/* Without an answer: as wide as most. */
	if (if_indextoname(index, name))
		(void)rtnl_get_link(host, name, take_mtu, &mtu);
	return larger(bytes / 10, larger(QUEUE_MIN, mtu + ETH_HLEN + 4ULL));
}

/* How long @size bytes take, in ticks that fit. */
static uint32_t ticks_of(uint64_t size, uint64_t bytes)
{
	uint64_t ticks = size * (NS_PER_S / TICK_NS) / bytes;

	return ticks > UINT32_MAX ? UINT32_MAX : ticks;
}

static struct tc_ratespec spec_of(uint64_t bytes)
{
	return (struct tc_ratespec){
		.rate = bytes > UINT32_MAX ? UINT32_MAX : bytes,
		.linklayer = TC_LINKLAYER_ETHERNET, .cell_log = 8,
	};
}

static int change_qdisc(struct nl_sock *host, int type, int flags, int index, uint32_t parent,
			uint32_t handle, const char *kind, uint64_t bytes)
{
	const struct tcmsg header = {
		.tcm_ifindex = index, .tcm_parent = parent, .tcm_handle = handle,
	};
	cleanup_msg struct nl_msg *msg = rtnl_request(type, flags, &header, sizeof(header));
	struct tc_tbf_qopt tbf = { .rate = spec_of(bytes) };
	struct nlattr *options;

	if (!msg || nla_put_string(msg, TCA_KIND, kind))
		return ENOMEM;
	if (bytes) {
		uint64_t burst = queue_of(host, index, bytes);

		tbf.buffer = ticks_of(burst, bytes);
		tbf.limit = burst > UINT32_MAX ? UINT32_MAX : burst;
		options = nla_nest_start(msg, TCA_OPTIONS);
		if (!options || nla_put(msg, TCA_TBF_PARMS, sizeof(tbf), &tbf) ||
		    nla_put_u32(msg, TCA_TBF_BURST, burst > UINT32_MAX ? UINT32_MAX : burst) ||
		    (bytes > UINT32_MAX && nla_put_u64(msg, TCA_TBF_RATE64, bytes)))
			return ENOMEM;
		nla_nest_end(msg, options);
	}
	return rtnl_tell(host, msg);
}

static bool put_police(struct nl_msg *msg, uint64_t bytes)
{
	uint32_t table[256];
	struct tc_police police = {
		.rate = spec_of(bytes), .burst = ticks_of(burst_of(bytes), bytes),
		.mtu = UINT32_MAX, .action = TC_ACT_SHOT,
	};
	struct nlattr *options;

	/* Asked for, and not looked at any more. */
	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		table[i] = ticks_of((i + 1) << police.rate.cell_log, bytes);
	options = nla_nest_start(msg, TCA_ACT_OPTIONS);
	if (!options || nla_put(msg, TCA_POLICE_TBF, sizeof(police), &police) ||
	    nla_put(msg, TCA_POLICE_RATE, sizeof(table), table) ||
	    (bytes > UINT32_MAX && nla_put_u64(msg, TCA_POLICE_RATE64, bytes)))
		return false;
	nla_nest_end(msg, options);
	return true;
}

/* All packets that come by @index, to be policed. */
static int add_police(struct nl_sock *host, int index, uint64_t bytes, uint16_t priority)
{
	const struct tcmsg header = {
		.tcm_ifindex = index, .tcm_parent = SHAPE_INGRESS,
		.tcm_info = TC_H_MAKE((uint32_t)priority << 16, htons(ETH_P_ALL)),
	};
	cleanup_msg struct nl_msg *msg = rtnl_request(RTM_NEWTFILTER, NLM_F_CREATE | NLM_F_EXCL, &header,
						      sizeof(header));
	struct nlattr *options, *actions, *action;

	if (!msg || nla_put_string(msg, TCA_KIND, "matchall") ||
	    !(options = nla_nest_start(msg, TCA_OPTIONS)) ||
	    !(actions = nla_nest_start(msg, TCA_MATCHALL_ACT)) ||
	    !(action = nla_nest_start(msg, 1)) || nla_put_string(msg, TCA_ACT_KIND, "police") ||
	    !put_police(msg, bytes))
		return ENOMEM;
	nla_nest_end(msg, action);
	nla_nest_end(msg, actions);
	nla_nest_end(msg, options);
	return rtnl_tell(host, msg);
}

static bool absent(int error)
{
	return error == ENOENT || error == EINVAL;
}

int shape_ingress(struct nl_sock *host, int index)
{
	int error = change_qdisc(host, RTM_NEWQDISC, NLM_F_CREATE | NLM_F_EXCL, index, TC_H_INGRESS,
				 SHAPE_INGRESS, "ingress", 0);

	return error == EEXIST ? 0 : error;
}

static int drop_police(struct nl_sock *host, int index, uint16_t priority)
{
	const struct tcmsg header = {
		.tcm_ifindex = index, .tcm_parent = SHAPE_INGRESS,
		.tcm_info = TC_H_MAKE((uint32_t)priority << 16, htons(ETH_P_ALL)),
	};
	cleanup_msg struct nl_msg *msg = rtnl_request(RTM_DELTFILTER, 0, &header, sizeof(header));
	int error;

	if (!msg || nla_put_string(msg, TCA_KIND, "matchall"))
		return ENOMEM;
	error = rtnl_tell(host, msg);
	return absent(error) ? 0 : error;
}

/* Such a filter cannot be changed. The new one comes at whichever of two priorities is
 * free, and then the old one goes. Both are there if that was killed: one of them will do. */
static int change_police(struct nl_sock *host, int index, uint64_t bytes, uint16_t priority)
{
	uint16_t old = priority + 1;
	int error = add_police(host, index, bytes, priority);

	if (error == EEXIST) {
		error = drop_police(host, index, old);
		if (!error)
			error = add_police(host, index, bytes, old);
		old = priority;
	}
	return error ? error : drop_police(host, index, old);
}

static int unshape(struct nl_sock *host, int index, uint16_t guard)
{
	int error = guard ? drop_police(host, index, guard + 1)
			  : change_qdisc(host, RTM_DELQDISC, 0, index, TC_H_INGRESS, SHAPE_INGRESS, "ingress", 0);

	if (!error && guard)
		error = drop_police(host, index, guard + 2);
	if (!error || absent(error))
		error = change_qdisc(host, RTM_DELQDISC, 0, index, TC_H_ROOT, 0, "tbf", 0);
	return absent(error) ? 0 : error;
}

int shape(struct nl_sock *host, int index, uint64_t bytes, uint16_t guard)
{
	int error;

	if (!bytes)
		return unshape(host, index, guard);
	/* Made, or changed where it is; one of another kind is the admin's: EINVAL. */
	error = change_qdisc(host, RTM_NEWQDISC, NLM_F_CREATE, index, TC_H_ROOT, 0, "tbf", bytes);
	if (!error)
		error = shape_ingress(host, index);
	return error ? error : change_police(host, index, bytes, guard + 1);
}
