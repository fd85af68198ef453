// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <time.h>

#include "file.h"
#include "follow.h"

/* Nothing is open that an exit would not close, and no line is half written. */
static void end(int number)
{
	(void)number;
	_exit(EXIT_OK);
}

int follow_begin(void)
{
	static const int ends[] = { SIGINT, SIGTERM };
	struct sigaction action = { .sa_handler = end }, old;
	int flags = fcntl(STDOUT_FILENO, F_GETFL);

	/* See standard_fill(): what was closed can be anything but written to. We would
	 * find out with the first line, perhaps tomorrow. */
	if (flags >= 0 && (flags & O_ACCMODE) == O_RDONLY)
		errno = EBADF;
	if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY)
		return fail_errno(EXIT_SYSTEM, "%s: write to standard output", operation);
	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		/* Ignored is what a shell makes of SIGINT for a job behind "&". */
		if (sigaction(ends[i], NULL, &old) ||
		    (old.sa_handler != SIG_IGN && sigaction(ends[i], &action, NULL)))
			return fail_errno(EXIT_SYSTEM, "%s: catch signals", operation);
	}
	if (signal(SIGPIPE, SIG_IGN) == SIG_ERR)
		return fail_errno(EXIT_SYSTEM, "%s: ignore SIGPIPE", operation);
	return 0;
}

int64_t follow_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000) + now.tv_nsec / 1000000;
}

/* What poll takes: rounded to what an int can say, for another round then. */
static int timeout_of(int64_t until)
{
	int64_t left = until < 0 ? -1 : until - follow_now();

	if (until < 0)
		return -1;
	return left < 0 ? 0 : left > INT_MAX ? INT_MAX : (int)left;
}

enum follow follow_wait(int fd, int64_t until, int *status)
{
	/* Of standard output only what is always told: an error, a hangup. */
	struct pollfd fds[] = {
		{ .fd = STDOUT_FILENO },
		{ .fd = fd, .events = POLLIN },
	};

	for (;;) {
		int n = poll(fds, ARRAY_SIZE(fds), timeout_of(until));

		if (n < 0 && errno != EINTR) {
			*status = fail_errno(EXIT_SYSTEM, "%s: poll", operation);
			return FOLLOW_FAILED;
		}
		if (n > 0 && fds[0].revents)
			return FOLLOW_NO_READER;
		/* Also when there is always something to read. */
		if (until >= 0 && follow_now() >= until)
			return FOLLOW_TIME_UP;
		if (n > 0)
			return FOLLOW_GO_ON;
	}
}

bool follow_ended(int pidfd, int64_t until)
{
	struct pollfd p = { .fd = pidfd, .events = POLLIN };
	int timeout;

	do {
		timeout = timeout_of(until);
		if (poll(&p, 1, timeout) > 0)
			return true;
	} while (timeout);
	return false;
}

enum follow follow_print(const char *text, size_t len, int *status)
{
	if (!write_all(STDOUT_FILENO, text, len))
		return FOLLOW_GO_ON;
	if (errno == EPIPE)
		return FOLLOW_NO_READER;
	*status = fail_errno(EXIT_SYSTEM, "%s: write to standard output", operation);
	return FOLLOW_FAILED;
}
