// SPDX-License-Identifier: GPL-2.0-or-later
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "error.h"
#include "syscalls.h"
#include "template/doubt.h"

#define SYSTEMD_MIN	230	/* the first that can do with cgroup v2 alone, as kernels have had it since 4.5 */
#define SYSTEMD_BYTES	(16 << 20)
#define SAYS_MODE	" running in %ssystem mode"
#define SAID_MODE	" running in system mode"

static int open_in(int fd, const char *path, int flags)
{
	return sys_openat2(fd, path, flags | O_CLOEXEC, 0, RESOLVE_IN_ROOT);
}

/* A private key of the SSH server's. */
static bool find_key(int fd, char name[256])
{
	static const char head[] = "ssh_host_", tail[] = "_key";
	int at = open_in(fd, "etc/ssh", O_RDONLY | O_DIRECTORY);
	DIR *dir = at < 0 ? NULL : fdopendir(at);
	struct dirent *entry;
	bool found = false;
	size_t n;

	if (!dir) {
		if (at >= 0)
			close(at);
		return false;
	}
	while (!found && (entry = readdir(dir))) {
		n = strlen(entry->d_name);
		found = n > strlen(head) + strlen(tail) && !strncmp(entry->d_name, head, strlen(head)) &&
			!strcmp(entry->d_name + n - strlen(tail), tail);
		if (found)
			snprintf(name, 256, "%s", entry->d_name);
	}
	closedir(dir);
	return found;
}

/*
 * Of the systemd that @path is, by what it says when it starts: "systemd 219 running in %ssystem mode",
 * at first without the "%s". 0: that is not known.
 */
static unsigned int systemd_version(int fd, const char *path)
{
	cleanup_close int file = open_in(fd, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
	cleanup_free char *text = NULL;
	unsigned int version = 0;
	const char *said;
	struct stat st;
	size_t at;

	if (file < 0 || fstat(file, &st) || !S_ISREG(st.st_mode) || st.st_size > SYSTEMD_BYTES)
		return 0;
	text = calloc(1, st.st_size + 1);
	if (!text || pread(file, text, st.st_size, 0) != st.st_size)
		return 0;
	said = memmem(text, st.st_size, SAYS_MODE, strlen(SAYS_MODE));
	if (!said)
		said = memmem(text, st.st_size, SAID_MODE, strlen(SAID_MODE));
	/* The last such word before that, which is not far. */
	for (at = said ? said - text : 0; at && said - text - at < 64; at--)
		if (sscanf(text + at - 1, "systemd %5u", &version) == 1)
			return version;
	return 0;
}

static void doubt_init(int fd, const char *name)
{
	cleanup_close int init = open_in(fd, "sbin/init", O_PATH);
	unsigned int version;
	struct stat st;

	if (init < 0 || fstat(init, &st) || !S_ISREG(st.st_mode) || !(st.st_mode & S_IXUSR)) {
		warn("template %s: there is no /sbin/init: its VEs need --init", name);
		return;
	}
	version = systemd_version(fd, "sbin/init");
	if (version && version < SYSTEMD_MIN)
		warn("template %s: its systemd %u needs cgroup v1: its VEs do not come up", name, version);
}

static void doubt_identity(int fd, const char *name)
{
	static const char uninitialized[] = "uninitialized";
	cleanup_close int id = open_in(fd, "etc/machine-id", O_RDONLY | O_NONBLOCK | O_NOCTTY);
	char text[sizeof(uninitialized)] = "", key[256];

	if (id >= 0 && read(id, text, sizeof(text) - 1) > 1 && strcmp(text, uninitialized))
		warn("template %s: /etc/machine-id is not empty: all its VEs have the same", name);
	if (find_key(fd, key))
		warn("template %s: there is /etc/ssh/%s: all its VEs have the same, and can pretend to be one another",
		     name, key);
}

void template_doubts(int fd, const char *name)
{
	doubt_init(fd, name);
	doubt_identity(fd, name);
}
