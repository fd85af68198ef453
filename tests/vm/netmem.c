// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Take what the kernel keeps for a network and charges to nobody. Prints how much was got,
 * and what came then:
 *   netmem rings N BYTES [BLOCK]   N sockets with a ring of BYTES each, until the end
 *   netmem again N BYTES       one socket that asks for a ring, and for none, N times
 *   netmem twice               one socket that asks for a second ring of the same direction
 *   netmem zerocopy            a socket that may send without copying
 *   netmem xdp                 a socket of AF_XDP
 *   netmem outlive N BYTES     N rings, one after the other, of each of whose blocks a pipe keeps
 *                              a byte when the ring is gone
 *   netmem fragments N         N first fragments of 8 KB, kept for as long and as many as its
 *                              owner may say, who says so all the time
 *   netmem neighbours LINK FROM N      N permanent neighbours, from number FROM on
 *   netmem loopback N          datagrams to N addresses of fd00::/16, which are this machine's
 *   netmem answers N           from N such addresses, to a port where nobody listens: the kernel answers
 *   netmem learned LINK FROM N         N that somebody has learned
 *   netmem six LINK FROM N             permanent ones of IPv6
 *   netmem forget LINK FROM N          delete them
 *   netmem proxies|proxies6 LINK FROM N [STEP]   proxies, whose numbers are STEP apart; 65792
 *                              has them in one row. LINK - is none
 *   netmem packets N [FILE]    N sockets of AF_PACKET; until FILE, which it makes, is gone
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

static long block = 65536, step = 1;

static int tell(long n, int error)
{
	printf("%ld %s\n", n, error ? strerrorname_np(error) : "none");
	return 0;
}

/* 0 or an error. */
static int ask_ring(int fd, int direction, long bytes)
{
	struct tpacket_req request = {
		.tp_block_size = block,
		.tp_block_nr = bytes / block,
		.tp_frame_size = 2048,
		.tp_frame_nr = bytes / 2048,
	};

	return setsockopt(fd, SOL_PACKET, direction, &request, sizeof(request)) ? errno : 0;
}

static int rings(long n, long bytes)
{
	int error = 0;
	long i;

	for (i = 0; i < n && !error; i++) {
		int fd = socket(AF_PACKET, SOCK_RAW, 0);

		error = fd < 0 ? errno : ask_ring(fd, PACKET_RX_RING, bytes);
	}
	return tell(error ? i - 1 : i, error);
}

static int again(long n, long bytes)
{
	int fd = socket(AF_PACKET, SOCK_RAW, 0), error = 0;
	long i;

	for (i = 0; i < n && !error; i++) {
		error = ask_ring(fd, PACKET_RX_RING, bytes);
		if (!error)
			error = ask_ring(fd, PACKET_RX_RING, 0);
	}
	return tell(i, error);
}

static int twice(void)
{
	int fd = socket(AF_PACKET, SOCK_RAW, 0);

	tell(0, ask_ring(fd, PACKET_RX_RING, block));
	tell(1, ask_ring(fd, PACKET_RX_RING, block));
	return tell(2, ask_ring(fd, PACKET_TX_RING, block));
}

static int outlive(long n, long bytes)
{
	long i, at;

	for (i = 0; i < n; i++) {
		int fd = socket(AF_PACKET, SOCK_RAW, 0), ends[2], error = ask_ring(fd, PACKET_RX_RING, bytes);
		char *ring;

		if (error || pipe(ends))
			return tell(i, error ? error : errno);
		ring = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		for (at = 0; ring != MAP_FAILED && at < bytes; at += block) {
			struct iovec byte = { ring + at, 1 };

			ring[at] = 1;
			if (vmsplice(ends[1], &byte, 1, SPLICE_F_NONBLOCK) < 0)
				return tell(i, errno);
		}
		if (ring == MAP_FAILED)
			return tell(i, errno);
		munmap(ring, bytes);
		close(fd);
	}
	return tell(i, 0);
}

