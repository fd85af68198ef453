// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a tenant does to reach a limit. Prints "COUNT ERRNO-NAME".
 *
 *   probe forks N       fork until N children or an error; then end them all
 *   probe threads N     the same with threads
 *   probe crowd N FILE  N threads more; make FILE, wait until it is gone
 *   probe zombie DIR FILE  a child that lived in the cgroup DIR is dead; make FILE,
 *                       wait until it is gone, reap
 *   probe opens N [S]   open /dev/null until N or an error; then hold them S seconds
 *   probe sockets N     socket(AF_UNIX)
 *   probe hold N FILE   open N files, make FILE, wait until it is gone
 *   probe holdfile N PATH FILE  the same with PATH
 *   probe maps N PATH FILE  open PATH, map a page, close, N times; then the same
 *   probe into DIR CMD...  run CMD in the cgroup DIR, entered by clone3
 *   probe on CPU CMD... run CMD on that CPU only
 *   probe pass N DIR FILE  send N open files to a child that lives in the cgroup
 *                       DIR; end; the child makes FILE and waits until it is gone
 *   probe churn SECONDS [MS]  fork, wait, open and close in a loop; after each 40 rounds
 *                       sleep so long
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int report(long count, int error)
{
	printf("%ld %s\n", count, error ? strerrorname_np(error) : "none");
	return 0;
}

static int forks(long n)
{
	pid_t *pids = calloc(n, sizeof(*pids));
	long i;
	int error = 0;

	for (i = 0; i < n; i++) {
		pids[i] = fork();
		if (pids[i] < 0) {
			error = errno;
			break;
		}
		if (!pids[i])
			for (;;)
				pause();
	}
	report(i, error);
	while (i--) {
		kill(pids[i], SIGKILL);
		waitpid(pids[i], NULL, 0);
	}
	return 0;
}

static void *thread_main(void *arg)
{
	for (;;)
		pause();
	return arg;
}

static int threads(long n)
{
	pthread_attr_t attr;
	pthread_t thread;
	int error = 0;
	long i;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 65536);
	for (i = 0; i < n && !error; i++)
		error = pthread_create(&thread, &attr, thread_main, NULL);
	return report(error ? i - 1 : i, error);
}

static int opens(long n, int is_socket, long seconds)
{
	struct rlimit all = { 1000000, 1000000 };
	int error = 0;
	long i;

	setrlimit(RLIMIT_NOFILE, &all);
	for (i = 0; i < n; i++) {
		int fd = is_socket ? socket(AF_UNIX, SOCK_STREAM, 0) : open("/dev/null", O_RDONLY);

		if (fd < 0) {
			error = errno;
			break;
		}
	}
	report(i, error);
	fflush(stdout);
	sleep(seconds);
	return 0;
}

/* Without a file of its own: there may be room for none. */
static void signal_and_wait(const char *path)
{
	if (mknod(path, S_IFREG | 0600, 0) && errno != EEXIST)
		exit(errno);
	while (!access(path, F_OK))
		usleep(20000);
}

static int hold(long n, const char *file, const char *path)
{
	while (n--)
		if (open(file, O_RDONLY) < 0)
			return errno;
	signal_and_wait(path);
	return 0;
}

static int maps(long n, const char *file, const char *path)
{
	while (n--) {
		int fd = open(file, O_RDONLY);

		if (fd < 0 || mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0) == MAP_FAILED)
			return errno;
		close(fd);
	}
	signal_and_wait(path);
	return 0;
}

