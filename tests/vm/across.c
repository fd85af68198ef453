// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A process that holds some of everything, through what can happen to it. After each step
 * /run/step.NAME is made, and gone on with when that is gone.
 *
 *   across life DIR     take dup undup relock fork parent accept accepted there (accept by
 *                       a child that has joined the cgroup DIR) gone close (of the UNIX
 *                       clients) exec memory thread leader (ends, the thread goes on) more;
 *                       then the thread ends
 *   across parted       take thread exec (by the thread) memory fork; then both stay
 *
 * What `take` takes: 14 files with the executable, 5 TCP sockets, 6 others, a POSIX, an OFD
 * and a flock lock, a pty, 64 pages of private memory, and 16 that are locked. `more` takes 5
 * files, a TCP socket, another, a flock lock, a pty, and 16 pages that are locked.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PAGE = 4096, PLAIN = 64, LOCKED = 16, PORT = 7100 };

static int tcp_listener, unix_listener, posix_file;
static int clients[2];		/* those that were connected last */

static int got(int result, const char *what)
{
	if (result < 0) {
		fprintf(stderr, "across: %s: %s\n", what, strerror(errno));
		exit(1);
	}
	return result;
}

/* Without a file or memory of our own, not for a moment. */
static void step(const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/run/step.%s", name);
	got(mknod(path, S_IFREG | 0600, 0), path);
	while (!access(path, F_OK))
		usleep(20000);
}

static int scratch(void)
{
	char name[] = "/run/across-XXXXXX";
	int fd = got(mkstemp(name), name);

	unlink(name);
	return fd;
}

static void lock(int fd, int command)
{
	struct flock all = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	got(fcntl(fd, command, &all), "fcntl");
}

static void take_locks(void)
{
	posix_file = scratch();
	lock(posix_file, F_SETLK);
	lock(scratch(), F_OFD_SETLK);
	got(flock(scratch(), LOCK_EX), "flock");
}

static int take_pty(void)
{
	int master = got(open("/dev/ptmx", O_RDWR | O_NOCTTY), "/dev/ptmx"), zero = 0;

	got(ioctl(master, TIOCSPTLCK, &zero), "unlock the pty");
	return master;
}

/* A listener and two clients: each of those has made a socket that nobody has accepted. */
static int take_connections(const void *address, socklen_t length)
{
	int family = ((const struct sockaddr *)address)->sa_family, one = 1, i;
	int fd = got(socket(family, SOCK_STREAM, 0), "socket");

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	got(bind(fd, address, length), "bind");
	got(listen(fd, 8), "listen");
	for (i = 0; i < 2; i++) {
		clients[i] = got(socket(family, SOCK_STREAM, 0), "socket");
		got(connect(clients[i], address, length), "connect");
	}
	return fd;
}

static void take_memory(void)
{
	int protection = PROT_READ | PROT_WRITE, flags = MAP_PRIVATE | MAP_ANONYMOUS;
	void *locked;

	if (mmap(NULL, PLAIN * PAGE, protection, flags, -1, 0) == MAP_FAILED)
		got(-1, "mmap");
	/* A hole, so that it is a mapping of its own. */
	locked = mmap(NULL, (LOCKED + 1) * PAGE, PROT_NONE, flags, -1, 0);
	if (locked == MAP_FAILED)
		got(-1, "mmap");
	got(mprotect(locked, LOCKED * PAGE, protection), "mprotect");
	got(mlock(locked, LOCKED * PAGE), "mlock");
}

