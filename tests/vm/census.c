// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Counts by walking /proc what the tasks in cgroups hold, without asking the module.
 *
 *   census DIR...    "numproc N numfile N numtcpsock N numothersock N numflock N
 *                    numpty N privvmpages N lockedpages N" for all tasks in the cgroups
 *                    DIR together
 *   census -m DIR... "numproc N privvmpages N lockedpages N", what moves with a task, on
 *                    a line for each DIR: no file is looked at
 *   census -f DIR... the first, where processes share executables: of numfile only what
 *                    file descriptors lead to
 *
 * Each task counts by its own cgroup: one that was dead when its process was moved
 * stays behind. Address spaces and files are told apart by kcmp(2). An address space that
 * processes share is where the oldest of them is: the others have it from that one.
 *
 * Each process' executable is one more file, but for -f: nobody there shares one, nor
 * maps a file. Sockets are what file descriptors lead to, so not those in a listener's
 * queue. Locks are all of /proc/locks. What it counts must not move meanwhile.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/kcmp.h>
#include <netinet/in.h>
#include <search.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

struct held_file {
	pid_t pid;
	int fd;
};

struct space {
	pid_t task;
	unsigned long long started;
	long private_kb, locked_kb;
	struct cgroup *in;
};

static struct cgroup {
	const char *path;
	long tasks, private_kb, locked_kb;
} *cgroups;

static void *files, *spaces;
static long file_count, processes, tcp, other, ptys;
static bool pty_seen[1 << 16], only_moving, only_descriptors;

static long list(const char *path, void (*each)(const char *path, const char *name))
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	long n = 0;

	while (dir && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		if (each)
			each(path, entry->d_name);
		n++;
	}
	if (dir)
		closedir(dir);
	return n;
}

/* kcmp() knows an order, without which each would be compared with each. */
static int in_order(pid_t a, pid_t b, int type, unsigned long fd_a, unsigned long fd_b)
{
	long order = syscall(SYS_kcmp, a, b, type, fd_a, fd_b);

	if (order < 0 || order > 2)
		err(1, "kcmp of %d:%lu and %d:%lu", a, fd_a, b, fd_b);
	return order == 1 ? -1 : order == 2;
}

static int by_file(const void *a, const void *b)
{
	const struct held_file *one = a, *two = b;

	return in_order(one->pid, two->pid, KCMP_FILE, one->fd, two->fd);
}

static int by_space(const void *a, const void *b)
{
	const struct space *one = a, *two = b;

	return in_order(one->task, two->task, KCMP_VM, 0, 0);
}

static void count_socket(int fd)
{
	int protocol, type;
	socklen_t length = sizeof(protocol);

	if (getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &length) ||
	    getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &length)) {
		/* Opened by its path, with O_PATH. */
		if (errno != EBADF)
			err(1, "a socket");
	} else if (type == SOCK_STREAM && protocol == IPPROTO_TCP) {
		tcp++;
	} else {
		other++;
	}
}

static void count_object(pid_t pid, int theirs)
{
	int pidfd = syscall(SYS_pidfd_open, pid, 0), fd;
	unsigned int index = 0;
	struct stat st;

	fd = syscall(SYS_pidfd_getfd, pidfd, theirs, 0);
	if (pidfd < 0 || fd < 0 || fstat(fd, &st))
		err(1, "descriptor %d of %d", theirs, pid);
	if (S_ISSOCK(st.st_mode)) {
		count_socket(fd);
	} else if (S_ISCHR(st.st_mode)) {
		bool master = !ioctl(fd, TIOCGPTN, &index);

		if (!master && major(st.st_rdev) >= 136 && major(st.st_rdev) < 144)
			index = (major(st.st_rdev) - 136) * 256 + minor(st.st_rdev), master = true;
		if (master && !pty_seen[index & 0xffff]) {
			pty_seen[index & 0xffff] = true;
			ptys++;
		}
	}
	close(fd);
	close(pidfd);
}

static void see_fd(const char *path, const char *name)
{
	struct held_file *file = malloc(sizeof(*file));

	*file = (struct held_file){ atoi(path + strlen("/proc/")), atoi(name) };
	if (*(struct held_file **)tsearch(file, &files, by_file) != file) {
		free(file);
		return;
	}
	file_count++;
	count_object(file->pid, file->fd);
}

static struct cgroup *cgroup_of(const char *task)
{
	char path[320], line[4096] = "";
	struct cgroup *in;
	FILE *file;

	snprintf(path, sizeof(path), "%s/cgroup", task);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file) && strncmp(line, "0::", 3))
		;
	if (file)
		fclose(file);
	line[strcspn(line, "\n")] = 0;
	for (in = cgroups; in->path; in++)
		if (!strcmp(line + 3, in->path + strlen("/sys/fs/cgroup")))
			return in;
	return NULL;
}

