// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Counts by walking /proc what the tasks in cgroups hold, without asking the module.
 *
 *   census DIR...    "numproc N numfile N numtcpsock N numothersock N numflock N
 *                    numpty N privvmpages N" for all tasks in the cgroups DIR together
 *   census -t DIR... "numproc N": no file is looked at, so as quick as tasks are few
 *
 * Files are told apart by kcmp(2), and each process' executable is one more: nobody
 * there shares one, nor maps a file, nor shares an address space. Sockets are what
 * file descriptors lead to, so not those in a listener's queue. Locks are all of
 * /proc/locks. What it counts must not move meanwhile. Each file is compared with
 * each: not for a VE with many thousands.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/kcmp.h>
#include <netinet/in.h>
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

static struct held_file *files;
static size_t file_count;
static long tasks, processes, tcp, other, ptys, private_kb;
static bool pty_seen[1 << 16], only_tasks;

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

static bool same_file(const struct held_file *a, pid_t pid, int fd)
{
	long order = syscall(SYS_kcmp, a->pid, pid, KCMP_FILE, a->fd, fd);

	if (order < 0)
		err(1, "kcmp of %d:%d and %d:%d", a->pid, a->fd, pid, fd);
	return !order;
}

static void count_object(pid_t pid, int theirs)
{
	int pidfd = syscall(SYS_pidfd_open, pid, 0), fd, protocol, type;
	socklen_t length = sizeof(protocol);
	unsigned int index = 0;
	struct stat st;

	fd = syscall(SYS_pidfd_getfd, pidfd, theirs, 0);
	if (pidfd < 0 || fd < 0 || fstat(fd, &st))
		err(1, "descriptor %d of %d", theirs, pid);
	if (S_ISSOCK(st.st_mode)) {
		if (getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &length) ||
		    getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &length))
			err(1, "socket %d of %d", theirs, pid);
		if (type == SOCK_STREAM && protocol == IPPROTO_TCP)
			tcp++;
		else
			other++;
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
	pid_t pid = atoi(path + strlen("/proc/"));
	int fd = atoi(name);
	size_t i;

	for (i = 0; i < file_count; i++)
		if (same_file(&files[i], pid, fd))
			return;
	files = realloc(files, (file_count + 1) * sizeof(*files));
	files[file_count++] = (struct held_file){ pid, fd };
	count_object(pid, fd);
}

static char **dirs;

static bool counts(const char *pid)
{
	char path[300], line[4096] = "";
	FILE *file;
	int i;

	snprintf(path, sizeof(path), "/proc/%s/cgroup", pid);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file) && strncmp(line, "0::", 3))
		;
	if (file)
		fclose(file);
	line[strcspn(line, "\n")] = 0;
	for (i = 0; dirs[i]; i++)
		if (!strcmp(line + 3, dirs[i] + strlen("/sys/fs/cgroup")))
			return true;
	return false;
}

/* VmData and VmStk, as mm.h of the module says. */
static void count_memory(const char *pid)
{
	char path[300], line[256];
	FILE *file;
	long kb;

	snprintf(path, sizeof(path), "/proc/%s/status", pid);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "VmData: %ld", &kb) == 1 || sscanf(line, "VmStk: %ld", &kb) == 1)
			private_kb += kb;
	if (file)
		fclose(file);
}

static void see_process(const char *path, const char *name)
{
	char sub[300];

	if (atoi(name) <= 0 || !counts(name))
		return;
	snprintf(sub, sizeof(sub), "%s/%s/task", path, name);
	tasks += list(sub, NULL);
	if (only_tasks)
		return;
	processes++;
	count_memory(name);
	snprintf(sub, sizeof(sub), "%s/%s/fd", path, name);
	list(sub, see_fd);
}

static long count_locks(void)
{
	FILE *file = fopen("/proc/locks", "re");
	char line[256];
	long n = 0;

	while (file && fgets(line, sizeof(line), file))
		n += strstr(line, "POSIX") || strstr(line, "FLOCK") || strstr(line, "OFDLCK");
	if (file)
		fclose(file);
	return n;
}

int main(int argc, char **argv)
{
	only_tasks = argc > 1 && !strcmp(argv[1], "-t");
	if (argc < 2 + only_tasks)
		errx(2, "see the head of census.c");
	dirs = argv + 1 + only_tasks;
	list("/proc", see_process);
	if (only_tasks) {
		printf("numproc %ld\n", tasks);
		return 0;
	}
	printf("numproc %ld numfile %zu numtcpsock %ld numothersock %ld numflock %ld numpty %ld "
	       "privvmpages %ld\n", tasks, file_count + processes, tcp, other, count_locks(), ptys,
	       private_kb / 4);
	return 0;
}
