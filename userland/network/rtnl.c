// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/ip.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "network/rtnl.h"
#include "util.h"

/* Kernel headers of 2021 do not have it under this name in userland. */
#define ADDR_GEN_MODE_NONE 1

/* The answer is there when a request has been sent: what is waited for so long has got lost. */
#define ANSWER_SECONDS 10

/* A request under way. */
struct exchange {
	bool done;
	int error;
	/* Of each answer, if there is one. */
	void (*reply)(struct nlmsghdr *nlh, void *arg);
	void *arg;
};

struct nl_sock *rtnl_open(void)
{
	const struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	const struct timeval patience = { .tv_sec = ANSWER_SECONDS };
	cleanup_close int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	struct nl_sock *sock;

	/* Connected at once, not after it has a port that somebody could send to. */
	if (fd < 0 || connect(fd, (const struct sockaddr *)&kernel, sizeof(kernel)) ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)))
		return NULL;
	sock = nl_socket_alloc();
	if (sock && nl_socket_set_fd(sock, NETLINK_ROUTE, fd) < 0) {
		nl_socket_free(sock);
		return NULL;
	}
	if (sock)
		fd = -1;
	return sock;
}

/* What came before the socket was connected may be anybody's. */
static int on_any(struct nl_msg *msg, void *arg)
{
	(void)arg;
	return nlmsg_get_src(msg)->nl_pid ? NL_SKIP : NL_OK;
}

static int on_valid(struct nl_msg *msg, void *arg)
{
	struct exchange *x = arg;

	if (x->reply)
		x->reply(nlmsg_hdr(msg), x->arg);
	return NL_OK;
}

static int on_ack(struct nl_msg *msg, void *arg)
{
	(void)msg;
	((struct exchange *)arg)->done = true;
	return NL_STOP;
}

static int on_error(struct sockaddr_nl *from, struct nlmsgerr *err, void *arg)
{
	struct exchange *x = arg;

	(void)from;
	x->error = -err->error;
	x->done = true;
	return NL_STOP;
}

int rtnl_ask(struct nl_sock *sock, struct nl_msg *msg,
	     void (*reply)(struct nlmsghdr *nlh, void *arg), void *arg)
{
	struct exchange x = { .reply = reply, .arg = arg };
	struct nl_cb *cb;
	int err;

	if (!msg)
		return ENOMEM;
	cb = nl_cb_alloc(NL_CB_DEFAULT);
	if (!cb)
		return ENOMEM;
	nl_cb_set(cb, NL_CB_MSG_IN, NL_CB_CUSTOM, on_any, NULL);
	nl_cb_set(cb, NL_CB_VALID, NL_CB_CUSTOM, on_valid, &x);
	nl_cb_set(cb, NL_CB_ACK, NL_CB_CUSTOM, on_ack, &x);
	nl_cb_set(cb, NL_CB_FINISH, NL_CB_CUSTOM, on_ack, &x);
	nl_cb_err(cb, NL_CB_CUSTOM, on_error, &x);
	err = nl_send_auto(sock, msg);
	while (err >= 0 && !x.done)
		err = nl_recvmsgs(sock, cb);
	nl_cb_put(cb);
	return x.error ? x.error : err < 0 ? EIO : 0;
}

int rtnl_tell(struct nl_sock *sock, struct nl_msg *msg)
{
	return rtnl_ask(sock, msg, NULL, NULL);
}

struct nl_msg *rtnl_request(int type, int flags, const void *header, size_t size)
{
	struct nl_msg *msg = nlmsg_alloc_simple(type, NLM_F_REQUEST | NLM_F_ACK | flags);

	if (msg && nlmsg_append(msg, (void *)header, size, NLMSG_ALIGNTO) < 0) {
		nlmsg_free(msg);
		return NULL;
	}
	return msg;
}

static bool put_address(struct nl_msg *msg, int attribute, const struct address *a)
{
	return !nla_put(msg, attribute, address_size(a), a->bytes);
}

