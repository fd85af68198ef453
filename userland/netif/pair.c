// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <string.h>

#include "netif/pair.h"
#include "network/rtnl.h"

static void take_link(struct nlmsghdr *nlh, void *arg)
{
	struct nlattr *tb[IFLA_MAX + 1], *info[IFLA_INFO_MAX + 1];
	const struct ifinfomsg *header;
	struct link *link = arg;

	if (nlh->nlmsg_type != RTM_NEWLINK ||
	    nlmsg_parse(nlh, sizeof(struct ifinfomsg), tb, IFLA_MAX, NULL) < 0)
		return;
	header = nlmsg_data(nlh);
	link->index = header->ifi_index;
	link->up = header->ifi_flags & IFF_UP;
	if (tb[IFLA_ADDRESS] && nla_len(tb[IFLA_ADDRESS]) == MAC_SIZE)
		memcpy(link->mac, nla_data(tb[IFLA_ADDRESS]), MAC_SIZE);
	if (tb[IFLA_MASTER])
		link->bridge = nla_get_u32(tb[IFLA_MASTER]);
	if (tb[IFLA_MTU])
		link->mtu = nla_get_u32(tb[IFLA_MTU]);
	if (tb[IFLA_LINKINFO] && !nla_parse_nested(info, IFLA_INFO_MAX, tb[IFLA_LINKINFO], NULL) &&
	    info[IFLA_INFO_KIND])
		nla_strlcpy(link->kind, info[IFLA_INFO_KIND], sizeof(link->kind));
}

int pair_find(struct nl_sock *host, const char *name, struct link *link)
{
	int error;

	*link = (struct link){ };
	error = rtnl_get_link(host, name, take_link, link);
	return error == ENODEV ? 0 : error;
}

bool pair_is(const struct link *link, const struct netif *n)
{
	return link->index && !strcmp(link->kind, "veth") && !memcmp(link->mac, n->host_mac, MAC_SIZE);
}

int pair_make(struct nl_sock *host, const struct netif *n, int netns, uint32_t mtu)
{
	const struct rtnl_pair pair = {
		.name = n->host_ifname, .mac = n->host_mac, .peer = n->ifname, .peer_mac = n->mac,
		.netns = netns, .mtu = mtu,
	};

	return rtnl_make_pair(host, &pair);
}
