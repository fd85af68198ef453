// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "config.h"
#include "error.h"
#include "program.h"
#include "syscalls.h"

/* Only root may write to it, or put something else in its place. */
static bool roots_own(const struct stat *st)
{
	return !st->st_uid && !(st->st_mode & (S_IWGRP | S_IWOTH));
}

const char *program_check(const char *path, char *reason, size_t size)
{
	char real[PATH_MAX], *slash;
	struct stat st;

	if (!realpath(path, real) || stat(real, &st)) {
		snprintf(reason, size, "%.80s: %s", path, strerror(errno));
		return reason;
	}
	if (strcmp(path, real)) {
		snprintf(reason, size, "%.80s is another name of %.80s", path, real);
		return reason;
	}
	if (!S_ISREG(st.st_mode) || !(st.st_mode & 0111)) {
		snprintf(reason, size, "%.80s is no program", path);
		return reason;
	}
	while (roots_own(&st)) {
		slash = strrchr(real, '/');
		if (!slash)
			return NULL;
		*slash = '\0';
		/* The root itself is the last to be looked at. */
		if (stat(slash == real ? "/" : real, &st)) {
			snprintf(reason, size, "%.80s: %s", real, strerror(errno));
			return reason;
		}
	}
	snprintf(reason, size, "%.80s is owned or writable by others than root",
		 *real ? real : "/");
	return reason;
}

int program_become(uint32_t ctid, const char *path, char *const *env)
{
	char reason[256], *argv[] = { (char *)path, NULL };
	const char *why = program_check(path, reason, sizeof(reason));
	int null;

	if (why)
		return fail(EXIT_BAD_VALUE, "%s %u: run %s: %s", operation, ctid, path, why);
	null = open("/dev/null", O_RDONLY);
	if (null < 0 || dup2(null, 0) < 0 || chdir("/"))
		return fail_errno(EXIT_SYSTEM, "%s %u: run %s", operation, ctid, path);
	/* At the exec: who has to be told that there was none still hears it. */
	sys_cloexec_from(3);
	execve(path, argv, env);
	return fail_errno(EXIT_SYSTEM, "%s %u: run %s", operation, ctid, path);
}

/* In a process of its own. @told: one byte goes there when it could not become the
 * script, and has said so. */
static _Noreturn void become(uint32_t ctid, const char *path, int told)
{
	char id[32], file[PATH_MAX + 16], conf[PATH_MAX];
	char *env[] = { id, file, PROGRAM_PATH, NULL };

	config_path(conf, ctid);
	snprintf(id, sizeof(id), "VEID=%u", ctid);
	snprintf(file, sizeof(file), "VE_CONFFILE=%s", conf);
	if (program_become(ctid, path, env) && write(told, "", 1) != 1)
		warn("%s %u: %s", operation, ctid, path);
	_exit(127);
}

/* One script, which is there. */
static int run(uint32_t ctid, const char *path)
{
	cleanup_close int told = -1;
	int pair[2], status;
	char byte;
	pid_t pid;

	if (pipe2(pair, O_CLOEXEC))
		return fail_errno(EXIT_SYSTEM, "%s %u: make a pipe", operation, ctid);
	told = pair[0];
	pid = fork();
	if (!pid)
		become(ctid, path, pair[1]);
	close(pair[1]);
	if (pid < 0)
		return fail_errno(EXIT_SYSTEM, "%s %u: fork", operation, ctid);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return fail_errno(EXIT_SYSTEM, "%s %u: wait for %s", operation, ctid, path);
	if (read(told, &byte, 1) == 1)
		return EXIT_ACTION_SCRIPT;
	if (WIFSIGNALED(status))
		return fail(EXIT_ACTION_SCRIPT, "%s %u: %s died of signal %d", operation, ctid, path,
			    WTERMSIG(status));
	return WEXITSTATUS(status) ? fail(EXIT_ACTION_SCRIPT, "%s %u: %s failed with status %d", operation,
					  ctid, path, WEXITSTATUS(status)) : 0;
}

int action_run(uint32_t ctid, const char *action)
{
	char dir[PATH_MAX], path[PATH_MAX + 32], own[16];
	const char *const whose[] = { "vps", own };
	int status = 0;

	config_dir(dir, false);
	snprintf(own, sizeof(own), "%u", ctid);
	for (size_t i = 0; !status && i < ARRAY_SIZE(whose); i++) {
		snprintf(path, sizeof(path), "%s/%s.%s", dir, whose[i], action);
		if (!access(path, F_OK))
			status = run(ctid, path);
	}
	return status;
}
