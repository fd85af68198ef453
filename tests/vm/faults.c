// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Lets allocations in the kernel fail, one after the other (a kernel with
 * FAULT_INJECTION: the debug kernel).
 *
 *   faults each KIND [ARG]  do it with its first allocation failing, then with its
 *                           second, until it has no more; print "N failed:" and how
 *                           often it ended with what ("ok=3 ENOMEM=20")
 *     fork exec open pipe epoll memfd tcp udp unix netlink packet pair connect
 *     flock posix split pty
 *     map PATH              open it and map a page
 *     read PATH             open and read it
 *     move DIR              into the cgroup DIR, and back to VE_DIR
 *     load PATH STEP        the module that PATH is, and unload it; each STEPth only
 *   faults nth N CMD...     CMD with its Nth failing: prints what CMD does, then "hit
 *                           STATUS" or, if it has no Nth, "missed STATUS"
 *   faults count CMD...     CMD with none failing: the same, then how many it has
 * In each's last run nothing fails: exit status 0 if that ends well.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* More allocations than anything has. */
#define NONE 1000000000L

static int nth_file = -1, kept, first_fd;
static const char *arg;

static void arm(long n)
{
	char text[20];
	int length = snprintf(text, sizeof(text), "%ld", n);

	/* What is armed may hit this very call. */
	while (pwrite(nth_file, text, length, 0) != length)
		;
}

/* Was there an Nth? This call itself fails if it is the one that is hit. */
static int disarm(void)
{
	char text[20] = "";
	int hit = pread(nth_file, text, sizeof(text) - 1, 0) > 0 && atol(text) == 0;

	arm(0);
	return hit;
}

/* CMD with the Nth failing: its wait status, and how many more there would have to be
 * for an Nth. */
static int run(long n, char **argv, long *left)
{
	char path[64], text[20] = "";
	siginfo_t info;
	int status, fd;
	pid_t pid = fork();

	if (pid < 0)
		exit(errno);
	if (!pid) {
		nth_file = open("/proc/self/fail-nth", O_RDWR | O_CLOEXEC);
		arm(n);
		execvp(argv[0], argv);
		_exit(errno);
	}
	/* The dead still know what is left of the count. */
	waitid(P_PID, pid, &info, WEXITED | WNOWAIT);
	snprintf(path, sizeof(path), "/proc/%d/fail-nth", pid);
	fd = open(path, O_RDONLY);
	*left = read(fd, text, sizeof(text) - 1) > 0 ? atol(text) : n;
	close(fd);
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int scratch(void)
{
	char name[] = "/run/faults-XXXXXX";
	int fd = mkstemp(name);

	unlink(name);
	return fd;
}

/* One run of each: 0 or above, or -1 and errno. What is left open is closed later. */

static int do_fork(void)
{
	pid_t pid = fork();

	if (!pid)
		_exit(0);
	while (pid > 0 && waitpid(pid, NULL, 0) < 0)
		;
	return pid;
}

static int do_open(void) { return open("/dev/null", O_RDONLY); }
static int do_epoll(void) { return epoll_create1(0); }
static int do_memfd(void) { return memfd_create("faults", 0); }
static int do_tcp(void) { return socket(AF_INET, SOCK_STREAM, 0); }
static int do_udp(void) { return socket(AF_INET6, SOCK_DGRAM, 0); }
static int do_unix(void) { return socket(AF_UNIX, SOCK_STREAM, 0); }
static int do_netlink(void) { return socket(AF_NETLINK, SOCK_RAW, 0); }
static int do_packet(void) { return socket(AF_PACKET, SOCK_RAW, 0); }

static int do_pipe(void)
{
	int fds[2];

	return pipe(fds);
}

static int do_pair(void)
{
	int fds[2];

	return socketpair(AF_UNIX, SOCK_DGRAM, 0, fds);
}

/* kept listens. */
static int do_connect(void)
{
	struct sockaddr_storage to;
	socklen_t length = sizeof(to);
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (fd < 0 || getsockname(kept, (void *)&to, &length) || connect(fd, (void *)&to, length))
		return -1;
	return accept(kept, NULL, NULL);
}

static int do_flock(void)
{
	return flock(kept, LOCK_EX) ? -1 : flock(kept, LOCK_UN);
}

static int lock(short type, off_t start, off_t length)
{
	struct flock l = { .l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = length };

	return fcntl(kept, F_SETLK, &l);
}

static int do_posix(void)
{
	return lock(F_WRLCK, 0, 1);
}

static int do_split(void)
{
	return lock(F_WRLCK, 0, 0) ? -1 : lock(F_RDLCK, 10, 1);
}

static int do_pty(void)
{
	int master = open("/dev/ptmx", O_RDWR | O_NOCTTY), zero = 0;

	if (master < 0 || ioctl(master, TIOCSPTLCK, &zero))
		return -1;
	return ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY);
}

