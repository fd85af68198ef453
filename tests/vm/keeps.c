// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the kernel keeps of packets, addresses and options, and charges to nobody. Prints how
 * much was got, and what came then:
 *   keeps table LINK BYTES     let so much wait for each neighbour of it
 *   keeps wait ADDRESS N       N datagrams of 8 KB to who does not answer; the number is how many
 *                              bytes of them wait
 *   keeps peers N              datagrams in two parts from N addresses of 10.9.0.0/16, which are
 *                              this machine's
 *   keeps control BYTES        a message with so much of control data
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

static int tell(long n, int error)
{
	printf("%ld %s\n", n, error ? strerrorname_np(error) : "none");
	return 0;
}

static int table(const char *link, uint32_t bytes)
{
	struct {
		struct nlmsghdr head;
		struct ndtmsg message;
		struct rtattr name;
		char text[12];
		struct rtattr parms, index;
		uint32_t link;
		struct rtattr size;
		uint32_t bytes;
	} request = {
		{ sizeof(request), RTM_SETNEIGHTBL, NLM_F_REQUEST | NLM_F_ACK, 1, 0 },
		{ .ndtm_family = AF_INET },
		{ RTA_LENGTH(10), NDTA_NAME }, "arp_cache",
		{ RTA_LENGTH(16), NDTA_PARMS },
		{ RTA_LENGTH(4), NDTPA_IFINDEX }, if_nametoindex(link),
		{ RTA_LENGTH(4), NDTPA_QUEUE_LENBYTES }, bytes,
	};
	struct {
		struct nlmsghdr head;
		struct nlmsgerr error;
		char rest[512];
	} answer;
	int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);

	if (send(fd, &request, sizeof(request), 0) < 0 || recv(fd, &answer, sizeof(answer), 0) < 0)
		return tell(0, errno);
	return tell(0, -answer.error.error);
}

static int wait_for(const char *address, long n)
{
	static char data[8192];
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(9) };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0), waits = 0, error = 0;

	inet_pton(AF_INET, address, &to.sin_addr);
	for (long i = 0; i < n && !error; i++)
		if (sendto(fd, data, sizeof(data), 0, (struct sockaddr *)&to, sizeof(to)) < 0)
			error = errno;
	if (ioctl(fd, SIOCOUTQ, &waits))
		return tell(0, errno);
	return tell(waits, error);
}

static int part(int fd, uint32_t from, uint16_t id, bool last)
{
	struct {
		struct iphdr ip;
		char data[16];
	} packet = {
		{ .version = 4, .ihl = 5, .tot_len = htons(sizeof(packet)), .id = htons(id), .ttl = 64,
		  .frag_off = htons(last ? 2 : IP_MF), .protocol = IPPROTO_UDP,
		  .saddr = htonl(from), .daddr = htonl(0x0a090001) },
		{ 0, 9, 0, 9, 0, 32 },
	};
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(0x0a090001) };

	return sendto(fd, &packet, sizeof(packet), 0, (struct sockaddr *)&to, sizeof(to)) < 0 ? errno : 0;
}

static int peers(long n)
{
	int fd = socket(AF_INET, SOCK_RAW, IPPROTO_RAW), error = 0;
	long i;

	for (i = 0; i < n && !error; i++) {
		error = part(fd, 0x0a090100 + i, i, false);
		if (!error)
			error = part(fd, 0x0a090100 + i, i, true);
	}
	return tell(error ? i - 1 : i, error);
}

static int control(size_t bytes)
{
	struct cmsghdr *head = calloc(1, bytes);
	struct iovec byte = { "", 1 };
	struct msghdr message = { .msg_iov = &byte, .msg_iovlen = 1, .msg_control = head, .msg_controllen = bytes };
	int ends[2];

	if (!head || socketpair(AF_UNIX, SOCK_DGRAM, 0, ends))
		return tell(0, errno);
	head->cmsg_len = bytes;
	head->cmsg_level = IPPROTO_UDP;
	return tell(0, sendmsg(ends[0], &message, 0) < 0 ? errno : 0);
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	if (!strcmp(what, "table") && argc > 3)
		return table(argv[2], strtoul(argv[3], NULL, 10));
	if (!strcmp(what, "wait") && argc > 3)
		return wait_for(argv[2], atol(argv[3]));
	if (!strcmp(what, "peers") && argc > 2)
		return peers(atol(argv[2]));
	if (!strcmp(what, "control") && argc > 2)
		return control(atol(argv[2]));
	fprintf(stderr, "usage: keeps table|wait|peers|control ...\n");
	return 2;
}
