// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>

#include "network/rtnl.h"
#include "network/way.h"

struct ways {
	struct way *list;
	size_t n;
};

struct route {
	int family, length;
	const uint8_t *net;
	uint32_t table, metric;
};

static void offer(struct way *w, const struct route *r, int index)
{
	if (index == w->own)
		return;
	if (index == w->now && r->length > w->now_length)
		w->now_length = r->length;
	if (r->table != RT_TABLE_MAIN || r->length < w->length ||
	    (r->length == w->length && r->metric >= w->metric))
		return;
	w->best = index;
	w->length = r->length;
	w->metric = r->metric;
}

static void offer_all(struct ways *ways, const struct route *r, int index)
{
	for (size_t i = 0; i < ways->n; i++)
		if (ways->list[i].a->family == r->family && address_within(ways->list[i].a, r->net, r->length))
			offer(&ways->list[i], r, index);
}

static void offer_hops(struct ways *ways, const struct route *r, const struct nlattr *hops)
{
	const struct rtnexthop *hop = nla_data(hops);
	int left = nla_len(hops);

	for (; RTNH_OK(hop, left); left -= NLMSG_ALIGN(hop->rtnh_len), hop = RTNH_NEXT(hop))
		offer_all(ways, r, hop->rtnh_ifindex);
}

static void take_route(struct nlmsghdr *nlh, void *arg)
{
	static const uint8_t any[16];
	const struct rtmsg *header = nlmsg_data(nlh);
	struct nlattr *tb[RTA_MAX + 1];
	struct route r = { .net = any };

	if (nlh->nlmsg_type != RTM_NEWROUTE || nlmsg_parse(nlh, sizeof(*header), tb, RTA_MAX, NULL) < 0 ||
	    header->rtm_type != RTN_UNICAST || header->rtm_flags & (RTM_F_CLONED | RTNH_F_DEAD))
		return;
	r.family = header->rtm_family;
	r.length = header->rtm_dst_len;
	r.table = tb[RTA_TABLE] ? nla_get_u32(tb[RTA_TABLE]) : header->rtm_table;
	r.metric = tb[RTA_PRIORITY] ? nla_get_u32(tb[RTA_PRIORITY]) : 0;
	if (r.length && (!tb[RTA_DST] || nla_len(tb[RTA_DST]) * 8 < r.length))
		return;
	if (r.length)
		r.net = nla_data(tb[RTA_DST]);
	if (tb[RTA_OIF])
		offer_all(arg, &r, nla_get_u32(tb[RTA_OIF]));
	else if (tb[RTA_MULTIPATH])
		offer_hops(arg, &r, tb[RTA_MULTIPATH]);
}

static bool any_of(const struct way *ways, size_t n, int family)
{
	for (size_t i = 0; i < n; i++)
		if (ways[i].a->family == family)
			return true;
	return false;
}

int ways_find(struct nl_sock *host, struct way *ways, size_t n)
{
	static const int families[] = { AF_INET, AF_INET6 };
	struct ways all = { ways, n };
	int error = 0;

	for (size_t i = 0; i < n; i++) {
		ways[i].best = 0;
		ways[i].length = ways[i].now_length = -1;
		ways[i].metric = UINT32_MAX;
	}
	for (size_t i = 0; !error && i < ARRAY_SIZE(families); i++) {
		const struct rtmsg header = { .rtm_family = families[i] };
		cleanup_msg struct nl_msg *msg = NULL;

		if (!any_of(ways, n, families[i]))
			continue;
		msg = rtnl_request(RTM_GETROUTE, NLM_F_DUMP, &header, sizeof(header));
		error = rtnl_ask(host, msg, take_route, &all);
	}
	for (size_t i = 0; i < n; i++)
		if (!ways[i].best || (ways[i].now && ways[i].now_length >= ways[i].length))
			ways[i].best = ways[i].now;
	return error;
}
