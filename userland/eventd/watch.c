// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <netinet/in.h>	/* else the kernel has words of its own for it */
#include <linux/filter.h>
#include <linux/netconf.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <string.h>
#include <sys/socket.h>

#include "error.h"
#include "eventd.h"
#include "netif_live.h"
#include "network.h"

#define BUFFER (1 << 20)
#define WRITER "vzlite-network"	/* by its name the kernel tells who has changed the filter */
#define MESSAGES_AT_ONCE 256	/* of a socket: as with events, the rest of the daemon has its turn, too */
#define MESSAGES_ROOM 4096	/* twice BUFFER, of which the least takes 768 bytes */
#define KEPT_MAX 64
#define BRIDGE_MS 1000		/* who makes a bridge gives it the host's ports first, of which it has its width */

static int links = -1, rules = -1;
/* Some interfaces by their number; of too many the first are forgotten. */
struct kept {
	int list[KEPT_MAX];
	unsigned int n;
};
/* VEs' links that went down. It matters if they come up again: their routes are gone. */
static struct kept down;
/* What is being taken off its bridge, anybody's. */
static struct kept leaving;
static bool left;		/* some of these have, and stay up */

static int listen_to(int protocol, const int *groups, size_t n)
{
	struct sockaddr_nl address = { .nl_family = AF_NETLINK };
	cleanup_close int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);
	int size = BUFFER;

	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)))
		return -1;
	for (size_t i = 0; i < n; i++)
		if (setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &groups[i], sizeof(groups[i])))
			return -1;
	/* Less is no loss: see take_some(). */
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	return steal_fd(fd);
}

/* Not before a VE has addresses: who has no use for nftables shall not have it loaded. True when
 * that is now, as something may have happened just before. */
static bool listen_to_rules(void)
{
	static const int groups[] = { NFNLGRP_NFTABLES };
	static bool tried;

	if (tried)
		return false;
	tried = true;
	rules = listen_to(NETLINK_NETFILTER, groups, ARRAY_SIZE(groups));
	if (rules < 0)
		warn("eventd: listen to nftables: %s: a filter that is flushed stays away until the next start of a VE",
		     strerror(errno));
	return true;
}

/*
 * A router's host has a million routes, which change all the time. Of those that a routing daemon
 * made only the default ones come here: it is not by others that VEs' neighbours are reached. Without
 * the filter they are read for nothing, and that is all.
 */
static void filter_routes(int fd)
{
	static struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, offsetof(struct nlmsghdr, nlmsg_type)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0),	/* RTM_NEWROUTE */
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 6),	/* RTM_DELROUTE */
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, NLMSG_HDRLEN + offsetof(struct rtmsg, rtm_dst_len)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 4, 0),
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, NLMSG_HDRLEN + offsetof(struct rtmsg, rtm_protocol)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, RTPROT_RA, 2, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, RTPROT_DHCP, 1, 0),
		BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, RTPROT_STATIC, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	const struct sock_fprog program = { .len = ARRAY_SIZE(code), .filter = code };

	/* It loads big-endian what netlink has in the machine's order. */
	code[1].k = htons(RTM_NEWROUTE);
	code[2].k = htons(RTM_DELROUTE);
	(void)setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program));
}

/* VEs that have lost @bridge (NULL: any), as it was made anew or a port taken off: the kernel leaves their ports
 * up, and on none. Who puts one on another himself has a moment for that. No memory: that had its line. */
static void look_at_ports(const char *bridge)
{
	cleanup_ids struct ids ids = { };

	if (netif_list(&ids))
		return;
	for (size_t i = 0; i < ids.n; i++) {
		struct job job = { .kind = JOB_BRIDGE, .ctid = ids.list[i], .delay_ms = BRIDGE_MS };

		if (netif_off_bridge(job.ctid, bridge) && queue_add(&job))
			return;
	}
}

void watch_begin(void)
{
	static const int groups[] = {
		RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR, RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV6_ROUTE,
		RTNLGRP_IPV4_NETCONF, RTNLGRP_IPV6_NETCONF,
	};
	cleanup_ids struct ids ids = { };

	links = listen_to(NETLINK_ROUTE, groups, ARRAY_SIZE(groups));
	if (links < 0)
		warn("eventd: listen to interfaces: %s", strerror(errno));
	else
		filter_routes(links);
	if (!network_list(&ids) && ids.n)
		(void)listen_to_rules();
	look_at_ports(NULL);
}

static int *find(struct kept *kept, int index)
{
	for (unsigned int i = 0; i < KEPT_MAX; i++)
		if (kept->list[i] == index)
			return &kept->list[i];
	return NULL;
}

static void keep(struct kept *kept, int index)
{
	if (!find(kept, index))
		kept->list[kept->n++ % KEPT_MAX] = index;
}