/* One end: 0 of @mtu or @group is left out. */
static bool put_end(struct nl_msg *msg, const char *name, const uint8_t *mac, uint32_t mtu,
		    uint32_t group)
{
	return !nla_put_string(msg, IFLA_IFNAME, name) && !nla_put(msg, IFLA_ADDRESS, 6, mac) &&
	       !(mtu && nla_put_u32(msg, IFLA_MTU, mtu)) &&
	       !(group && nla_put_u32(msg, IFLA_GROUP, group));
}

int rtnl_make_pair(struct nl_sock *host, const struct rtnl_pair *pair)
{
	const struct ifinfomsg header = { .ifi_family = AF_UNSPEC };
	cleanup_msg struct nl_msg *msg = rtnl_request(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &header,
						      sizeof(header));
	struct nlattr *info, *data, *other;

	if (!msg || !put_end(msg, pair->name, pair->mac, pair->mtu, pair->group) ||
	    !(info = nla_nest_start(msg, IFLA_LINKINFO)) ||
	    nla_put_string(msg, IFLA_INFO_KIND, "veth") ||
	    !(data = nla_nest_start(msg, IFLA_INFO_DATA)) ||
	    !(other = nla_nest_start(msg, VETH_INFO_PEER)) ||
	    nlmsg_append(msg, (void *)&header, sizeof(header), NLMSG_ALIGNTO) < 0 ||
	    !put_end(msg, pair->peer, pair->peer_mac, pair->mtu, 0) ||
	    nla_put_u32(msg, IFLA_NET_NS_FD, pair->netns))
		return ENOMEM;
	nla_nest_end(msg, other);
	nla_nest_end(msg, data);
	nla_nest_end(msg, info);
	return rtnl_tell(host, msg);
}

int rtnl_get_link(struct nl_sock *sock, const char *name,
		  void (*reply)(struct nlmsghdr *nlh, void *arg), void *arg)
{
	const struct ifinfomsg header = { .ifi_family = AF_UNSPEC };
	cleanup_msg struct nl_msg *msg = rtnl_request(RTM_GETLINK, 0, &header, sizeof(header));

	if (!msg || nla_put_string(msg, IFLA_IFNAME, name))
		return ENOMEM;
	return rtnl_ask(sock, msg, reply, arg);
}

static void take_header(struct nlmsghdr *nlh, void *arg)
{
	if (nlh->nlmsg_type == RTM_NEWLINK && nlmsg_datalen(nlh) >= (int)sizeof(struct ifinfomsg))
		*(struct ifinfomsg *)arg = *(struct ifinfomsg *)nlmsg_data(nlh);
}

/* All 0 when there is none. */
static struct ifinfomsg header_of(struct nl_sock *sock, const char *name)
{
	struct ifinfomsg header = { .ifi_family = AF_UNSPEC };

	(void)rtnl_get_link(sock, name, take_header, &header);
	return header;
}

int rtnl_index(struct nl_sock *sock, const char *name)
{
	return header_of(sock, name).ifi_index;
}

bool rtnl_is_up(struct nl_sock *sock, const char *name)
{
	return header_of(sock, name).ifi_flags & IFF_UP;
}

/*
 * The host's end: what the admin's defaults for new interfaces say must not open it. What his "all"
 * says counts beside that: rp_filter is the higher of both, the source route needs both; either is
 * enough for proxy_arp (but a router has no ARP), send_redirects (which tell a VE of its own link),
 * accept_local (but all sources are filtered), route_localnet (which a filter keeps closed), and for
 * accept_redirects where it does not forward (a port: netif/guard.c).
 */
static const struct { int what; uint32_t value; } host_conf[] = {
	{ IPV4_DEVCONF_RP_FILTER, 1 }, { IPV4_DEVCONF_PROXY_ARP, 0 }, { IPV4_DEVCONF_ACCEPT_REDIRECTS, 0 },
	{ IPV4_DEVCONF_SEND_REDIRECTS, 0 }, { IPV4_DEVCONF_ACCEPT_SOURCE_ROUTE, 0 },
	{ IPV4_DEVCONF_ACCEPT_LOCAL, 0 }, { IPV4_DEVCONF_ROUTE_LOCALNET, 0 },
};

