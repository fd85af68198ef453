/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One convention for every error: one line on stderr, made where it happens:
 *   vzlite: <operation> <object>: <reason>
 * Functions that can fail print that line themselves, exactly once, and return
 * an enum exitcode > 0 (or NULL/-1 where a pointer or fd is returned, the line
 * printed all the same); callers only pass the status on.
 */
#ifndef VZLITE_ERROR_H
#define VZLITE_ERROR_H

#include "exitcode.h"
#include "util.h"

/* For a line of EXIT_NOT_RUNNING where the VE ran a moment ago; else config_not_running(). */
#define JUST_STOPPED "the VE has just stopped"

/* The command that runs, "start": set once by the dispatcher, for the lines of
 * leaves that serve several commands. */
extern const char *operation;

/* Print "vzlite: " fmt "\n" and return @status. */
int fail(enum exitcode status, const char *fmt, ...) __printf(2, 3) __cold;

/* Print "vzlite: " fmt ": " strerror(errno) "\n" and return @status; errno
 * ENOSPC and EDQUOT turn EXIT_SYSTEM into EXIT_DISK_FULL, EPERM and EACCES into
 * EXIT_NO_PERMISSION, ENOMEM into EXIT_NO_RESOURCES. errno is kept. */
int fail_errno(enum exitcode status, const char *fmt, ...) __printf(2, 3) __cold;

/* Out of memory: the line, and EXIT_NO_RESOURCES. */
int fail_memory(void) __cold;

/* @fmt to stderr in one write, as it is. A reader that is gone does not end us. */
void error_print(const char *fmt, ...) __printf(1, 2);

/*
 * Who has a lock of all must not wait for who does not read its standard error, a terminal after ^S, a full
 * pipe: from error_keep() on lines are kept, until error_tell() writes them. One that is killed has said
 * nothing; of very many the last are counted only.
 */
void error_keep(void);
void error_tell(void);

extern int verbosity;		/* -1 (--quiet: warn() says nothing), 0, 1 .. (--verbose) */
/* A line for a person: "vzlite: " fmt on stderr, not an error. */
void warn(const char *fmt, ...) __printf(1, 2) __cold;

#endif