/* True: it was there. */
static bool forget(struct kept *kept, int index)
{
	int *at = find(kept, index);

	if (at)
		*at = 0;
	return at;
}

/* A VE's. Of a new one all is said to have changed, and it comes up for the first time. */
static bool on_own_link(const struct ifinfomsg *link)
{
	if (link->ifi_change == UINT32_MAX || !(link->ifi_change & IFF_UP))
		return false;
	if (!(link->ifi_flags & IFF_UP)) {
		keep(&down, link->ifi_index);
		return false;
	}
	return forget(&down, link->ifi_index);
}

static bool is_bridge(struct nlattr *linkinfo)
{
	struct nlattr *info[IFLA_INFO_MAX + 1];

	return linkinfo && !nla_parse_nested(info, IFLA_INFO_MAX, linkinfo, NULL) && info[IFLA_INFO_KIND] &&
	       !nla_strcmp(info[IFLA_INFO_KIND], "bridge");
}

/* An interface that comes up: what the host answered there is forgotten when it goes down; and a
 * bridge that was made anew does so first of all. */
static bool on_link(struct nlmsghdr *nlh)
{
	const struct ifinfomsg *link = nlmsg_data(nlh);
	struct nlattr *tb[IFLA_MAX + 1];

	if (nlmsg_parse(nlh, sizeof(*link), tb, IFLA_MAX, NULL) < 0 || !tb[IFLA_IFNAME])
		return false;
	if (link->ifi_family == AF_UNSPEC && !tb[IFLA_MASTER] && forget(&leaving, link->ifi_index))
		left |= link->ifi_flags & IFF_UP;
	if (tb[IFLA_GROUP] && nla_get_u32(tb[IFLA_GROUP]) == NETWORK_GROUP)
		return listen_to_rules() | on_own_link(link);
	if (!(link->ifi_change & link->ifi_flags & IFF_UP))
		return false;
	if (is_bridge(tb[IFLA_LINKINFO]))
		look_at_ports(nla_get_string(tb[IFLA_IFNAME]));
	return network_uses(nla_get_string(tb[IFLA_IFNAME]));
}

/* A bridge tells that a port goes before that has left it; when it has, the port's next message says so. There is
 * none of a link that is removed itself. */
static void on_gone(struct nlmsghdr *nlh)
{
	const struct ifinfomsg *link = nlmsg_data(nlh);

	if (!nlmsg_valid_hdr(nlh, sizeof(*link)))
		return;
	if (link->ifi_family == AF_BRIDGE)
		keep(&leaving, link->ifi_index);
	else
		(void)forget(&leaving, link->ifi_index);
}

/* It is forgotten with the last IPv4 address, too, and for IPv6 when that is switched off, and back
 * on: which gives an address that stays. Those that routers advertise are told of each time. */
static bool on_address(struct nlmsghdr *nlh)
{
	const struct ifaddrmsg *address = nlmsg_data(nlh);
	char name[IFNAMSIZ];

	if (!nlmsg_valid_hdr(nlh, sizeof(*address)) ||
	    (address->ifa_family == AF_INET6 && !(address->ifa_flags & IFA_F_PERMANENT)))
		return false;
	return if_indextoname(address->ifa_index, name) && network_uses(name);
}

/* VEs' own that are taken away, but for those that go with the link; and what leads to a VE's
 * neighbours, by which it may be reached elsewhere now. */
static bool on_route(struct nlmsghdr *nlh)
{
	static const uint8_t any[16];
	const struct rtmsg *route = nlmsg_data(nlh);
	struct nlattr *tb[RTA_MAX + 1];
	bool whole;

	if (nlmsg_parse(nlh, sizeof(*route), tb, RTA_MAX, NULL) < 0 || route->rtm_table != RT_TABLE_MAIN ||
	    route->rtm_type != RTN_UNICAST)
		return false;
	whole = route->rtm_dst_len == (route->rtm_family == AF_INET ? 32 : 128);
	if (whole && (nlh->nlmsg_type == RTM_NEWROUTE || (tb[RTA_OIF] && find(&down, nla_get_u32(tb[RTA_OIF])))))
		return false;
	if (route->rtm_dst_len && (!tb[RTA_DST] || nla_len(tb[RTA_DST]) * 8 < route->rtm_dst_len))
		return false;
	return network_within(route->rtm_family, route->rtm_dst_len ? nla_data(tb[RTA_DST]) : any,
			      route->rtm_dst_len);
}

static bool switched_off(struct nlattr *setting)
{
	return setting && !nla_get_u32(setting);
}

/* Somebody has switched proxy_ndp off, or IPv4's forwarding of a VE's link, as who does so for all. One that comes
 * tells of all settings at once. */