static bool put_conf(struct nl_msg *msg, bool router)
{
	struct nlattr *inet = nla_nest_start(msg, AF_INET), *conf;

	if (!inet || !(conf = nla_nest_start(msg, IFLA_INET_CONF)) ||
	    nla_put_u32(msg, IPV4_DEVCONF_FORWARDING, router))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(host_conf); i++)
		if (nla_put_u32(msg, host_conf[i].what, host_conf[i].value))
			return false;
	nla_nest_end(msg, conf);
	nla_nest_end(msg, inet);
	return true;
}

static bool put_inet6(struct nl_msg *msg)
{
	struct nlattr *inet6 = nla_nest_start(msg, AF_INET6);

	if (!inet6 || nla_put_u8(msg, IFLA_INET6_ADDR_GEN_MODE, ADDR_GEN_MODE_NONE))
		return false;
	nla_nest_end(msg, inet6);
	return true;
}

/* Before it is up: with both in one message 6.1 raises it first, and it gets an address of its own. */
static int set_conf(struct nl_sock *sock, int index, enum rtnl_side side)
{
	const struct ifinfomsg header = { .ifi_family = AF_UNSPEC, .ifi_index = index };
	cleanup_msg struct nl_msg *msg = rtnl_request(RTM_NEWLINK, 0, &header, sizeof(header));
	bool inet6 = !access("/proc/sys/net/ipv6", F_OK), host = side != RTNL_INSIDE;
	struct nlattr *spec;

	if (!host && !inet6)
		return 0;
	if (!msg)
		return ENOMEM;
	spec = nla_nest_start(msg, IFLA_AF_SPEC);
	if (!spec || (host && !put_conf(msg, side == RTNL_ROUTER)) || (inet6 && !put_inet6(msg)))
		return ENOMEM;
	nla_nest_end(msg, spec);
	return rtnl_tell(sock, msg);
}

int rtnl_raise(struct nl_sock *sock, int index, enum rtnl_side side, int bridge, uint32_t mtu)
{
	unsigned int flags = side == RTNL_PORT ? IFF_UP : IFF_UP | IFF_NOARP;
	const struct ifinfomsg header = {
		.ifi_family = AF_UNSPEC, .ifi_index = index, .ifi_flags = flags, .ifi_change = flags,
	};
	cleanup_msg struct nl_msg *msg = rtnl_request(RTM_NEWLINK, 0, &header, sizeof(header));
	int err = set_conf(sock, index, side);

	if (err)
		return err;
	if (!msg || (bridge && (nla_put_u32(msg, IFLA_MASTER, bridge) || nla_put_u32(msg, IFLA_MTU, mtu))))
		return ENOMEM;
	return rtnl_tell(sock, msg);
}

int rtnl_delete_link(struct nl_sock *sock, int index)
{
	const struct ifinfomsg header = { .ifi_family = AF_UNSPEC, .ifi_index = index };
	cleanup_msg struct nl_msg *msg = rtnl_request(RTM_DELLINK, 0, &header, sizeof(header));

	return rtnl_tell(sock, msg);
}

static int change_address(struct nl_sock *sock, int type, int flags, int index,
			  const struct address *a)
{
	const struct ifaddrmsg header = {
		.ifa_family = a->family, .ifa_prefixlen = address_size(a) * 8, .ifa_index = index,
		.ifa_flags = a->family == AF_INET6 ? IFA_F_NODAD : 0, .ifa_scope = RT_SCOPE_UNIVERSE,
	};
	cleanup_msg struct nl_msg *msg = rtnl_request(type, flags, &header, sizeof(header));

	if (!msg || !put_address(msg, IFA_LOCAL, a) || !put_address(msg, IFA_ADDRESS, a))
		return ENOMEM;
	return rtnl_tell(sock, msg);
}

int rtnl_add_address(struct nl_sock *sock, int index, const struct address *a)
{
	return change_address(sock, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, index, a);
}

int rtnl_delete_address(struct nl_sock *sock, int index, const struct address *a)
{
	return change_address(sock, RTM_DELADDR, 0, index, a);
}

