// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Give a link addresses, or have it take part in multicast groups, while this runs. Prints how many
 * there were, and what came then:
 *   addresses 4|6 LINK N
 *   addresses temporary6 LINK N	of which the kernel is to make a temporary one of each
 *   addresses groups4|groups6|anycast6 LINK N
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_addr.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define OF_A_SOCKET 20 /* groups; the kernel's own bound */

struct request {
	struct nlmsghdr header;
	struct ifaddrmsg address;
	struct nlattr flags;
	uint32_t flag;
	struct nlattr attribute;
	uint32_t value[4];
};

/* The number of an address, or of a group, in its last bytes. */
static size_t number(int family, uint32_t first, long i, uint32_t value[4])
{
	memset(value, 0, 16);
	value[0] = htonl(first);
	if (family == AF_INET)
		value[0] = htonl(first + i);
	else
		value[3] = htonl(i);
	return family == AF_INET ? 4 : 16;
}

static int add(int family, unsigned int link, long i, bool temporary)
{
	static int fd = -1;
	struct request r = {
		.header = { .nlmsg_type = RTM_NEWADDR,
			    .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL },
		.address = { .ifa_family = family, .ifa_index = link,
			     .ifa_prefixlen = family == AF_INET ? 32 : temporary ? 64 : 128 },
		.flags = { .nla_type = IFA_FLAGS, .nla_len = NLA_HDRLEN + sizeof(r.flag) },
		.flag = IFA_F_NODAD | (temporary ? IFA_F_MANAGETEMPADDR : 0),
		.attribute.nla_type = IFA_LOCAL,
	};
	struct {
		struct nlmsghdr header;
		struct nlmsgerr error;
		char rest[512];
	} answer;
	size_t length = number(family, family == AF_INET ? 0x0a000001 : temporary ? 0xfd030000 : 0xfd000001,
			       i + 1, r.value);

	if (fd < 0)
		fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	r.attribute.nla_len = NLA_HDRLEN + length;
	r.header.nlmsg_len = offsetof(struct request, value) + length;
	if (send(fd, &r, r.header.nlmsg_len, 0) < 0 || recv(fd, &answer, sizeof(answer), 0) < 0)
		return errno;
	return -answer.error.error;
}

static int anycast(unsigned int link, long i)
{
	static int fd;
	struct ipv6_mreq request = { .ipv6mr_interface = link };

	number(AF_INET6, 0xfd020000, i, (uint32_t *)&request.ipv6mr_multiaddr);
	if (i % OF_A_SOCKET == 0)
		fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	return setsockopt(fd, IPPROTO_IPV6, IPV6_JOIN_ANYCAST, &request, sizeof(request)) ? errno : 0;
}

static int join(int family, unsigned int link, long i)
{
	static int fd;
	struct group_req request = { .gr_interface = link };
	struct sockaddr_in *of4 = (struct sockaddr_in *)&request.gr_group;
	struct sockaddr_in6 *of6 = (struct sockaddr_in6 *)&request.gr_group;
	uint32_t value[4];

	number(family, family == AF_INET ? 0xef010001 : 0xff050001, i, value);
	if (i % OF_A_SOCKET == 0)
		fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	request.gr_group.ss_family = family;
	if (family == AF_INET)
		memcpy(&of4->sin_addr, value, 4);
	else
		memcpy(&of6->sin6_addr, value, 16);
	return setsockopt(fd, family == AF_INET ? IPPROTO_IP : IPPROTO_IPV6, MCAST_JOIN_GROUP, &request,
			  sizeof(request)) ? errno : 0;
}

int main(int argc, char **argv)
{
	const char *what = argc == 4 ? argv[1] : "";
	int family = strchr(what, '6') ? AF_INET6 : AF_INET, error = 0;
	long n = argc == 4 ? atol(argv[3]) : 0, i;

	if (n <= 0)
		return 2;
	for (i = 0; i < n && !error; i += !error) {
		unsigned int link = if_nametoindex(argv[2]);

		if (*what == 'a')
			error = anycast(link, i);
		else
			error = *what == 'g' ? join(family, link, i) :
				add(family, link, i, *what == 't');
	}
	printf("%ld %s\n", i, error ? strerrorname_np(error) : "none");
	return 0;
}