static bool on_setting(struct nlmsghdr *nlh)
{
	struct nlattr *tb[NETCONFA_MAX + 1];
	char name[IFNAMSIZ];
	bool v4;

	if (nlmsg_parse(nlh, sizeof(struct netconfmsg), tb, NETCONFA_MAX, NULL) < 0 || !tb[NETCONFA_IFINDEX] ||
	    (tb[NETCONFA_PROXY_NEIGH] && tb[NETCONFA_FORWARDING]))
		return false;
	v4 = ((struct netconfmsg *)nlmsg_data(nlh))->ncm_family == AF_INET;
	if (!switched_off(tb[v4 ? NETCONFA_FORWARDING : NETCONFA_PROXY_NEIGH]) ||
	    !if_indextoname(nla_get_u32(tb[NETCONFA_IFINDEX]), name))
		return false;
	return v4 ? network_is_link(name) : network_uses(name);
}

/* The table is what each message begins with, whatever it is about. */
static bool on_table(struct nlmsghdr *nlh)
{
	const struct nfgenmsg *header = nlmsg_data(nlh);
	struct nlattr *tb[NFTA_TABLE_NAME + 1];

	return nlmsg_parse(nlh, sizeof(*header), tb, NFTA_TABLE_NAME, NULL) >= 0 &&
	       header->nfgen_family == NFPROTO_INET && tb[NFTA_TABLE_NAME] &&
	       (!nla_strcmp(tb[NFTA_TABLE_NAME], NETWORK_TABLE) || !nla_strcmp(tb[NFTA_TABLE_NAME], NETWORK_NAT_TABLE));
}

/* What others make of our tables, in whatever way. The end of what was changed at once says who
 * did it. */
static bool touched;

static bool on_rules(struct nlmsghdr *nlh)
{
	struct nlattr *tb[NFTA_GEN_MAX + 1];
	bool ours;

	if (nlh->nlmsg_type != (NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWGEN)) {
		touched |= nlh->nlmsg_type >> 8 == NFNL_SUBSYS_NFTABLES && on_table(nlh);
		return false;
	}
	ours = nlmsg_parse(nlh, sizeof(struct nfgenmsg), tb, NFTA_GEN_MAX, NULL) >= 0 && tb[NFTA_GEN_PROC_NAME] &&
	       !nla_strcmp(tb[NFTA_GEN_PROC_NAME], WRITER);
	ours |= !touched;
	touched = false;
	return !ours;
}

static bool take(int fd, struct nlmsghdr *nlh)
{
	if (fd == rules)
		return on_rules(nlh);
	switch (nlh->nlmsg_type) {
	case RTM_NEWLINK:
		return on_link(nlh);
	case RTM_DELLINK:
		on_gone(nlh);
		return false;
	case RTM_NEWADDR:
	case RTM_DELADDR:
		return on_address(nlh);
	case RTM_NEWROUTE:
	case RTM_DELROUTE:
		return on_route(nlh);
	case RTM_NEWNETCONF:
		return on_setting(nlh);
	default:
		return false;
	}
}

/* What has come, but some at a time: for what is left poll returns at once. What was @lost, or is too
 * long, may have been anything. Once something was, all that there was room for: until none of that is left
 * the kernel drops more without a word. */
static bool take_some(int fd, bool *lost)
{
	static char buffer[65536] __attribute__((aligned(NLMSG_ALIGNTO)));
	bool found = false;

	for (int i = 0; i < (*lost ? MESSAGES_ROOM : MESSAGES_AT_ONCE); i++) {
		ssize_t n = recv(fd, buffer, sizeof(buffer), MSG_TRUNC);
		int left = n;

		if (!n || (n < 0 && errno != ENOBUFS && errno != EINTR))
			break;
		if (n < 0 || (size_t)n > sizeof(buffer)) {
			*lost |= n > 0 || errno == ENOBUFS;
			touched &= !*lost;
			continue;
		}
		for (struct nlmsghdr *nlh = (void *)buffer; nlmsg_ok(nlh, left); nlh = nlmsg_next(nlh, &left))
			found |= take(fd, nlh);
	}
	return found || *lost;
}

void watch_fill(struct pollfd fds[WATCH_FDS])
{
	fds[0] = (struct pollfd){ .fd = links, .events = POLLIN };
	fds[1] = (struct pollfd){ .fd = rules, .events = POLLIN };
}

bool watch_read(enum network_rules *what)
{
	bool lost = false, found = links >= 0 && take_some(links, &lost);

	/* Once for all the ports of a bridge that is removed. */
	if (lost || left)
		look_at_ports(NULL);
	lost = left = false;
	*what = RULES_LOOK;
	if (rules < 0 || !take_some(rules, &lost))
		return found;
	*what = lost ? RULES_WRITE : RULES_CHANGED;
	return true;
}

void watch_close(void)
{
	cleanup_close_(&links);
	cleanup_close_(&rules);
	links = rules = -1;
}
