// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Set up what outlives its program. TCP connections by the loopback device, which is down when they
 * are closed, so that no end hears of the other. All may take as long as TCP_USER_TIMEOUT can be.
 *   lasting data N    with a byte under way, in both directions
 *   lasting half N    of which one end was closed before, and the other had heard of that
 *   lasting flight N  as "data", in a UNIX socket that nobody has but itself
 *   lasting mptcp N   as "half", the end that was closed before an MPTCP socket's
 * Prints how many there were, and what came then:
 *   lasting notify N  notifications of a message queue, by a socket, whose owner has ended
 *   lasting none N    there is to be none any more
 *   lasting mount TYPE  an instance of this file system
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <mqueue.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

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

static int stream(int protocol)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, protocol), most = INT_MAX;

	/* MPTCP sockets of old have no such option. */
	if (fd < 0 || (setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &most, sizeof(most)) &&
		       protocol == IPPROTO_TCP))
		fail("socket");
	return fd;
}

static void connect_both(int ends[2], int protocol)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t length = sizeof(address);
	int listener = stream(IPPROTO_TCP);

	if (bind(listener, (struct sockaddr *)&address, sizeof(address)) || listen(listener, 1) ||
	    getsockname(listener, (struct sockaddr *)&address, &length))
		fail("listen");
	ends[0] = stream(protocol);
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

static void connections(const char *kind, long n)
{
	bool mptcp = !strcmp(kind, "mptcp"), half = mptcp || !strcmp(kind, "half");
	int (*ends)[2] = calloc(n, sizeof(*ends)), pair[2];

	if (!ends)
		fail("calloc");
	loopback(IFF_UP);
	for (long i = 0; i < n; i++)
		connect_both(ends[i], mptcp ? IPPROTO_MPTCP : IPPROTO_TCP);
	for (long i = 0; i < n && half; i++)
		close(ends[i][0]);
	/* Its goodbye is answered. */
	sleep(1);
	loopback(0);
	for (long i = 0; i < n && !half; i++) {
		if (write(ends[i][0], "x", 1) != 1 || write(ends[i][1], "x", 1) != 1)
			fail("write");
	}
	for (long i = 0; i < n && !strcmp(kind, "flight"); i++) {
		if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
			fail("socketpair");
		send_all(pair[0], pair[1], ends[i]);
	}
}

static int notify(mqd_t queue, const struct sigevent *event)
{
	return syscall(SYS_mq_notify, queue, event) ? errno : 0;
}

/* By a process that has our descriptors, and does not close one when it ends. */
static int one_notification(void)
{
	struct mq_attr small = { .mq_maxmsg = 1, .mq_msgsize = 1 };
	mqd_t queue = mq_open("/lasting", O_CREAT | O_RDWR, 0600, &small);
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0), status = 0;
	struct sigevent event = { .sigev_notify = SIGEV_THREAD, .sigev_signo = fd };
	char cookie[32] = "";
	pid_t pid;

	event.sigev_value.sival_ptr = cookie;
	if (queue < 0 || fd < 0)
		fail("mq_open");
	pid = syscall(SYS_clone, CLONE_FILES | SIGCHLD, 0, 0, 0, 0);
	if (!pid)
		_exit(notify(queue, &event));
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		fail("clone");
	mq_unlink("/lasting");
	mq_close(queue);
	close(fd);
	return WEXITSTATUS(status);
}

static void tell(long n, int error)
{
	printf("%ld %s\n", n, error ? strerrorname_np(error) : "none");
}

static void notifications(long n)
{
	long i;
	int error = 0;

	for (i = 0; i < n && !error; i += !error)
		error = one_notification();
	tell(i, error);
}

int main(int argc, char **argv)
{
	long n = argc == 3 ? atol(argv[2]) : 0;

	if (argc == 3 && !strcmp(argv[1], "mount")) {
		if (mkdir("/lasting.d", 0755) && errno != EEXIST)
			fail("mkdir");
		n = !mount("none", "/lasting.d", argv[2], 0, NULL);
		tell(n, n ? 0 : errno);
	} else if (n <= 0) {
		return 2;
	} else if (!strcmp(argv[1], "notify")) {
		notifications(n);
	} else if (!strcmp(argv[1], "none")) {
		n = !notify(mq_open("/lasting", O_CREAT | O_RDWR, 0600, NULL), NULL);
		tell(n, n ? 0 : errno);
	} else {
		connections(argv[1], n);
	}
	return 0;
}
