// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A tenant that takes all there is of one thing, and goes on asking.
 *
 *   exhaust NAME MS [MOST]
 *                      take NAME until it is refused, hold it, and ask again, MS in all, or
 *                      MOST when nothing is refused until then, beginning anew when it is
 *                      killed; prints "COUNT ERRNO-NAME", the last refusal's, "COUNT killed"
 *                      when that ever happened, or "COUNT none"
 *   exhaust list       the names
 *
 * "packets" sends to $EXHAUST_TARGET, an IPv4 address.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/msg.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MEGABYTE (1 << 20)
#define PAGE 4096
#define USER_KEYRING (-4)	/* KEY_SPEC_USER_KEYRING */

/* Takes the n-th: 0 or more, or -1 with errno. Nothing is given back. */
typedef int take_function(long n);

static int take_task(long n)
{
	pid_t pid = fork();

	(void)n;
	if (pid == 0) {
		pause();
		_exit(0);
	}
	return pid;
}

static int take_file(long n)
{
	(void)n;
	return open("/dev/null", O_RDONLY);
}

static int take_tcp(long n)
{
	(void)n;
	return socket(AF_INET, SOCK_STREAM, 0);
}

static int take_unix(long n)
{
	(void)n;
	return socket(AF_UNIX, SOCK_DGRAM, 0);
}

static int take_udp(long n)
{
	(void)n;
	return socket(AF_INET, SOCK_DGRAM, 0);
}

static int take_pty(long n)
{
	(void)n;
	return open("/dev/ptmx", O_RDWR | O_NOCTTY);
}

static int take_lock(long n)
{
	static int fd = -1;
	struct flock lock = { .l_type = F_WRLCK, .l_start = 2 * n, .l_len = 1 };

	if (fd < 0)
		fd = open("/run/lock.of", O_RDWR | O_CREAT, 0600);
	return fcntl(fd, F_SETLK, &lock);
}

static int take_timer(long n)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1 };
	timer_t timer;

	(void)n;
	return timer_create(CLOCK_MONOTONIC, &event, &timer);
}

static int take_inotify(long n)
{
	(void)n;
	return inotify_init();
}

static int take_watch(long n)
{
	static int fd = -1;
	char name[64];

	if (fd < 0)
		fd = inotify_init();
	snprintf(name, sizeof(name), "/run/%ld", n);
	if (mknod(name, S_IFREG | 0600, 0) && errno != EEXIST)
		return -1;
	return inotify_add_watch(fd, name, IN_ATTRIB);
}

/* As one user after the other, each of whom may have 200. */
static int take_key(long n)
{
	static uid_t user;
	char name[32], payload[90];
	int key;

	snprintf(name, sizeof(name), "key%ld", n);
	memset(payload, 'x', sizeof(payload));
	key = syscall(SYS_add_key, "user", name, payload, sizeof(payload), USER_KEYRING);
	if (key < 0 && errno == EDQUOT && user < 65535)
		return setresuid(++user, 0, 0);
	return key;
}

/* Contexts of asynchronous I/O, with room for many events. */
static int take_aio(long n)
{
	unsigned long context = 0;

	(void)n;
	return syscall(SYS_io_setup, 4096, &context);
}

static int take_shm(long n)
{
	(void)n;
	return shmget(IPC_PRIVATE, 16 * PAGE, IPC_CREAT | 0600);
}

static int take_sem(long n)
{
	(void)n;
	return semget(IPC_PRIVATE, 32000, IPC_CREAT | 0600);
}

static int take_msg(long n)
{
	struct { long type; char text[8192]; } message = { .type = 1 };
	int queue = msgget(IPC_PRIVATE, IPC_CREAT | 0600);

	(void)n;
	return queue < 0 ? -1 : msgsnd(queue, &message, sizeof(message.text), IPC_NOWAIT);
}

static int take_mq(long n)
{
	char name[32];

	snprintf(name, sizeof(name), "/queue%ld", n);
	return mq_open(name, O_RDWR | O_CREAT, 0600, NULL);
}

/* Full ones, as large as they become. */
static int take_pipe(long n)
{
	static char data[PAGE];
	int ends[2];

	(void)n;
	if (pipe2(ends, O_NONBLOCK))
		return -1;
	fcntl(ends[1], F_SETPIPE_SZ, MEGABYTE);
	while (write(ends[1], data, sizeof(data)) > 0)
		;
	return 0;
}

/* Names that there are not: the kernel remembers that, other than on a tmpfs. */
static int take_name(long n)
{
	char name[280];
	struct stat st;

	memset(name, 'n', sizeof(name));
	snprintf(name + 240, 40, "%ld", n);
	memcpy(name, "/root/", 6);
	return !stat(name, &st) || errno == ENOENT ? 0 : -1;
}

static int take_memory(long n)
{
	char *memory = mmap(NULL, MEGABYTE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)n;
	if (memory == MAP_FAILED)
		return -1;
	for (long i = 0; i < MEGABYTE; i += PAGE)
		memory[i] = 1;
	return 0;
}

static int write_to(const char *name, int flags)
{
	static char data[64 * 1024];
	int fd = open(name, O_WRONLY | O_CREAT | O_APPEND | flags, 0600);
	int result = fd < 0 || write(fd, data, sizeof(data)) != sizeof(data) ? -1 : 0;

	if (fd >= 0)
		close(fd);
	return result;
}

static int take_tmpfs(long n)
{
	(void)n;
	return write_to("/dev/shm/file", 0);
}

static int take_disk(long n)
{
	(void)n;
	return write_to("/root/file", 0);
}

