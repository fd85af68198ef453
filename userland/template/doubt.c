// SPDX-License-Identifier: GPL-2.0-or-later
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "error.h"
#include "syscalls.h"
#include "template/doubt.h"

static int open_in(int fd, const char *path, int flags)
{
	return sys_openat2(fd, path, flags | O_CLOEXEC, 0, RESOLVE_IN_ROOT);
}

/* The first name in @dir that begins and ends so. */
static bool find(int fd, const char *dir, const char *head, const char *tail, char name[256])
{
	int at = open_in(fd, dir, O_RDONLY | O_DIRECTORY);
	DIR *entries = at < 0 ? NULL : fdopendir(at);
	struct dirent *entry;
	bool found = false;

	if (!entries) {
		if (at >= 0)
			close(at);
		return false;
	}
	while (!found && (entry = readdir(entries))) {
		size_t n = strlen(entry->d_name), t = strlen(tail);

		found = !strncmp(entry->d_name, head, strlen(head)) && n >= t &&
			!strcmp(entry->d_name + n - t, tail);
		if (found)
			snprintf(name, 256, "%s", entry->d_name);
	}
	closedir(entries);
	return found;
}

/* Is it systemd's own file that @init is? */
static bool is_systemd(int init)
{
	char link[64], path[4096];
	const char *base;
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", init);
	n = readlink(link, path, sizeof(path) - 1);
	path[n < 0 ? 0 : n] = '\0';
	base = strrchr(path, '/');
	return base && !strcmp(base, "/systemd");
}

static void doubt_init(int fd, const char *name)
{
	cleanup_close int init = open_in(fd, "sbin/init", O_PATH);
	char found[256];
	struct stat st;

	if (init < 0 || fstat(init, &st) || !S_ISREG(st.st_mode) || !(st.st_mode & S_IXUSR))
		warn("template %s: there is no /sbin/init: its VEs need --init", name);
	/* systemd can do with cgroup v2 alone since 230; since 231 it has a library of this name. */
	else if (is_systemd(init) && !find(fd, "usr/lib/systemd", "libsystemd-shared", "", found) &&
		 !find(fd, "lib/systemd", "libsystemd-shared", "", found))
		warn("template %s: its systemd is older than 231 and needs cgroup v1: its VEs do not come up", name);
}

static void doubt_identity(int fd, const char *name)
{
	static const char uninitialized[] = "uninitialized";
	cleanup_close int id = open_in(fd, "etc/machine-id", O_RDONLY | O_NONBLOCK | O_NOCTTY);
	char text[sizeof(uninitialized)] = "", key[256];

	if (id >= 0 && read(id, text, sizeof(text) - 1) > 1 && strcmp(text, uninitialized))
		warn("template %s: /etc/machine-id is not empty: all its VEs have the same", name);
	if (find(fd, "etc/ssh", "ssh_host_", "_key", key))
		warn("template %s: there is /etc/ssh/%s: all its VEs have the same, and can pretend to be one another",
		     name, key);
}

void template_doubts(int fd, const char *name)
{
	doubt_init(fd, name);
	doubt_identity(fd, name);
}
