// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
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

#define LINKS_MAX 40	/* as the kernel */

static const char *tell(char *reason, size_t size, const char *path, const char *why)
{
	snprintf(reason, size, "%.80s%s", *path ? path : "/", why);
	return reason;
}

static const char *tell_errno(char *reason, size_t size, const char *path)
{
	snprintf(reason, size, "%.80s: %s", path, strerror(errno));
	return reason;
}

/* Where @path leads, without links. No directory on the way, those of links too, lets anybody
 * but root turn it. NULL, or why not. */
static const char *walk(const char *path, char real[PATH_MAX], char *reason, size_t size)
{
	char rest[PATH_MAX], target[PATH_MAX], *part, *last;
	size_t len;
	int links = 0;
	struct stat st;

	*real = '\0';
	if (snprintf(rest, sizeof(rest), "%s", path) >= (int)sizeof(rest))
		return tell(reason, size, path, " is too long");
	for (part = rest; *(part += strspn(part, "/")); part += len) {
		ssize_t n;

		len = strcspn(part, "/");
		if (stat(*real ? real : "/", &st))
			return tell_errno(reason, size, path);
		if (!roots_own(&st))
			return tell(reason, size, real, " is owned or writable by others than root");
		if (len == 1 && part[0] == '.')
			continue;
		last = real + strlen(real);
		if (len == 2 && !memcmp(part, "..", 2)) {
			*(strrchr(real, '/') ?: last) = '\0';
			continue;
		}
		if (snprintf(last, PATH_MAX - (last - real), "/%.*s", (int)len, part) >= PATH_MAX - (last - real))
			return tell(reason, size, path, " is too long");
		n = readlink(real, target, sizeof(target) - 1);
		if (n < 0)
			continue;	/* what is not there shows in the end */
		target[n] = '\0';
		if (links++ == LINKS_MAX || n + strlen(part + len) >= sizeof(target))
			return tell(reason, size, path, " leads through too many links");
		*(*target == '/' ? real : last) = '\0';
		strcat(target, part + len);
		part = strcpy(rest, target);
		len = 0;
	}
	return NULL;
}

const char *program_check(const char *path, bool exact, char *reason, size_t size)
{
	char real[PATH_MAX];
	const char *why;
	struct stat st;

	if (exact && realpath(path, real) && strcmp(path, real)) {
		snprintf(reason, size, "%.80s is another name of %.80s", path, real);
		return reason;
	}
	why = walk(path, real, reason, size);
	if (why)
		return why;
	if (stat(real, &st))
		return tell_errno(reason, size, path);
	if (!S_ISREG(st.st_mode) || !(st.st_mode & 0111))
		return tell(reason, size, path, " is no program");
	return roots_own(&st) ? NULL :
	       tell(reason, size, real, " is owned or writable by others than root");
}

/* What a service has of its manager (OOMScoreAdjust=, SIGPIPE ignored), and we hold for ourselves, is
 * not for it. A rise above 0 was somebody's wish. */
static bool reset(void)
{
	cleanup_close int fd = open("/proc/self/oom_score_adj", O_RDWR | O_CLOEXEC);
	sigset_t none;
	char first;

	sigemptyset(&none);
	if (signal(SIGPIPE, SIG_DFL) == SIG_ERR || sigprocmask(SIG_SETMASK, &none, NULL))
		return false;
	return fd >= 0 && read(fd, &first, 1) == 1 && (first != '-' || pwrite(fd, "0", 1, 0) == 1);
}

int program_become(uint32_t ctid, const char *path, char *const *env)
{
	char reason[256], *argv[] = { (char *)path, NULL };
	const char *why = program_check(path, false, reason, sizeof(reason));
	int null;

	if (why)
		return fail(EXIT_BAD_VALUE, "%s %u: run %s: %s", operation, ctid, path, why);
	null = open("/dev/null", O_RDONLY);
	if (null < 0 || dup2(null, 0) < 0 || chdir("/") || !reset())
		return fail_errno(EXIT_SYSTEM, "%s %u: run %s", operation, ctid, path);
	/* At the exec: who has to be told that there was none still hears it. */
	sys_cloexec_from(3);
	execve(path, argv, env);
	return fail_errno(EXIT_SYSTEM, "%s %u: run %s", operation, ctid, path);
}
