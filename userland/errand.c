// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>

#include "errand.h"

int errand_run(uint32_t ctid, const struct errand *e, char *said, size_t size)
{
	cleanup_close int reader = -1, writer = -1;
	int ends[2], status;
	ssize_t n;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC))
		return fail_errno(EXIT_SYSTEM, "%s %u: pipe", operation, ctid);
	reader = ends[0];
	writer = ends[1];
	pid = fork();
	if (pid < 0)
		return fail_errno(EXIT_SYSTEM, "%s %u: fork", operation, ctid);
	if (!pid)
		_exit(e->run(e->arg, writer));
	close(steal_fd(writer));
	n = read(reader, said, size - 1);
	said[n > 0 ? n : 0] = '\0';
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return fail_errno(EXIT_SYSTEM, "%s %u: wait", operation, ctid);
	return WIFEXITED(status) ? WEXITSTATUS(status)
				 : fail(EXIT_SYSTEM, "%s %u: %s", operation, ctid, e->killed);
}
