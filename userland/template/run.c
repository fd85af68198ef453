// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "template/archive.h"
#include "template/run.h"

#define CAPTURE_MAX (1024 * 1024)
#define NOT_FOUND 127

static void __attribute__((noreturn)) child(char *const argv[], int out, bool mounts, pid_t parent)
{
	/* It ends with us: what it works on is swept away once we are gone. */
	if (prctl(PR_SET_PDEATHSIG, SIGTERM) || getppid() != parent)
		_exit(1);
	if (out >= 0 && dup2(out, STDOUT_FILENO) < 0)
		_exit(1);
	/* What it mounts below a new template is never to be seen from here, where
	 * the template may have to be removed. */
	if (mounts && (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))) {
		fail_errno(EXIT_SYSTEM, "template: make a mount namespace");
		_exit(1);
	}
	execvp(argv[0], argv);
	_exit(errno == ENOENT ? NOT_FOUND : 126);
}

/* Its exit status, 128 + its signal. A signal to us the terminal passes, but not what comes
 * by kill. */
static int wait_for(pid_t pid)
{
	int status;

	for (;;) {
		if (archive_interrupted)
			kill(pid, SIGTERM);
		if (waitpid(pid, &status, 0) >= 0)
			break;
		if (errno != EINTR)
			return -1;
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int run_program(char *const argv[], const char *package)
{
	pid_t parent = getpid(), pid = fork();
	int status;

	if (pid < 0)
		return fail_errno(EXIT_SYSTEM, "template: fork");
	if (!pid)
		child(argv, -1, true, parent);
	status = wait_for(pid);
	if (status == NOT_FOUND)
		return fail(EXIT_CREATE_FAILED, "template: run %s: not found (apt-get install %s)",
			    argv[0], package);
	if (status)
		return fail(EXIT_CREATE_FAILED, "template: %s failed with status %d", argv[0], status);
	return 0;
}

int run_capture(char *const argv[], char **text)
{
	cleanup_free char *buf = malloc(CAPTURE_MAX + 1);
	size_t n = 0;
	ssize_t got;
	int ends[2];
	pid_t parent = getpid(), pid;

	if (!buf || pipe2(ends, O_CLOEXEC))
		return -1;
	pid = fork();
	if (!pid)
		child(argv, ends[1], false, parent);
	close(ends[1]);
	while (pid > 0 && n < CAPTURE_MAX &&
	       ((got = read(ends[0], buf + n, CAPTURE_MAX - n)) > 0 || (got < 0 && errno == EINTR)))
		n += got > 0 ? got : 0;
	close(ends[0]);
	if (pid < 0 || wait_for(pid))
		return -1;
	buf[n] = '\0';
	*text = steal_ptr(buf);
	return 0;
}
