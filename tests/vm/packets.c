// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Packets that leave something in the kernel. Prints how many were sent, and what came then:
 *   packets flows FROM N   datagrams to this machine, from number FROM on, each of a flow of
 *                          its own; how many were let out, and what the others met
 *   packets requests N     N connections to 40 ports of 10.8.0.1, which listen, that are begun
 *                          by nobody who would answer; waits until its input ends
 *   packets timewait N     N connections to this machine, one after the other, and closed
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int tell(long n, int error)
{
	printf("%ld %s\n", n, error ? strerrorname_np(error) : "none");
	return 0;
}

/* Each comes from another address and port; who receives them takes none. */
static int flows(long from, long n)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr_in here = { .sin_family = AF_INET };
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(struct in_pktinfo))];
	} control = {
		.header = { .cmsg_level = IPPROTO_IP, .cmsg_type = IP_PKTINFO,
			    .cmsg_len = CMSG_LEN(sizeof(struct in_pktinfo)) },
	};
	struct in_pktinfo *source = (struct in_pktinfo *)CMSG_DATA(&control.header);
	struct msghdr message = { .msg_name = &to, .msg_namelen = sizeof(to),
				  .msg_control = &control, .msg_controllen = sizeof(control) };
	int receiver = socket(AF_INET, SOCK_DGRAM, 0), fd = -1, error = 0;
	long i, sent = 0, addresses = 1 << 14;

	to.sin_port = htons(9);
	bind(receiver, (struct sockaddr *)&to, sizeof(to));
	*source = (struct in_pktinfo){};
	for (i = from; i < from + n; i++) {
		if (fd < 0 || i % addresses == 0) {
			close(fd);
			fd = socket(AF_INET, SOCK_DGRAM, 0);
			here.sin_port = htons(20000 + i / addresses);
			if (fd < 0 || bind(fd, (struct sockaddr *)&here, sizeof(here)))
				return tell(sent, errno);
		}
		source->ipi_spec_dst.s_addr = htonl(INADDR_LOOPBACK + 1 + i % addresses);
		if (!sendmsg(fd, &message, 0))
			sent++;
		else
			error = errno;
		/* No more than a hundred thousand a second, on any machine. */
		if (i % 100 == 0)
			usleep(1000);
	}
	return tell(sent, error);
}

#define PORT 7

static int listener(uint32_t address, int port, int backlog)
{
	struct sockaddr_in here = { .sin_family = AF_INET, .sin_port = htons(port),
				    .sin_addr.s_addr = htonl(address) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&here, sizeof(here)) || listen(fd, backlog))
		return -1;
	return fd;
}

static uint16_t checksum(const void *data, size_t size, uint32_t sum)
{
	const uint16_t *word = data;

	for (; size; size -= 2)
		sum += *word++;
	sum = (sum & 0xffff) + (sum >> 16);
	return ~(sum + (sum >> 16));
}

/* TCP's checksum is over the two addresses, which lie before it, the protocol and the size, too. */
static int requests(long n)
{
	struct {
		struct iphdr ip;
		struct tcphdr tcp;
	} packet = {
		.ip = { .version = 4, .ihl = 5, .tot_len = htons(sizeof(packet)), .ttl = 64,
			.protocol = IPPROTO_TCP, .daddr = htonl(0x0a080001) },
		.tcp = { .doff = 5, .syn = 1, .window = htons(1000) },
	};
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_addr.s_addr = packet.ip.daddr };
	int fd = socket(AF_INET, SOCK_RAW, IPPROTO_RAW);

	/* So many that no queue is half full: then requests are given up sooner. */
	for (int port = PORT; port < PORT + 40; port++) {
		if (listener(0x0a080001, port, 1 << 20) < 0)
			return tell(0, errno);
	}
	for (long i = 0; i < n; i++) {
		packet.ip.saddr = htonl(0x0a090000 | (i & 0x3fff));
		packet.tcp.source = htons(1000 + (i >> 14));
		packet.tcp.dest = htons(PORT + i % 40);
		packet.tcp.check = 0;
		packet.tcp.check = checksum(&packet.ip.saddr, 8 + sizeof(packet.tcp),
					    htons(IPPROTO_TCP) + htons(sizeof(packet.tcp)));
		if (sendto(fd, &packet, sizeof(packet), 0, (struct sockaddr *)&to, sizeof(to)) < 0)
			return tell(i, errno);
		/* Or the receiver's queue is full when the kernel leaves that to its thread. */
		if (i % 50 == 0)
			usleep(300);
	}
	tell(n, 0);
	fflush(stdout);
	getchar();
	return 0;
}

static int timewait(long n)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(PORT),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int listens = listener(INADDR_LOOPBACK, PORT, 16);

	for (long i = 0; i < n; i++) {
		int fd = socket(AF_INET, SOCK_STREAM, 0), other;

		if (connect(fd, (struct sockaddr *)&to, sizeof(to)))
			return tell(i, errno);
		other = accept(listens, NULL, NULL);
		close(fd);
		close(other);
	}
	return tell(n, 0);
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	if (!strcmp(what, "flows") && argc > 3)
		return flows(atol(argv[2]), atol(argv[3]));
	if (!strcmp(what, "requests") && argc > 2)
		return requests(atol(argv[2]));
	if (!strcmp(what, "timewait") && argc > 2)
		return timewait(atol(argv[2]));
	fprintf(stderr, "usage: packets flows|requests|timewait ...\n");
	return 2;
}
