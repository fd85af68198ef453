// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <sched.h>
#include <sys/wait.h>

#include "error.h"
#include "shm.h"

#define SHMALL "/proc/sys/kernel/shmall"
#define SHMALL_DEFAULT (ULONG_MAX - (1UL << 24))

/* The file is of whoever opens it: of his ipc namespace. What it said goes to
 * @result. */
static int write_inside(const struct config *c, int pidfd, uint64_t limit, int result)
{
	cleanup_close int fd = -1;
	char text[32], old[32];
	ssize_t n;

	if (setns(pidfd, CLONE_NEWIPC))
		return fail_errno(EXIT_SYSTEM, "%s %u: join its ipc namespace", operation, c->ctid);
	fd = open(SHMALL, O_RDWR | O_CLOEXEC);
	/* Since 6.9 the namespace's own root may write, and no other. */
	if (fd < 0 && errno == EACCES && !setresuid(-1, c->local_uid, -1))
		fd = open(SHMALL, O_RDWR | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, old, sizeof(old));
	if (n <= 0 || write(result, old, n) != n)
		return fail_errno(EXIT_SYSTEM, "%s %u: read its kernel.shmall", operation, c->ctid);
	n = snprintf(text, sizeof(text), "%" PRIu64,
		     limit >= VZLITE_UNLIMITED ? (uint64_t)SHMALL_DEFAULT : limit);
	if (pwrite(fd, text, n, 0) != n)
		return fail_errno(EXIT_SYSTEM, "%s %u: write %s to its kernel.shmall", operation,
				  c->ctid, text);
	return 0;
}

int shm_set_limit(const struct config *c, int pidfd, uint64_t limit, uint64_t *old)
{
	cleanup_close int reader = -1, writer = -1;
	char text[32] = "";
	int ends[2], status;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC))
		return fail_errno(EXIT_SYSTEM, "%s %u: pipe", operation, c->ctid);
	reader = ends[0];
	writer = ends[1];
	pid = fork();
	if (pid < 0)
		return fail_errno(EXIT_SYSTEM, "%s %u: fork", operation, c->ctid);
	if (!pid)
		_exit(write_inside(c, pidfd, limit, writer));
	cleanup_close_(&writer);
	writer = -1;
	if (read(reader, text, sizeof(text) - 1) > 0 && old)
		*old = strtoull(text, NULL, 10);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return fail_errno(EXIT_SYSTEM, "%s %u: wait", operation, c->ctid);
	return WIFEXITED(status) ? WEXITSTATUS(status)
				 : fail(EXIT_SYSTEM, "%s %u: writing its kernel.shmall was killed",
					operation, c->ctid);
}