static void set(const char *name, const char *value)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/sys/net/ipv4/%s", name);
	file = fopen(path, "w");
	if (!file || fputs(value, file) < 0 || fclose(file)) {
		fprintf(stderr, "netmem: %s: %s\n", path, strerror(errno));
		exit(2);
	}
}

static int fragments(long n)
{
	static char packet[8192 + sizeof(struct iphdr)];
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct iphdr *ip = (struct iphdr *)packet;
	int fd = socket(AF_INET, SOCK_RAW, IPPROTO_RAW);

	set("ipfrag_time", "1000000");
	set("ipfrag_max_dist", "0");
	*ip = (struct iphdr){
		.version = 4, .ihl = 5, .tot_len = htons(sizeof(packet)), .frag_off = htons(IP_MF),
		.ttl = 64, .protocol = IPPROTO_UDP,
		.saddr = htonl(INADDR_LOOPBACK), .daddr = htonl(INADDR_LOOPBACK),
	};
	for (long i = 1; i <= n; i++) {
		if (i % 8 == 1)
			set("ipfrag_high_thresh", "1000000000");
		ip->id = htons(i);
		ip->saddr = htonl(INADDR_LOOPBACK + (i >> 16));
		if (sendto(fd, packet, sizeof(packet), 0, (struct sockaddr *)&to, sizeof(to)) < 0)
			return tell(i, errno);
	}
	return tell(n, 0);
}

static int loopback(long n)
{
	struct sockaddr_in6 to = { .sin6_family = AF_INET6, .sin6_port = htons(9) };
	int fd = socket(AF_INET6, SOCK_DGRAM, 0), error = 0;
	long i;

	to.sin6_addr.s6_addr[0] = 0xfd;
	for (i = 0; i < n && !error; i++) {
		memcpy(&to.sin6_addr.s6_addr[12], &i, 4);
		/* That nobody listens on another is told late, once. */
		if (sendto(fd, "", 1, 0, (struct sockaddr *)&to, sizeof(to)) < 0 &&
		    errno != ECONNREFUSED)
			error = errno;
	}
	return tell(error ? i - 1 : i, error);
}

static int answers(long n)
{
	struct sockaddr_in6 to = { .sin6_family = AF_INET6, .sin6_port = htons(9), .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(struct in6_pktinfo))];
	} control = { .head = { CMSG_LEN(sizeof(struct in6_pktinfo)), IPPROTO_IPV6, IPV6_PKTINFO } };
	struct in6_pktinfo *from = (struct in6_pktinfo *)CMSG_DATA(&control.head);
	struct msghdr message = { &to, sizeof(to), NULL, 0, &control, sizeof(control), 0 };
	int fd = socket(AF_INET6, SOCK_DGRAM, 0), error = 0;
	long i;

	memset(from, 0, sizeof(*from));
	from->ipi6_addr.s6_addr[0] = 0xfd;
	from->ipi6_addr.s6_addr[2] = 1;
	if (setsockopt(fd, IPPROTO_IPV6, IPV6_FREEBIND, &(int){ 1 }, sizeof(int)))
		return tell(0, errno);
	for (i = 0; i < n && !error; i++) {
		memcpy(&from->ipi6_addr.s6_addr[12], &i, 4);
		if (sendmsg(fd, &message, 0) < 0 && errno != ECONNREFUSED)
			error = errno;
	}
	return tell(error ? i - 1 : i, error);
}