static void take(void)
{
	struct sockaddr_in in = {
		.sin_family = AF_INET,
		.sin_port = htons(PORT),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	struct sockaddr_un un = { .sun_family = AF_UNIX, .sun_path = "/run/across.socket" };

	unlink(un.sun_path);
	got(open("/dev/null", O_RDONLY), "/dev/null");
	take_locks();
	got(ioctl(take_pty(), TIOCGPTPEER, O_RDWR | O_NOCTTY), "the pty's slave");
	tcp_listener = take_connections(&in, sizeof(in));
	unix_listener = take_connections(&un, sizeof(un));
	got(socket(AF_INET, SOCK_DGRAM, 0), "UDP");
	take_memory();
	step("take");
}

static void take_more(void)
{
	got(open("/dev/null", O_RDONLY), "/dev/null");
	got(socket(AF_INET, SOCK_STREAM, 0), "TCP");
	got(socket(AF_UNIX, SOCK_DGRAM, 0), "UNIX");
	got(flock(scratch(), LOCK_EX), "flock");
	take_pty();
	take_memory();
}

/* Of all that is open. */
static void duplicate(void)
{
	enum { FIRST = 100 };
	int fd;

	for (fd = 3; fd < FIRST; fd++) {
		if (fcntl(fd, F_GETFD) >= 0)
			got(dup2(fd, FIRST + fd), "dup2");
	}
	step("dup");
	/* Closed once, and its owner has no POSIX lock on a file any more. */
	for (fd = 3; fd < FIRST; fd++)
		close(FIRST + fd);
	step("undup");
	lock(posix_file, F_SETLK);
	step("relock");
}

static void join(const char *dir)
{
	char path[4096];
	int fd;

	snprintf(path, sizeof(path), "%s/cgroup.procs", dir);
	fd = got(open(path, O_WRONLY), path);
	got(write(fd, "0", 1), path);
	close(fd);
}

/* A child says it is at step @name, and ends; then this is at @after. */
static void child(const char *name, const char *dir, int accepts, const char *after)
{
	pid_t pid = got(fork(), "fork");

	if (!pid) {
		if (dir)
			join(dir);
		if (accepts) {
			got(accept(tcp_listener, NULL, NULL), "accept");
			got(accept(unix_listener, NULL, NULL), "accept");
		}
		step(name);
		_exit(0);
	}
	got(waitpid(pid, NULL, 0), "waitpid");
	step(after);
}

static void again(const char *mode)
{
	execl("/proc/self/exe", "across", mode, NULL);
	got(-1, "exec");
}

static void *go_on(void *leader_ends)
{
	step("thread");
	if (!leader_ends)
		again("parted-on");
	__atomic_store_n((int *)leader_ends, 1, __ATOMIC_RELEASE);
	step("leader");
	take_more();
	step("more");
	syscall(SYS_exit, 0);
	return NULL;
}

static void start_thread(int *leader_ends)
{
	pthread_t thread;

	errno = pthread_create(&thread, NULL, go_on, leader_ends);
	got(errno ? -1 : 0, "pthread_create");
}

static void life(const char *dir)
{
	take();
	duplicate();
	child("fork", NULL, 0, "parent");
	child("accept", NULL, 1, "accepted");
	child("there", dir, 1, "gone");
	close(clients[0]);
	close(clients[1]);
	step("close");
	again("life-on");
}

static void life_on(void)
{
	static int leader_ends;

	step("exec");
	take_memory();
	step("memory");
	start_thread(&leader_ends);
	while (!__atomic_load_n(&leader_ends, __ATOMIC_ACQUIRE))
		usleep(20000);
	/* Not of the process: the thread has it all then. */
	syscall(SYS_exit, 0);
}

static void parted(void)
{
	take();
	start_thread(NULL);
	for (;;)
		pause();
}

static void parted_on(void)
{
	step("exec");
	take_memory();
	step("memory");
	if (got(fork(), "fork"))
		step("fork");
	for (;;)
		pause();
}

int main(int argc, char **argv)
{
	const char *mode = argc > 1 ? argv[1] : "";

	setrlimit(RLIMIT_MEMLOCK, &(struct rlimit){ RLIM_INFINITY, RLIM_INFINITY });
	if (!strcmp(mode, "life") && argc > 2)
		life(argv[2]);
	else if (!strcmp(mode, "life-on"))
		life_on();
	else if (!strcmp(mode, "parted"))
		parted();
	else if (!strcmp(mode, "parted-on"))
		parted_on();
	fprintf(stderr, "across: see the head of across.c\n");
	return 2;
}
