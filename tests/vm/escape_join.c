// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * escape_join FILE [program]: wait for processes that come, and try to take what they have before
 * they run their program, busybox; or that program only. Ends when FILE exists. "met COUNT" says how many were seen before
 * that; "DONE NAME (...)" what was taken.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <limits.h>
#include <stdint.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

#include "escape.h"

#define PIDS 65536

static bool known[PIDS];
static unsigned int met;
static bool program_only;

static void done(const char *what, const char *detail)
{
	dprintf(1, "DONE %s (%s)\n", what, detail);
}

static bool link_of(pid_t pid, const char *name, char target[PATH_MAX])
{
	char path[PATH_MAX];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	n = readlink(path, target, PATH_MAX - 1);
	target[n < 0 ? 0 : n] = '\0';
	return n >= 0;
}

/* What a command of the VE may run: anything that its own tree has. */
static bool foreign(pid_t pid)
{
	char target[PATH_MAX];

	return link_of(pid, "exe", target) && strcmp(target, "/bin/busybox");
}

static void program(pid_t pid)
{
	char target[PATH_MAX], path[64];
	int fd;

	if (!foreign(pid))
		return;
	link_of(pid, "exe", target);
	done("the program", target);
	snprintf(path, sizeof(path), "/proc/%d/exe", pid);
	fd = open(path, O_WRONLY);
	if (fd >= 0 || errno == ETXTBSY)
		done("the program, to be written", target);
	close(fd);
}

static void memory(pid_t pid)
{
	char path[64], byte;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/mem", pid);
	fd = open(path, O_RDWR);
	/* Of a program that ended before, nothing can be read any more. */
	if (fd >= 0 && (foreign(pid) || (pread(fd, &byte, 1, 0x400000) == 0 && !kill(pid, 0))))
		done("memory", path);
	close(fd);
}

static void descriptors(pid_t pid)
{
	static const char *const own[] = { "pipe:", "/dev/null", "/dev/pts/" };
	char path[300], target[PATH_MAX];
	struct dirent *entry;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	dir = opendir(path);
	while (dir && (entry = readdir(dir))) {
		bool good = entry->d_name[0] == '.';

		snprintf(path, sizeof(path), "fd/%s", entry->d_name);
		if (!link_of(pid, path, target))
			continue;
		for (size_t i = 0; i < COUNT(own); i++)
			good |= !strncmp(target, own[i], strlen(own[i]));
		if (!good)
			done("a descriptor", target);
	}
	if (dir)
		closedir(dir);
}

static void copies(pid_t pid)
{
	int pidfd = syscall(SYS_pidfd_open, pid, 0);
	char text[32];
	struct stat st;

	for (int n = 0; pidfd >= 0 && n < 12; n++) {
		int fd = syscall(SYS_pidfd_getfd, pidfd, n, 0);

		if (fd >= 0 && !fstat(fd, &st) && !S_ISFIFO(st.st_mode) && !S_ISCHR(st.st_mode)) {
			snprintf(text, sizeof(text), "%d, mode %o", n, st.st_mode);
			done("a copy of a descriptor", text);
		}
		close(fd);
	}
	close(pidfd);
}

static void environment(pid_t pid)
{
	char path[64], text[4096];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/environ", pid);
	fd = open(path, O_RDONLY);
	n = fd < 0 ? 0 : read(fd, text, sizeof(text));
	if (n > 0 && memmem(text, n, "ESCAPE_SECRET", 13))
		done("the environment", "ESCAPE_SECRET");
	close(fd);
}

static void places(pid_t pid)
{
	static const char *const ways[] = { "root", "cwd" };
	static const char *const spaces[] = { "mnt", "net", "user", "pid", "ipc", "uts" };
	char path[128], own[PATH_MAX], target[PATH_MAX];

	for (size_t i = 0; i < COUNT(ways); i++) {
		snprintf(path, sizeof(path), "/proc/%d/%s" HOST_FILE, pid, ways[i]);
		if (!access(path, F_OK))
			done("the host's files", path);
	}
	for (size_t i = 0; i < COUNT(spaces); i++) {
		snprintf(path, sizeof(path), "ns/%s", spaces[i]);
		if (link_of(getpid(), path, own) && link_of(pid, path, target) && strcmp(own, target))
			done("a namespace", target);
	}
}

static void trace(pid_t pid)
{
	int status;

	if (ptrace(PTRACE_SEIZE, pid, NULL, PTRACE_O_TRACEEXEC))
		return;
	/* It stops before it is in user mode again: in the program that joins, if it has not begun
	 * to run its own. That it stops at the end of exec tells nothing: one that is past the
	 * point of no return, with nothing left of the other, may be traced by then. */
	ptrace(PTRACE_INTERRUPT, pid, NULL, NULL);
	if (waitpid(pid, &status, __WALL) == pid && WIFSTOPPED(status) && foreign(pid))
		done("a trace", "of the program");
	ptrace(PTRACE_DETACH, pid, NULL, NULL);
}

static void look_at(pid_t pid, unsigned long way)
{
	static void (*const ways[])(pid_t) = {
		program, memory, descriptors, copies, environment, places, trace,
	};
	char target[PATH_MAX];
	bool seen = false;

	/* As long as it is not to be looked into it is not yet the VE's. */
	for (int i = 0; i < 2000; i++) {
		bool shut = !link_of(pid, "exe", target) && errno == EACCES;

		if (!shut && errno == ENOENT && !*target)
			break;
		if (shut && !seen) {
			seen = true;
			met++;
		}
		ways[way % COUNT(ways)](pid);
		if (!shut)
			break;
	}
}

/* @first: who is there already is none of them. */
static void watch(bool first)
{
	DIR *dir = opendir("/proc");
	struct dirent *entry;

	while ((entry = readdir(dir))) {
		pid_t pid = atoi(entry->d_name);

		if (pid <= 0 || pid >= PIDS || known[pid])
			continue;
		known[pid] = true;
		/* Not in turn: as many come with each command, and one of them is it. */
		if (!first && pid != getpid())
			look_at(pid, program_only ? 0 : random());
	}
	closedir(dir);
}

int main(int argc, char **argv)
{
	program_only = argc == 3 && !strcmp(argv[2], "program");
	if (argc != 2 && !program_only)
		return 2;
	watch(true);
	dprintf(1, "watching\n");
	while (access(argv[1], F_OK))
		watch(false);
	dprintf(1, "met %u\n", met);
	return 0;
}
