// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

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
