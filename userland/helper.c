// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "helper.h"

static _Noreturn void run(uint32_t ctid, const char *path, char *const *argv, int keep, pid_t parent)
{
	static char *none[] = { NULL };

	/* What it does is ours, under our locks. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != parent)
		_exit(EXIT_SYSTEM);
	if (keep < 0 || !fcntl(keep, F_SETFD, 0))
		execve(path, argv, none);
	_exit(fail_errno(EXIT_SYSTEM, "%s %u: run %s", operation, ctid, path));
}

int helper_run(uint32_t ctid, const char *path, char *const *argv, int keep)
{
	pid_t parent = getpid(), helper = fork();
	int status;

	if (helper < 0)
		return fail_errno(EXIT_SYSTEM, "%s %u: fork", operation, ctid);
	if (!helper)
		run(ctid, path, argv, keep, parent);
	while (waitpid(helper, &status, 0) < 0)
		if (errno != EINTR)
			return fail_errno(EXIT_SYSTEM, "%s %u: wait for %s", operation, ctid, path);
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	return fail(EXIT_SYSTEM, "%s %u: %s died of signal %d", operation, ctid, path,
		    WTERMSIG(status));
}

int helper_task(uint32_t ctid, const char *path, const char *task, const char *const *arguments,
		int keep)
{
	char id[16];
	const char *argv[4 + HELPER_ARGUMENTS + 1] = { strrchr(path, '/') + 1, operation, task, id };

	snprintf(id, sizeof(id), "%u", ctid);
	for (size_t i = 0; i < HELPER_ARGUMENTS && arguments[i]; i++)
		argv[4 + i] = arguments[i];
	return helper_run(ctid, path, (char *const *)argv, keep);
}
