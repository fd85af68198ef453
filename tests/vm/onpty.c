// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * onpty COMMAND...: run it on a terminal of 33 rows and 99 columns, copy what it
 * writes, and return its status. What comes on standard input is typed, but not
 * its end, which script(1) takes for a reason to hang up.
 */
#include <poll.h>
#include <pty.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

/* False at the end. */
static int copy(int from, int to)
{
	char buf[4096];
	ssize_t n = read(from, buf, sizeof(buf));

	return n > 0 && write(to, buf, n) == n;
}

int main(int argc, char **argv)
{
	struct winsize size = { .ws_row = 33, .ws_col = 99 };
	struct pollfd p[2] = { { .events = POLLIN }, { .fd = STDIN_FILENO, .events = POLLIN } };
	int status;
	pid_t pid;

	if (argc < 2)
		return 2;
	pid = forkpty(&p[0].fd, NULL, NULL, &size);
	if (pid < 0)
		return 2;
	if (!pid) {
		execvp(argv[1], argv + 1);
		_exit(127);
	}
	while (poll(p, 2, -1) > 0) {
		if (p[0].revents && !copy(p[0].fd, STDOUT_FILENO))
			break;
		if (p[1].revents && !copy(STDIN_FILENO, p[0].fd))
			p[1].fd = -1;
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
