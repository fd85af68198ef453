// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * dying COUNT DIRECTORY page FILE | dying COUNT DIRECTORY socket
 * Makes COUNT cgroups in DIRECTORY and removes each again, while a page of FILE that was
 * written in it, or a socket that was made in it, keeps it. Prints how many, and the error
 * that ended it, or none.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int file = -1;

static int keep(long n)
{
	char page[4096];

	if (file < 0)
		return socket(AF_INET, SOCK_STREAM, 0) < 0;
	memset(page, 1, sizeof(page));
	return pwrite(file, page, sizeof(page), n * (long)sizeof(page)) != sizeof(page);
}

static int in_cgroup(int cgroup, long n)
{
	struct clone_args args = {
		.flags = CLONE_INTO_CGROUP | CLONE_FILES,
		.exit_signal = SIGCHLD,
		.cgroup = cgroup,
	};
	pid_t pid = syscall(SYS_clone3, &args, sizeof(args));
	int status;

	if (!pid)
		_exit(keep(n));
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return -1;
	errno = EIO;
	return status ? -1 : 0;
}

static int dying(int directory, long n)
{
	char name[32];
	int cgroup, ret;

	snprintf(name, sizeof(name), "dying%ld", n);
	if (mkdirat(directory, name, 0755))
		return -1;
	cgroup = openat(directory, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ret = cgroup < 0 ? -1 : in_cgroup(cgroup, n);
	if (cgroup >= 0)
		close(cgroup);
	return unlinkat(directory, name, AT_REMOVEDIR) ? -1 : ret;
}

int main(int argc, char **argv)
{
	int directory = argc > 3 ? open(argv[2], O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	long n = 0, count;

	if (argc > 4)
		file = open(argv[4], O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (directory < 0 || (argc > 4 && file < 0)) {
		fprintf(stderr, "usage: dying COUNT DIRECTORY page FILE | socket\n");
		return 2;
	}
	count = atol(argv[1]);
	while (n < count && !dying(directory, n))
		n++;
	printf("%ld %s\n", n, n < count ? strerrorname_np(errno) : "none");
	fflush(stdout);
	/* What was made stays for as long as somebody reads from standard input. */
	if (argc == 4)
		getchar();
	return 0;
}
