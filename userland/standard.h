/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The standard streams, and the signal of children, as whoever called us has left them. */
#ifndef VZLITE_STANDARD_H
#define VZLITE_STANDARD_H

#include "error.h"

/* First of all in each program: SIGCHLD is not ignored, and what is closed of 0, 1 and 2
 * becomes a descriptor whose use fails as before. Else a file that we open would be it, and lines that
 * we print would go into that file. */
int __must_check standard_fill(void);

/* Last of all: @status, or, when all else went well, that of what could not be
 * written to standard output. */
int standard_finish(int status);

#endif