static int into(const char *dir, char **argv)
{
	struct clone_args args = { .flags = CLONE_INTO_CGROUP, .exit_signal = SIGCHLD };
	int status;
	pid_t pid;

	args.cgroup = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	pid = syscall(SYS_clone3, &args, sizeof(args));
	if (pid < 0)
		return report(-1, errno), 1;
	if (!pid) {
		execvp(argv[0], argv);
		_exit(127);
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int crowd(long n, const char *path)
{
	pthread_t thread;

	while (n--)
		if (pthread_create(&thread, NULL, thread_main, NULL))
			return 1;
	signal_and_wait(path);
	return 0;
}

static void join(const char *dir)
{
	char path[4096];
	int fd;

	snprintf(path, sizeof(path), "%s/cgroup.procs", dir);
	fd = open(path, O_WRONLY);
	if (fd < 0 || write(fd, "0", 1) != 1)
		exit(errno);
	close(fd);
}

static int pass(long n, const char *dir, const char *path)
{
	char control[CMSG_SPACE(sizeof(int))], byte = 'x';
	struct iovec iov = { &byte, 1 };
	int pair[2], fd;
	long i;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
		return errno;
	if (!fork()) {
		join(dir);
		close(pair[1]);
		for (i = 0; i < n; i++) {
			struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1,
					    .msg_control = control,
					    .msg_controllen = sizeof(control) };

			if (recvmsg(pair[0], &m, 0) != 1)
				_exit(1);
		}
		/* Wait for the sender's end, so that only the files are left of it. */
		if (read(pair[0], &byte, 1) != 0)
			_exit(2);
		close(pair[0]);
		signal_and_wait(path);
		_exit(0);
	}
	for (i = 0; i < n; i++) {
		struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
				    .msg_controllen = sizeof(control) };
		struct cmsghdr *c = CMSG_FIRSTHDR(&m);

		fd = open("/dev/null", O_RDONLY);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &fd, sizeof(int));
		if (fd < 0 || sendmsg(pair[1], &m, 0) != 1)
			return errno;
		close(fd);
	}
	return 0;
}

static int zombie(const char *dir, const char *path)
{
	pid_t pid = fork();

	if (!pid) {
		join(dir);
		_exit(0);
	}
	siginfo_t info;

	if (pid < 0 || waitid(P_PID, pid, &info, WEXITED | WNOWAIT))
		return errno;
	signal_and_wait(path);
	waitpid(pid, NULL, 0);
	return 0;
}

static int on_cpu(long cpu, char **argv)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		return errno;
	execvp(argv[0], argv);
	return errno;
}

static int churn(long seconds, long pause_ms)
{
	time_t end = time(NULL) + seconds;
	long rounds = 0;

	while (time(NULL) < end) {
		pid_t pid = fork();

		if (!pid) {
			close(open("/dev/null", O_RDONLY));
			_exit(0);
		}
		close(open("/dev/null", O_RDONLY));
		if (pid > 0)
			waitpid(pid, NULL, 0);
		if (++rounds % 40 == 0 && pause_ms)
			usleep(pause_ms * 1000);
	}
	return report(rounds, 0);
}

int main(int argc, char **argv)
{
	const char *what = argc > 2 ? argv[1] : "";
	long n = argc > 2 ? atol(argv[2]) : 0;

	if (!strcmp(what, "forks"))
		return forks(n);
	if (!strcmp(what, "threads"))
		return threads(n);
	if (!strcmp(what, "opens"))
		return opens(n, 0, argc > 3 ? atol(argv[3]) : 0);
	if (!strcmp(what, "sockets"))
		return opens(n, 1, 0);
	if (!strcmp(what, "hold") && argc > 3)
		return hold(n, "/dev/null", argv[3]);
	if (!strcmp(what, "holdfile") && argc > 4)
		return hold(n, argv[3], argv[4]);
	if (!strcmp(what, "maps") && argc > 4)
		return maps(n, argv[3], argv[4]);
	if (!strcmp(what, "into") && argc > 3)
		return into(argv[2], argv + 3);
	if (!strcmp(what, "on") && argc > 3)
		return on_cpu(n, argv + 3);
	if (!strcmp(what, "pass") && argc > 4)
		return pass(n, argv[3], argv[4]);
	if (!strcmp(what, "crowd") && argc > 3)
		return crowd(n, argv[3]);
	if (!strcmp(what, "zombie") && argc > 3)
		return zombie(argv[2], argv[3]);
	if (!strcmp(what, "churn"))
		return churn(n, argc > 3 ? atol(argv[3]) : 0);
	fprintf(stderr, "probe: see the head of probe.c\n");
	return 200;
}
