// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Leave behind TCP connections by the loopback device, which is down when they are closed, so that
 * no end hears of the other. All may take as long as TCP_USER_TIMEOUT can be.
 *   orphans data N    with a byte under way, in both directions
 *   orphans half N    of which one end was closed before, and the other had heard of that
 *   orphans flight N  as "data", in a UNIX socket that nobody has but itself
 */
#define _GNU_SOURCE
#include <limits.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static void loopback(short flags)
{
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = flags };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &request))
		fail("lo");
	close(fd);
}

static int stream(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), most = INT_MAX;

	if (fd < 0 || setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &most, sizeof(most)))
		fail("socket");
	return fd;
}

static void connect_both(int ends[2])
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t length = sizeof(address);
	int listener = stream();

	if (bind(listener, (struct sockaddr *)&address, sizeof(address)) || listen(listener, 1) ||
	    getsockname(listener, (struct sockaddr *)&address, &length))
		fail("listen");
	ends[0] = stream();
	if (connect(ends[0], (struct sockaddr *)&address, sizeof(address)))
		fail("connect");
	ends[1] = accept(listener, NULL, NULL);
	if (ends[1] < 0)
		fail("accept");
	close(listener);
}

/* @ends and @to, by @from to @to. */
static void send_all(int from, int to, const int ends[2])
{
	char byte = 0, control[CMSG_SPACE(3 * sizeof(int))] = "";
	struct iovec data = { &byte, 1 };
	struct msghdr message = { .msg_iov = &data, .msg_iovlen = 1, .msg_control = control,
				  .msg_controllen = sizeof(control) };
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	int fds[] = { ends[0], ends[1], to };

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(fds));
	memcpy(CMSG_DATA(header), fds, sizeof(fds));
	if (sendmsg(from, &message, 0) != 1)
		fail("sendmsg");
}

int main(int argc, char **argv)
{
	long n = argc == 3 ? atol(argv[2]) : 0;
	int (*ends)[2] = calloc(n > 0 ? n : 1, sizeof(*ends)), pair[2];

	if (n <= 0 || !ends)
		return 2;
	loopback(IFF_UP);
	for (long i = 0; i < n; i++)
		connect_both(ends[i]);
	for (long i = 0; i < n && !strcmp(argv[1], "half"); i++)
		close(ends[i][0]);
	/* Its goodbye is answered. */
	sleep(1);
	loopback(0);
	for (long i = 0; i < n && strcmp(argv[1], "half"); i++) {
		if (write(ends[i][0], "x", 1) != 1 || write(ends[i][1], "x", 1) != 1)
			fail("write");
	}
	for (long i = 0; i < n && !strcmp(argv[1], "flight"); i++) {
		if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
			fail("socketpair");
		send_all(pair[0], pair[1], ends[i]);
	}
	return 0;
}
