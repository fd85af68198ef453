// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A filter of traffic control, not of nftables: nobody's flush takes it away, it ends with
 * the link, and needs no library. It is a classic BPF program, for no other kind of filter can
 * say "not".
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <linux/rtnetlink.h>
#include <linux/tc_act/tc_gact.h>
#include <netinet/ip_icmp.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <string.h>

#include "netif/guard.h"
#include "network/rtnl.h"
#include "network/shape.h"

#define DROP 1U		/* any but 0 is a match */

static struct nl_msg *request(int type, int flags, int index)
{
	const struct tcmsg header = {
		.tcm_ifindex = index, .tcm_parent = SHAPE_INGRESS, .tcm_handle = 1,
		.tcm_info = TC_H_MAKE((uint32_t)GUARD_PRIORITY << 16, htons(ETH_P_ALL)),
	};

	return rtnl_request(type, flags, &header, sizeof(header));
}

/*
 * What no setting of the interface keeps from the host itself: what is for its loopback (its
 * "all.route_localnet" is enough), and redirects of ICMP ("all.accept_redirects", where it does not
 * forward). Those of IPv6 are the interface's own affair, and off. The type of ICMP is in a first
 * fragment. One tag of a VLAN is off already; another of number 0 the host would take off later.
 * Last, for a frame that is too short ends the program, and passes: nobody takes it for IP.
 */
static const struct sock_filter host_part[] = {
	BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 12),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_8021Q, 1, 0),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_8021AD, 0, 2),
	BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 14),
	BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0x0fff, 11, 10),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_IP, 0, 10),
	BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 30),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 127, 7, 0),
	BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 23),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_ICMP, 0, 6),
	BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 20),
	BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0x1fff, 4, 0),
	BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 14),
	BPF_STMT(BPF_LD | BPF_B | BPF_IND, 14),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ICMP_REDIRECT, 0, 1),
	BPF_STMT(BPF_RET | BPF_K, DROP),
	BPF_STMT(BPF_RET | BPF_K, 0),
};

#define SOURCE_PART 4	/* instructions */

/* Destination in bytes 0 to 5, source in 6 to 11: a tag of a VLAN is behind them. */
static bool put_program(struct nl_msg *msg, const uint8_t *given, bool bridged)
{
	static const uint8_t none[MAC_SIZE];
	const uint8_t *mac = given ? given : none;
	size_t from = given ? 0 : SOURCE_PART, n;
	const struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 8),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
			 (uint32_t)mac[2] << 24 | mac[3] << 16 | mac[4] << 8 | mac[5], 0, 6),
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 6),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, mac[0] << 8 | mac[1], 0, 4),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x0180c200, 0, 3),
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 4),
		BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, 0x000f, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, DROP),
	};
	const struct sock_filter pass = BPF_STMT(BPF_RET | BPF_K, 0);

	struct sock_filter all[ARRAY_SIZE(host_part) + ARRAY_SIZE(code)];

	n = ARRAY_SIZE(code) - from;
	memcpy(all, code + from, n * sizeof(*all));
	if (bridged)
		memcpy(all + n, &pass, sizeof(pass));
	else
		memcpy(all + n, host_part, sizeof(host_part));
	n += bridged ? 1 : ARRAY_SIZE(host_part);
	return !nla_put_u16(msg, TCA_BPF_OPS_LEN, n) && !nla_put(msg, TCA_BPF_OPS, n * sizeof(*all), all);
}

static bool put_drop(struct nl_msg *msg)
{
	const struct tc_gact drop = { .action = TC_ACT_SHOT };
	struct nlattr *actions, *action, *options;

	if (!(actions = nla_nest_start(msg, TCA_BPF_ACT)) || !(action = nla_nest_start(msg, 1)) ||
	    nla_put_string(msg, TCA_ACT_KIND, "gact") ||
	    !(options = nla_nest_start(msg, TCA_ACT_OPTIONS)) ||
	    nla_put(msg, TCA_GACT_PARMS, sizeof(drop), &drop))
		return false;
	nla_nest_end(msg, options);
	nla_nest_end(msg, action);
	nla_nest_end(msg, actions);
	return true;
}

static int add(struct nl_sock *host, int index, const uint8_t *mac, bool bridged)
{
	cleanup_msg struct nl_msg *msg = request(RTM_NEWTFILTER, NLM_F_CREATE | NLM_F_REPLACE, index);
	struct nlattr *options;

	if (!msg || nla_put_string(msg, TCA_KIND, "bpf") || !(options = nla_nest_start(msg, TCA_OPTIONS)) ||
	    !put_program(msg, mac, bridged) || !put_drop(msg))
		return ENOMEM;
	nla_nest_end(msg, options);
	return rtnl_tell(host, msg);
}

int guard(struct nl_sock *host, int index, const uint8_t *mac, bool bridged)
{
	int error = shape_ingress(host, index);

	return error ? error : add(host, index, mac, bridged);
}