static int do_map(void)
{
	int fd = open(arg, O_RDONLY);
	void *page;

	if (fd < 0)
		return -1;
	page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0);
	return page == MAP_FAILED ? -1 : munmap(page, 4096);
}

static int do_read(void)
{
	static char data[1 << 16];
	int fd = open(arg, O_RDONLY);
	ssize_t size;

	if (fd < 0)
		return -1;
	while ((size = read(fd, data, sizeof(data))) > 0)
		;
	return size;
}

static int enter(const char *dir)
{
	char path[4096];
	int fd;

	snprintf(path, sizeof(path), "%s/cgroup.procs", dir);
	fd = open(path, O_WRONLY);
	return fd < 0 ? -1 : write(fd, "0", 1);
}

static int do_move(void) { return enter(arg); }
static int do_load(void) { return syscall(SYS_finit_module, kept, "", 0); }

static void undo_posix(void) { lock(F_UNLCK, 0, 0); }
static void undo_move(void) { enter(getenv("VE_DIR")); }
static void undo_load(void) { syscall(SYS_delete_module, "vzlite", 0); }

static const struct kind {
	const char *name;
	int (*run)(void);
	void (*undo)(void);
} kinds[] = {
	{ "fork", do_fork, NULL }, { "open", do_open, NULL }, { "pipe", do_pipe, NULL },
	{ "epoll", do_epoll, NULL }, { "memfd", do_memfd, NULL }, { "tcp", do_tcp, NULL },
	{ "udp", do_udp, NULL }, { "unix", do_unix, NULL }, { "netlink", do_netlink, NULL },
	{ "packet", do_packet, NULL }, { "pair", do_pair, NULL },
	{ "connect", do_connect, NULL }, { "flock", do_flock, NULL },
	{ "posix", do_posix, undo_posix }, { "split", do_split, undo_posix },
	{ "pty", do_pty, NULL }, { "map", do_map, NULL }, { "read", do_read, NULL },
	{ "move", do_move, undo_move }, { "load", do_load, undo_load },
};

/* What a kind has open all the time. */
static void keep(const char *kind)
{
	if (!strcmp(kind, "connect")) {
		struct sockaddr any = { .sa_family = AF_UNIX };

		kept = socket(AF_UNIX, SOCK_STREAM, 0);
		/* No name: the kernel gives it one. */
		if (bind(kept, &any, sizeof(any.sa_family)) || listen(kept, 10))
			exit(errno);
	} else if (!strcmp(kind, "load")) {
		kept = open(arg, O_RDONLY);
	} else {
		kept = scratch();
	}
	if (kept < 0)
		exit(errno);
}

static long count, step = 1, endings[200];

static void ended(int error)
{
	endings[error]++;
	count++;
}

static int each(const char *name)
{
	const struct kind *kind = NULL;
	int hit, ret, error, i;

	for (i = 0; i < (int)(sizeof(kinds) / sizeof(kinds[0])); i++)
		if (!strcmp(name, kinds[i].name))
			kind = &kinds[i];
	if (!kind)
		return 200;
	keep(name);
	nth_file = open("/proc/self/fail-nth", O_RDWR | O_CLOEXEC);
	first_fd = nth_file + 1;
	do {
		arm(count * step + 1);
		ret = kind->run();
		error = ret < 0 ? errno : 0;
		hit = disarm();
		if (hit)
			ended(error);
		if (kind->undo)
			kind->undo();
		close_range(first_fd, ~0U, 0);
	} while (hit);
	return error;
}

/* The same for a program that is to be started. */
static int each_exec(void)
{
	static char self[4096];
	char *argv[] = { self, "true", NULL };
	long left;
	int error;

	/* Not itself, for proc has no error but ENOENT. */
	if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
		return errno;
	do {
		error = run(count + 1, argv, &left);
		if (!left)
			/* Killed: it had given its old self up already; 127: libc gave up. */
			ended(error >= 127 ? ENOMEM : error);
	} while (!left);
	return error;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	long left;
	int ret;

	if (!strcmp(what, "true"))
		return 0;
	if (!strcmp(what, "nth") && argc > 3) {
		ret = run(atol(argv[2]), argv + 3, &left);
		printf("%s %d\n", left ? "missed" : "hit", ret);
		return 0;
	}
	if (!strcmp(what, "count") && argc > 2) {
		ret = run(NONE, argv + 2, &left);
		printf("%ld\n", NONE - left);
		return ret;
	}
	if (strcmp(what, "each") || argc < 3) {
		fprintf(stderr, "faults: see the head of faults.c\n");
		return 200;
	}
	arg = argv[3];
	step = argc > 4 ? atol(argv[4]) : 1;
	ret = strcmp(argv[2], "exec") ? each(argv[2]) : each_exec();
	printf("%ld failed:", count);
	for (int error = 0; error < 200; error++)
		if (endings[error])
			printf(" %s=%ld", error ? strerrorname_np(error) : "ok", endings[error]);
	printf("\n");
	return ret;
}
