// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Connections, as connection tracking sees them.
 *
 *   flows stream SOURCE DESTINATION N   N datagrams from one port to one port
 *   flows spread SOURCE DESTINATION N   a datagram to each of N ports, and before each one to
 *                                       always the same
 *   flows tcp SOURCE DESTINATION N      up to N connections to port 7; prints how many there are
 *                                       after two seconds, and holds them until it is killed
 *   flows listen N                      take up to N of these, hold them until it is killed
 *   flows forget                        make connection tracking forget all
 *
 * What cannot be sent is not told of: who has looked for it on the way counts.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <linux/netlink.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define PORT 7
#define FIRST 10000	/* of datagrams */

static int bound(int type, const char *source)
{
	struct sockaddr_in from = { .sin_family = AF_INET };
	int fd = socket(AF_INET, type, 0);

	if (fd < 0 || inet_pton(AF_INET, source, &from.sin_addr) != 1 ||
	    bind(fd, (struct sockaddr *)&from, sizeof(from))) {
		perror("flows: bind");
		exit(1);
	}
	return fd;
}

static void send_to(int fd, struct sockaddr_in *to, int port)
{
	to->sin_port = htons(port);
	(void)!sendto(fd, "flow", 4, 0, (struct sockaddr *)to, sizeof(*to));
}

static int send_datagrams(const char *source, struct sockaddr_in *to, long n, bool spread)
{
	int fd = bound(SOCK_DGRAM, source);

	for (long i = 0; i < n; i++) {
		send_to(fd, to, FIRST);
		if (spread)
			send_to(fd, to, FIRST + 1 + i);
	}
	return 0;
}

static int hold(const char *source, struct sockaddr_in *to, long n)
{
	/* Who is killed leaves none behind. */
	const struct linger reset = { .l_onoff = 1 };
	struct pollfd *fds = calloc(n, sizeof(*fds));
	long there = 0;

	to->sin_port = htons(PORT);
	for (long i = 0; fds && i < n; i++) {
		fds[i].fd = bound(SOCK_STREAM | SOCK_NONBLOCK, source);
		fds[i].events = POLLOUT;
		setsockopt(fds[i].fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
		(void)!connect(fds[i].fd, (struct sockaddr *)to, sizeof(*to));
	}
	sleep(2);
	poll(fds, n, 0);
	for (long i = 0; fds && i < n; i++)
		there += fds[i].revents == POLLOUT;
	printf("%ld\n", there);
	fflush(stdout);
	pause();
	return 0;
}

static int take(long n)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(PORT) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (bind(fd, (struct sockaddr *)&at, sizeof(at)) || listen(fd, 4096)) {
		perror("flows: listen");
		return 1;
	}
	while (n-- > 0)
		(void)!accept(fd, NULL, NULL);
	pause();
	return 0;
}

static int forget(void)
{
	struct {
		struct nlmsghdr head;
		struct nfgenmsg message;
	} all = {
		.head = {
			.nlmsg_len = sizeof(all), .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK,
			.nlmsg_type = NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_DELETE,
		},
	};
	struct {
		struct nlmsghdr head;
		struct nlmsgerr error;
	} answer = { };
	int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER);

	if (send(fd, &all, sizeof(all), 0) < 0 || recv(fd, &answer, sizeof(answer), MSG_TRUNC) < 0)
		perror("flows: forget");
	return answer.head.nlmsg_type != NLMSG_ERROR || answer.error.error;
}

int main(int argc, char **argv)
{
	const struct rlimit files = { 8192, 8192 };
	struct sockaddr_in to = { .sin_family = AF_INET };

	setrlimit(RLIMIT_NOFILE, &files);
	if (argc == 2 && !strcmp(argv[1], "forget"))
		return forget();
	if (argc == 3 && !strcmp(argv[1], "listen"))
		return take(atol(argv[2]));
	if (argc != 5 || inet_pton(AF_INET, argv[3], &to.sin_addr) != 1) {
		fprintf(stderr, "usage: flows stream | spread | tcp SOURCE DESTINATION N; listen N; forget\n");
		return 2;
	}
	if (!strcmp(argv[1], "tcp"))
		return hold(argv[2], &to, atol(argv[4]));
	return send_datagrams(argv[2], &to, atol(argv[4]), !strcmp(argv[1], "spread"));
}