static int take_inode(long n)
{
	char name[64];

	snprintf(name, sizeof(name), "/root/%ld", n);
	/* As one before it may have left it. */
	return mknod(name, S_IFREG | 0600, 0) && errno != EEXIST ? -1 : 0;
}

static int take_cgroup(long n)
{
	char name[64];

	snprintf(name, sizeof(name), "/sys/fs/cgroup/%ld", n);
	return mkdir(name, 0700);
}

static int take_mount(long n)
{
	(void)n;
	return mount("tmpfs", "/tmp", "tmpfs", 0, NULL);
}

/* Each new one is kept by a descriptor. */
static int take_netns(long n)
{
	(void)n;
	return unshare(CLONE_NEWNET) ? -1 : open("/proc/self/ns/net", O_RDONLY);
}

/* What the kernel writes of them goes into the host's log. */
static int take_fault(long n)
{
	static int *volatile nowhere;
	pid_t pid = fork();

	(void)n;
	if (pid == 0)
		*nowhere = 1;
	return pid < 0 ? -1 : waitpid(pid, NULL, 0);
}

static int take_kmsg(long n)
{
	int fd = open("/dev/kmsg", O_WRONLY);

	(void)n;
	return fd < 0 ? -1 : dprintf(fd, "flood\n");
}

/* To a port where nobody listens. */
static int take_packet(long n)
{
	static char data[1000];
	static int fd = -1;
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(9) };
	const char *target = getenv("EXHAUST_TARGET");

	(void)n;
	if (fd < 0)
		fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (!target || inet_pton(AF_INET, target, &to.sin_addr) != 1)
		return -1;
	/* That nobody is there it is told by the next call. */
	return sendto(fd, data, sizeof(data), 0, (struct sockaddr *)&to, sizeof(to)) < 0 &&
	       errno != ECONNREFUSED ? -1 : 0;
}

static int take_processor(long n)
{
	return n < 0;
}

static const struct {
	const char *name;
	take_function *take;
} things[] = {
	{ "tasks", take_task },
	{ "files", take_file },
	{ "tcp", take_tcp },
	{ "unix", take_unix },
	{ "udp", take_udp },
	{ "ptys", take_pty },
	{ "locks", take_lock },
	{ "timers", take_timer },
	{ "inotify", take_inotify },
	{ "watches", take_watch },
	{ "keys", take_key },
	{ "aio", take_aio },
	{ "shm", take_shm },
	{ "sem", take_sem },
	{ "msg", take_msg },
	{ "mq", take_mq },
	{ "pipes", take_pipe },
	{ "names", take_name },
	{ "memory", take_memory },
	{ "tmpfs", take_tmpfs },
	{ "disk", take_disk },
	{ "inodes", take_inode },
	{ "cgroups", take_cgroup },
	{ "mounts", take_mount },
	{ "netns", take_netns },
	{ "faults", take_fault },
	{ "kmsg", take_kmsg },
	{ "packets", take_packet },
	{ "processor", take_processor },
};

static long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* What the taker has, seen by who survives it. */
struct taken {
	long count;
	int error;
	bool killed;
	bool enough;		/* SIGUSR1: it may end before its time, if it has met its limit */
};

static volatile struct taken *taken_now;

static void on_enough(int number)
{
	(void)number;
	taken_now->enough = true;
}

/* Whoever must be killed for memory, it is one of these: the attack itself goes on. */
static void die_first(void)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY);

	if (fd >= 0 && write(fd, "1000", 4) == 4)
		close(fd);
}

static void take_all(take_function *take, long until, long latest, volatile struct taken *taken)
{
	const struct rlimit files = { 524288, 524288 };

	setpgid(0, 0);
	die_first();
	setrlimit(RLIMIT_NOFILE, &files);
	while (now_ms() < (taken->error ? until : latest) && !(taken->error && taken->enough)) {
		if (take(taken->count) >= 0)
			taken->count++;
		else
			taken->error = errno;
	}
	_exit(0);
}

static void take_once(take_function *take, long until, long latest, volatile struct taken *taken)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0)
		take_all(take, until, latest, taken);
	/* Those killed before may still be in the way. */
	if (pid < 0) {
		taken->error = errno;
		return;
	}
	waitpid(pid, &status, 0);
	kill(-pid, SIGKILL);
	if (WIFSIGNALED(status)) {
		taken->error = ENOMEM;
		taken->killed = true;
	}
}

static int exhaust(take_function *take, long ms, long most)
{
	volatile struct taken *taken = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
					    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	long now = now_ms();

	if (taken == MAP_FAILED)
		return 1;
	taken_now = taken;
	signal(SIGUSR1, on_enough);
	do
		take_once(take, now + ms, now + most, taken);
	while (taken->killed && !taken->enough && now_ms() < now + ms);
	printf("%ld %s\n", taken->count, taken->killed ? "killed" :
	       taken->error ? strerrorname_np(taken->error) : "none");
	return 0;
}

int main(int argc, char **argv)
{
	for (size_t i = 0; argc == 2 && !strcmp(argv[1], "list") && i < sizeof(things) / sizeof(*things); i++)
		puts(things[i].name);
	if (argc == 2 && !strcmp(argv[1], "list"))
		return 0;
	for (size_t i = 0; (argc == 3 || argc == 4) && i < sizeof(things) / sizeof(*things); i++)
		if (!strcmp(argv[1], things[i].name))
			return exhaust(things[i].take, atol(argv[2]), atol(argv[argc - 1]));
	fprintf(stderr, "usage: exhaust list | NAME MS [MOST]\n");
	return 2;
}
