// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "errand.h"

#define KILLED_MS 1000	/* until one that is killed has ended, if it ever does */

/* Its lines come by a pipe: one that is left behind must not keep our standard error open.
 * It ends when we do: nobody would kill it in time. */
static _Noreturn void go(const struct errand *e, pid_t parent, int result, int lines)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != parent || dup2(lines, STDERR_FILENO) < 0)
		_exit(EXIT_SYSTEM);
	close(STDIN_FILENO);
	close(STDOUT_FILENO);
	_exit(e->run(e->arg, result));
}

/* Has it ended? */
static bool await(int pidfd, int ms)
{
	struct pollfd ended = { .fd = pidfd, .events = POLLIN };
	int n;

	do
		n = poll(&ended, 1, ms);
	while (n < 0 && errno == EINTR);
	return n > 0;
}

/* What is there: a process that it left behind may still have the other end. */
static size_t take(int fd, char *buf, size_t size)
{
	ssize_t n = fcntl(fd, F_SETFL, O_NONBLOCK) ? -1 : read(fd, buf, size - 1);

	buf[n > 0 ? n : 0] = '\0';
	return n > 0 ? n : 0;
}

/* What became of @pid, which has ended. */
static int finish(uint32_t ctid, const struct errand *e, pid_t pid, int lines)
{
	char text[4096];
	size_t n = take(lines, text, sizeof(text));
	int status;

	if (n)
		error_print("%.*s", (int)n, text);
	if (waitpid(pid, &status, 0) != pid)
		return fail_errno(EXIT_SYSTEM, "%s %u: wait", operation, ctid);
	return WIFEXITED(status) ? WEXITSTATUS(status)
				 : fail(EXIT_SYSTEM, "%s %u: %s", operation, ctid, e->killed);
}

int errand_run(uint32_t ctid, const struct errand *e, char *said, size_t size)
{
	cleanup_close int reader = -1, writer = -1, lines = -1, lines_in = -1, pidfd = -1;
	int ends[2];
	pid_t pid, self = getpid();

	*said = '\0';
	if (pipe2(ends, O_CLOEXEC))
		return fail_errno(EXIT_SYSTEM, "%s %u: pipe", operation, ctid);
	reader = ends[0];
	writer = ends[1];
	if (pipe2(ends, O_CLOEXEC))
		return fail_errno(EXIT_SYSTEM, "%s %u: pipe", operation, ctid);
	lines = ends[0];
	lines_in = ends[1];
	pid = fork();
	if (pid < 0)
		return fail_errno(EXIT_SYSTEM, "%s %u: fork", operation, ctid);
	if (!pid)
		go(e, self, writer, lines_in);
	close(steal_fd(writer));
	close(steal_fd(lines_in));
	pidfd = pidfd_open(pid, 0);
	if (pidfd < 0 || !await(pidfd, e->seconds * 1000)) {
		kill(pid, SIGKILL);
		if (!await(pidfd, KILLED_MS))
			return fail(EXIT_SYSTEM, "%s %u: %s", operation, ctid, e->killed);
	}
	take(reader, said, size);
	return finish(ctid, e, pid, lines);
}
