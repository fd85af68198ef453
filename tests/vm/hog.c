// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Memory, signals and buffers for a VE to be counted by: take N of them, print "COUNT
 * ERRNO-NAME", make FILE and wait until it is gone. With a UID: as that user.
 *
 *   hog anon N FILE [UID]  anonymous pages, written to
 *   hog shared N FILE    the same, shared
 *   hog sysv N FILE      pages of one System V segment; only the first half is written
 *   hog segments N FILE  System V segments of a page each
 *   hog signals N FILE   queued signals to itself, blocked
 *   hog tcp N FILE       bytes written to a connection to itself, port 7777, unread
 *   hog udp N FILE       datagrams of 1,000 bytes sent to itself, unread
 *   hog unix N FILE      bytes written to a socketpair, unread
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <unistd.h>

#define PAGE 4096L

static int touch(char *memory, long n)
{
	while (n--)
		memory[n * PAGE] = 1;
	return 0;
}

static int map(long n, int flags)
{
	char *memory = mmap(NULL, n * PAGE, PROT_READ | PROT_WRITE, MAP_ANONYMOUS | flags, -1, 0);

	return memory == MAP_FAILED ? -1 : touch(memory, n);
}

/* Gone when we are. */
static int segment(long n, long used)
{
	int id = shmget(IPC_PRIVATE, n * PAGE, IPC_CREAT | 0600);
	char *memory;

	if (id < 0)
		return -1;
	memory = shmat(id, NULL, 0);
	shmctl(id, IPC_RMID, NULL);
	return memory == (void *)-1 ? -1 : touch(memory, used);
}

static int queue(void)
{
	return sigqueue(getpid(), SIGRTMIN, (union sigval){ .sival_int = 1 });
}

/* All of @n bytes, without waiting: the rest is an error. */
static int fill(int fd, long n)
{
	static char bytes[1000];

	while (n > 0) {
		ssize_t sent = send(fd, bytes, n < 1000 ? n : 1000, MSG_DONTWAIT);

		if (sent < 0)
			return -1;
		n -= sent;
	}
	return 0;
}

static int internet(int type, long n)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(7777) };
	int one = 1, to = socket(AF_INET, type, 0), from = socket(AF_INET, type, 0);

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	setsockopt(to, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(to, (void *)&at, sizeof(at)) || (type == SOCK_STREAM && listen(to, 1)) ||
	    connect(from, (void *)&at, sizeof(at)))
		return -1;
	if (type == SOCK_STREAM && accept(to, NULL, NULL) < 0)
		return -1;
	return fill(from, n);
}

static int local(long n)
{
	int pair[2];

	return socketpair(AF_UNIX, SOCK_STREAM, 0, pair) ? -1 : fill(pair[0], n);
}

int main(int argc, char **argv)
{
	const char *what = argc > 3 ? argv[1] : "";
	long n = argc > 3 ? atol(argv[2]) : 0, done = n;
	int ret = -1;
	sigset_t set;

	if (argc > 4 && setresuid(atoi(argv[4]), atoi(argv[4]), atoi(argv[4])))
		return errno;
	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN);
	sigprocmask(SIG_BLOCK, &set, NULL);
	if (!strcmp(what, "anon"))
		ret = map(n, MAP_PRIVATE);
	else if (!strcmp(what, "shared"))
		ret = map(n, MAP_SHARED);
	else if (!strcmp(what, "sysv"))
		ret = segment(n, n / 2);
	else if (!strcmp(what, "segments"))
		for (done = 0, ret = 0; done < n && !(ret = segment(1, 1)); done++)
			;
	else if (!strcmp(what, "signals"))
		for (done = 0, ret = 0; done < n && !(ret = queue()); done++)
			;
	else if (!strcmp(what, "tcp"))
		ret = internet(SOCK_STREAM, n);
	else if (!strcmp(what, "udp"))
		ret = internet(SOCK_DGRAM, n * 1000);
	else if (!strcmp(what, "unix"))
		ret = local(n);
	else
		return fprintf(stderr, "hog: see the head of hog.c\n"), 200;
	printf("%ld %s\n", ret && done == n ? 0 : done, ret ? strerrorname_np(errno) : "none");
	fflush(stdout);
	close(open(argv[3], O_CREAT | O_WRONLY, 0600));
	while (!access(argv[3], F_OK))
		usleep(20000);
	return 0;
}