static unsigned long long started(const char *task)
{
	unsigned long long ticks = 0;
	char path[320], line[1024] = "", *rest;
	FILE *file;

	snprintf(path, sizeof(path), "%s/stat", task);
	file = fopen(path, "re");
	if (file && fgets(line, sizeof(line), file) && (rest = strrchr(line, ')')))
		sscanf(rest, ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d "
		       "%*d %*d %llu", &ticks);
	if (file)
		fclose(file);
	return ticks;
}

/* VmData and VmStk, and VmLck, as mm.h of the module says. False: @task has no memory. */
static bool read_space(const char *task, struct space *space)
{
	char path[320], line[256];
	bool has = false;
	FILE *file;
	long kb;

	snprintf(path, sizeof(path), "%s/status", task);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "VmData: %ld", &kb) == 1 || sscanf(line, "VmStk: %ld", &kb) == 1)
			space->private_kb += kb, has = true;
		else if (sscanf(line, "VmLck: %ld", &kb) == 1)
			space->locked_kb = kb;
	}
	if (file)
		fclose(file);
	return has;
}

static void see_space(const char *task, struct cgroup *in)
{
	struct space *space = calloc(1, sizeof(*space)), *known;

	space->task = atoi(strrchr(task, '/') + 1);
	space->in = in;
	space->started = started(task);
	if (!read_space(task, space)) {
		free(space);
		return;
	}
	known = *(struct space **)tsearch(space, &spaces, by_space);
	if (known == space)
		return;
	if (space->started < known->started ||
	    (space->started == known->started && space->task < known->task))
		*known = *space;
	free(space);
}

static void add_space(const void *node, VISIT visit, int depth)
{
	const struct space *space = *(const struct space *const *)node;

	(void)depth;
	if (visit != preorder && visit != leaf)
		return;
	/* One that has unmapped all of it counts as a page: mm.h. */
	space->in->private_kb += space->private_kb ? space->private_kb : 4;
	space->in->locked_kb += space->locked_kb;
}

static void see_task(const char *path, const char *name)
{
	char task[300];
	struct cgroup *in;

	snprintf(task, sizeof(task), "%s/%s", path, name);
	in = cgroup_of(task);
	if (!in)
		return;
	in->tasks++;
	see_space(task, in);
}

static void see_process(const char *path, const char *name)
{
	char sub[300];

	if (atoi(name) <= 0)
		return;
	snprintf(sub, sizeof(sub), "%s/%s/task", path, name);
	list(sub, see_task);
	snprintf(sub, sizeof(sub), "%s/%s", path, name);
	if (only_moving || !cgroup_of(sub))
		return;
	processes++;
	snprintf(sub, sizeof(sub), "%s/%s/fd", path, name);
	list(sub, see_fd);
}

/* "->" is before a request that waits. */
static long count_locks(void)
{
	FILE *file = fopen("/proc/locks", "re");
	char line[256];
	long n = 0;

	while (file && fgets(line, sizeof(line), file))
		n += !strstr(line, "->") &&
		     (strstr(line, "POSIX") || strstr(line, "FLOCK") || strstr(line, "OFDLCK"));
	if (file)
		fclose(file);
	return n;
}

int main(int argc, char **argv)
{
	struct cgroup *in, all = { };
	int options = 0;

	only_moving = argc > 1 && !strcmp(argv[1], "-m");
	only_descriptors = argc > 1 && !strcmp(argv[1], "-f");
	options = only_moving || only_descriptors;
	if (argc < 2 + options)
		errx(2, "see the head of census.c");
	cgroups = in = calloc(argc, sizeof(*cgroups));
	for (argv += 1 + options; *argv; argv++)
		in++->path = *argv;
	list("/proc", see_process);
	twalk(spaces, add_space);
	for (in = cgroups; in->path; in++) {
		if (only_moving)
			printf("numproc %ld privvmpages %ld lockedpages %ld\n", in->tasks,
			       in->private_kb / 4, in->locked_kb / 4);
		all.tasks += in->tasks;
		all.private_kb += in->private_kb;
		all.locked_kb += in->locked_kb;
	}
	if (only_moving)
		return 0;
	printf("numproc %ld numfile %ld numtcpsock %ld numothersock %ld numflock %ld numpty %ld "
	       "privvmpages %ld lockedpages %ld\n", all.tasks,
	       file_count + (only_descriptors ? 0 : processes), tcp, other, count_locks(), ptys,
	       all.private_kb / 4, all.locked_kb / 4);
	return 0;
}
