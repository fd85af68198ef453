// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "template/archive.h"
#include "template/run.h"

#define CAPTURE_MAX (1024 * 1024)
#define NOT_FOUND 127

static const int ends[] = { SIGINT, SIGTERM, SIGHUP };

/* Until it is another program a signal would meet our handler, and be lost. */
static void die_of_signals(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(ends); i++)
		signal(ends[i], SIG_DFL);
	if (archive_interrupted)
		raise(SIGTERM);
}

static void __attribute__((noreturn)) child(char *const argv[], int out, bool mounts, pid_t parent)
{
	die_of_signals();
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

/* Until @pid, of @pidfd, has ended; what ends us ends it: a signal to us the terminal passes, but
 * not what comes by kill. Blocked but for the wait itself, none can come unseen before that. */
static void pass_signals(pid_t pid, int pidfd)
{
	struct pollfd p = { .fd = pidfd, .events = POLLIN };
	sigset_t blocked, before;
	int n;

	sigemptyset(&blocked);
	for (size_t i = 0; i < ARRAY_SIZE(ends); i++)
		sigaddset(&blocked, ends[i]);
	sigprocmask(SIG_BLOCK, &blocked, &before);
	do {
		if (archive_interrupted)
			kill(pid, SIGTERM);
		n = ppoll(&p, 1, NULL, &before);
	} while (n < 0 && errno == EINTR);
	sigprocmask(SIG_SETMASK, &before, NULL);
}

/* Its exit status, 128 + its signal. */
static int wait_for(pid_t pid)
{
	cleanup_close int pidfd = pidfd_open(pid, 0);
	int status;

	/* What cannot be watched is not let run, and so fails. */
	if (pidfd < 0)
		kill(pid, SIGTERM);
	else
		pass_signals(pid, pidfd);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
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
