/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Commands that go on until somebody ends them (events, stats -w): a signal, a
 * reader of their output that has gone, or a time that is up are no errors to
 * them. What they print is whole lines, each written at once.
 */
#ifndef VZLITE_FOLLOW_H
#define VZLITE_FOLLOW_H

#include "error.h"

enum follow {
	FOLLOW_GO_ON,		/* there is something to read, or the line is out */
	FOLLOW_TIME_UP,
	FOLLOW_NO_READER,	/* whoever read standard output has gone */
	FOLLOW_FAILED,		/* its line is printed, and *@status is set */
};

/* From here on SIGINT and SIGTERM end the process with status 0, and SIGPIPE does
 * not. Call it before anything is opened: standard output must be open. */
int __must_check follow_begin(void);

/* Milliseconds of a clock that nobody sets. */
int64_t follow_now(void);

/* Wait until @fd (-1: none) can be read or follow_now() is @until (-1: never). */
enum follow follow_wait(int fd, int64_t until, int *status);

/* Wait until the process of @pidfd has ended or follow_now() is @until (-1: never). Has it? */
bool follow_ended(int pidfd, int64_t until);

/* Write to standard output. */
enum follow follow_print(const char *text, size_t len, int *status);

#endif