/* One request, one answer: 0 or an error. @kind: of main()'s words. */
static int neighbour(int fd, int type, int flags, int link, uint32_t number, char kind)
{
	bool proxy = kind == 'p' || kind == 'P', six = kind == 's' || kind == 'P';
	struct {
		struct nlmsghdr head;
		struct ndmsg message;
		struct rtattr at;
		uint8_t mac[8];
		struct rtattr to;
		uint32_t address[4];
	} request = {
		{ sizeof(request) - (six ? 0 : 12), type, NLM_F_REQUEST | NLM_F_ACK | flags,
		  number, 0 },
		{ .ndm_family = six ? AF_INET6 : AF_INET, .ndm_ifindex = link,
		  .ndm_state = kind == 'l' ? NUD_REACHABLE : NUD_PERMANENT,
		  .ndm_flags = kind == 'l' ? NTF_EXT_LEARNED : proxy ? NTF_PROXY : 0 },
		{ RTA_LENGTH(6), NDA_LLADDR }, { 2, 0, 0, 0, 0, 1 },
		{ RTA_LENGTH(six ? 16 : 4), NDA_DST }, { htonl(0x0a000000 + number) },
	};
	struct {
		struct nlmsghdr head;
		struct nlmsgerr error;
		char rest[512];
	} answer;

	if (six) {
		request.address[0] = htonl(0xfd010000);
		request.address[3] = htonl(number);
	}
	if (send(fd, &request, request.head.nlmsg_len, 0) < 0 ||
	    recv(fd, &answer, sizeof(answer), 0) < 0)
		return errno;
	return -answer.error.error;
}

static int neighbours(int type, const char *name, long from, long n, char kind)
{
	int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE), link = if_nametoindex(name), error = 0;
	long i;

	for (i = 0; i < n && !error; i++)
		error = neighbour(fd, type, type == RTM_NEWNEIGH ? NLM_F_CREATE : 0, link,
				  from + i * step, kind);
	return tell(error ? i - 1 : i, error);
}

static int packets(long n, const char *file)
{
	int error = 0;
	long i;

	for (i = 0; i < n && !error; i++)
		if (socket(AF_PACKET, SOCK_RAW, htons(0x88b5)) < 0)
			error = errno;
	tell(error ? i - 1 : i, error);
	if (file && !error && close(open(file, O_WRONLY | O_CREAT, 0600)))
		return 1;
	while (file && !error && !access(file, F_OK))
		usleep(100000);
	return 0;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	long number[2] = { argc > 2 ? atol(argv[2]) : 0, argc > 3 ? atol(argv[3]) : 0 };

	if (!strcmp(what, "rings") && argc > 4)
		block = atol(argv[4]);
	if (!strcmp(what, "rings") && argc > 3)
		return rings(number[0], number[1]);
	if (!strcmp(what, "again") && argc > 3)
		return again(number[0], number[1]);
	if (!strcmp(what, "outlive") && argc > 3)
		return outlive(number[0], number[1]);
	if (!strcmp(what, "loopback") && argc > 2)
		return loopback(number[0]);
	if (!strcmp(what, "answers") && argc > 2)
		return answers(number[0]);
	if (!strcmp(what, "twice"))
		return twice();
	if (!strcmp(what, "zerocopy"))
		return tell(0, setsockopt(socket(AF_INET, SOCK_STREAM, 0), SOL_SOCKET, SO_ZEROCOPY, &(int){ 1 },
					  sizeof(int)) ? errno : 0);
	if (!strcmp(what, "xdp"))
		return tell(0, socket(AF_XDP, SOCK_RAW, 0) < 0 ? errno : 0);
	if (!strcmp(what, "fragments") && argc > 2)
		return fragments(number[0]);
	if (argc > 4 && (!strcmp(what, "neighbours") || !strcmp(what, "learned") || !strcmp(what, "six")))
		return neighbours(RTM_NEWNEIGH, argv[2], number[1], atol(argv[4]), *what);
	if (!strncmp(what, "proxies", 7) && argc > 4) {
		step = argc > 5 ? atol(argv[5]) : 1;
		return neighbours(RTM_NEWNEIGH, argv[2], number[1], atol(argv[4]), what[7] ? 'P' : 'p');
	}
	if (!strcmp(what, "forget") && argc > 4)
		return neighbours(RTM_DELNEIGH, argv[2], number[1], atol(argv[4]), 'n');
	if (!strcmp(what, "packets") && argc > 2)
		return packets(number[0], argv[3]);
	fprintf(stderr, "usage: netmem rings|again|outlive|twice|xdp|fragments|loopback|answers|zerocopy|neighbours|learned|six|forget|proxies|proxies6|packets ...\n");
	return 2;
}
