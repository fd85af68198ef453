// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>

#include "error.h"

const char *operation = "vzlite";

#define KEPT_SIZE 65536

static char *kept;		/* NULL: lines are written at once */
static size_t kept_used, kept_not;

/* Whole or not at all. */
static void keep(const char *fmt, va_list args)
{
	size_t room = KEPT_SIZE - kept_used;
	int n = vsnprintf(kept + kept_used, room, fmt, args);

	if (n >= 0 && (size_t)n < room) {
		kept_used += n;
		return;
	}
	kept[kept_used] = '\0';
	kept_not++;
}

void error_keep(void)
{
	/* Without memory they are written at once. */
	kept = calloc(1, KEPT_SIZE);
	kept_used = 0;
	kept_not = 0;
}

void error_tell(void)
{
	cleanup_free char *text = steal_ptr(kept);
	const char *end;

	for (const char *p = text; p && *p; p = end) {
		end = strchrnul(p, '\n');
		end += *end == '\n';
		error_print("%.*s", (int)(end - p), p);
	}
	if (text && kept_not)
		error_print("vzlite: %s: %zu lines more\n", operation, kept_not);
}

void error_print(const char *fmt, ...)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN }, before;
	va_list args;

	if (kept) {
		va_start(args, fmt);
		keep(fmt, args);
		va_end(args);
		return;
	}
	/* A reader that is gone must not end us before we have put things right. */
	sigaction(SIGPIPE, &ignore, &before);
	va_start(args, fmt);
	vdprintf(STDERR_FILENO, fmt, args);
	va_end(args);
	sigaction(SIGPIPE, &before, NULL);
}

static void line(const char *fmt, va_list args, const char *reason)
{
	char text[2048];
	int n = vsnprintf(text, sizeof(text), fmt, args);

	if (n < 0)
		text[0] = '\0';
	/* One write a line, so that lines of two processes do not mix. What came
	 * from a file or an argument must not move a terminal's cursor; bytes above
	 * ASCII hold a second set of controls. */
	for (char *p = text; *p; p++)
		if ((unsigned char)*p < ' ' || (unsigned char)*p >= 0x7f)
			*p = '?';
	if (reason)
		error_print("vzlite: %s: %s\n", text, reason);
	else
		error_print("vzlite: %s\n", text);
}

int fail(enum exitcode status, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	line(fmt, args, NULL);
	va_end(args);
	return status;
}

static enum exitcode refine(enum exitcode status, int err)
{
	if (status != EXIT_SYSTEM)
		return status;
	switch (err) {
	case ENOSPC:
	case EDQUOT:
		return EXIT_DISK_FULL;
	case EPERM:
	case EACCES:
		return EXIT_NO_PERMISSION;
	case ENOMEM:
		return EXIT_NO_RESOURCES;
	default:
		return status;
	}
}

int fail_errno(enum exitcode status, const char *fmt, ...)
{
	int err = errno;
	va_list args;

	va_start(args, fmt);
	line(fmt, args, strerror(err));
	va_end(args);
	errno = err;
	return refine(status, err);
}

int fail_memory(void)
{
	return fail(EXIT_NO_RESOURCES, "%s: out of memory", operation);
}

int verbosity;

void warn(const char *fmt, ...)
{
	va_list args;

	if (verbosity < 0)
		return;
	va_start(args, fmt);
	line(fmt, args, NULL);
	va_end(args);
}
