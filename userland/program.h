/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Programs of the host's that run on behalf of a VE: what --on-limit names, and action scripts
 * (action.h). They must be files that only root can change.
 */
#ifndef VZLITE_PROGRAM_H
#define VZLITE_PROGRAM_H

#include "util.h"

#define PROGRAM_PATH "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/*
 * Is @path, which is absolute, a program that nobody but root can put another in place of? A
 * regular, executable file; it and each directory on the way to it, through links too, owned
 * by root and writable by nobody else. @exact: and named without links. NULL, or why not.
 * True when it was asked: who runs it asks again.
 */
const char *program_check(const char *path, bool exact, char *reason, size_t size);

/* Become @path, if that is such a program, with nothing of ours but standard output and
 * error. Returns only with an error, its line printed. */
int __must_check program_become(uint32_t ctid, const char *path, char *const *env);

#endif
