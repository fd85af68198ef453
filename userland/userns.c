// SPDX-License-Identifier: GPL-2.0-or-later
#include <signal.h>
#include <sys/wait.h>

#include "error.h"
#include "syscalls.h"
#include "userns.h"

int userns_write_map(const char *id, pid_t pid, const char *name, const struct id_map *map,
		     size_t count)
{
	char path[64], text[1024];
	cleanup_close int fd = -1;
	size_t n = 0;

	for (size_t i = 0; i < count && n < sizeof(text); i++)
		n += snprintf(text + n, sizeof(text) - n, "%u %u %u\n", map[i].inside,
			      map[i].outside, map[i].count);
	if (n >= sizeof(text))
		return fail(EXIT_BAD_VALUE, "%s %s: too many id mappings", operation, id);
	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, text, n) != (ssize_t)n)
		return fail_errno(EXIT_SYSTEM, "%s %s: write %s", operation, id, path);
	return 0;
}

/* Until we close our end, or die. */
static void hold(void *arg)
{
	int *ends = arg;
	char byte;

	close(ends[1]);
	while (read(ends[0], &byte, 1) < 0 && errno == EINTR)
		;
	_exit(0);
}

static int open_of(const char *id, pid_t pid, const struct id_map *map, int *fd)
{
	char path[64];
	int status = userns_write_map(id, pid, "uid_map", map, 1);

	if (!status)
		status = userns_write_map(id, pid, "gid_map", map, 1);
	if (status)
		return status;
	snprintf(path, sizeof(path), "/proc/%d/ns/user", pid);
	*fd = open(path, O_RDONLY | O_CLOEXEC);
	return *fd < 0 ? fail_errno(EXIT_SYSTEM, "%s %s: open %s", operation, id, path) : 0;
}

int userns_make(const char *id, const struct id_map *map, int *fd)
{
	struct clone_args args = { .flags = CLONE_NEWUSER, .exit_signal = SIGCHLD };
	int ends[2], status;
	pid_t pid;

	*fd = -1;
	if (pipe2(ends, O_CLOEXEC))
		return fail_errno(EXIT_SYSTEM, "%s %s: make a pipe", operation, id);
	pid = sys_clone3_on_stack(&args, hold, ends);
	status = pid < 0 ? fail_errno(EXIT_SYSTEM, "%s %s: make a user namespace", operation, id)
			 : open_of(id, pid, map, fd);
	close(ends[0]);
	close(ends[1]);
	while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return status;
}
