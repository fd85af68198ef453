/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Other programs, run without a shell. */
#ifndef VZLITE_TEMPLATE_RUN_H
#define VZLITE_TEMPLATE_RUN_H

#include "error.h"

/* Run argv[0], found by PATH, in a mount namespace of its own. 0 when it ended
 * with 0, else EXIT_CREATE_FAILED with a line. @package: where to get it. */
int __must_check run_program(char *const argv[], const char *package);

/* The same; what it prints to stdout, at most 1 MiB, is malloc'ed in *@text.
 * Nothing is printed when it fails: -1. */
int run_capture(char *const argv[], char **text);

#endif