/* The VE's router; nobody has these addresses, nor need anybody. */
static const struct address router4 = { .family = AF_INET, .bytes = { 169, 254, 1, 1 } };
static const struct address router6 = { .family = AF_INET6,
					.bytes = { [0] = 0xfe, [1] = 0x80, [15] = 1 } };

int rtnl_add_default(struct nl_sock *sock, int index, int family)
{
	const struct rtmsg header = {
		.rtm_family = family, .rtm_table = RT_TABLE_MAIN, .rtm_protocol = RTPROT_BOOT,
		.rtm_scope = RT_SCOPE_UNIVERSE, .rtm_type = RTN_UNICAST, .rtm_flags = RTNH_F_ONLINK,
	};
	cleanup_msg struct nl_msg *msg = rtnl_request(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, &header,
						 sizeof(header));

	if (!msg || !put_address(msg, RTA_GATEWAY, family == AF_INET ? &router4 : &router6) ||
	    nla_put_u32(msg, RTA_OIF, index))
		return ENOMEM;
	return rtnl_tell(sock, msg);
}

struct found {
	int type, index;
};

static void take_route(struct nlmsghdr *nlh, void *arg)
{
	struct nlattr *tb[RTA_MAX + 1];
	struct found *found = arg;

	if (nlh->nlmsg_type != RTM_NEWROUTE ||
	    nlmsg_parse(nlh, sizeof(struct rtmsg), tb, RTA_MAX, NULL) < 0)
		return;
	found->type = ((struct rtmsg *)nlmsg_data(nlh))->rtm_type;
	found->index = tb[RTA_OIF] ? (int)nla_get_u32(tb[RTA_OIF]) : 0;
}

int rtnl_find_route(struct nl_sock *sock, const struct address *a, int *type, int *index)
{
	const struct rtmsg header = { .rtm_family = a->family, .rtm_dst_len = address_size(a) * 8 };
	cleanup_msg struct nl_msg *msg = rtnl_request(RTM_GETROUTE, 0, &header, sizeof(header));
	struct found found = { .type = RTN_UNSPEC };
	int error;

	if (!msg || !put_address(msg, RTA_DST, a))
		return ENOMEM;
	error = rtnl_ask(sock, msg, take_route, &found);
	*type = found.type;
	*index = found.index;
	return error;
}

static int change_route(struct nl_sock *sock, int type, int flags, int index,
			const struct address *a)
{
	const struct rtmsg header = {
		.rtm_family = a->family, .rtm_dst_len = address_size(a) * 8,
		.rtm_table = RT_TABLE_MAIN, .rtm_protocol = RTPROT_STATIC,
		.rtm_scope = a->family == AF_INET ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE,
		.rtm_type = RTN_UNICAST,
	};
	cleanup_msg struct nl_msg *msg = rtnl_request(type, flags, &header, sizeof(header));

	if (!msg || !put_address(msg, RTA_DST, a) || nla_put_u32(msg, RTA_OIF, index))
		return ENOMEM;
	return rtnl_tell(sock, msg);
}

int rtnl_add_route(struct nl_sock *sock, int index, const struct address *a)
{
	return change_route(sock, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, index, a);
}

int rtnl_delete_route(struct nl_sock *sock, int index, const struct address *a)
{
	return change_route(sock, RTM_DELROUTE, 0, index, a);
}

static int change_proxy(struct nl_sock *sock, int type, int flags, int index,
			const struct address *a)
{
	const struct ndmsg header = {
		.ndm_family = a->family, .ndm_ifindex = index, .ndm_flags = NTF_PROXY,
		.ndm_state = NUD_PERMANENT,
	};
	cleanup_msg struct nl_msg *msg = rtnl_request(type, flags, &header, sizeof(header));

	if (!msg || !put_address(msg, NDA_DST, a))
		return ENOMEM;
	return rtnl_tell(sock, msg);
}

int rtnl_add_proxy(struct nl_sock *sock, int index, const struct address *a)
{
	return change_proxy(sock, RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE, index, a);
}

int rtnl_delete_proxy(struct nl_sock *sock, int index, const struct address *a)
{
	return change_proxy(sock, RTM_DELNEIGH, 0, index, a);
}
