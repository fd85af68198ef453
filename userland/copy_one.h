/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For copy.c: one file of a tree, with all that belongs to it. */
#ifndef VZLITE_COPY_ONE_H
#define VZLITE_COPY_ONE_H

#include <sys/stat.h>

#include "error.h"

struct copy;

/* The line of what is being copied; EXIT_SYSTEM or what errno makes of it. */
int copy_failed(const struct copy *k, const char *what);

int __must_check copy_attributes(const struct copy *k, int from, int to, const struct stat *st);
/* A regular file; or a symbolic link, a pipe, a socket, a whiteout. */
int __must_check copy_file(const struct copy *k, int from_dir, int to_dir, const char *name);
int __must_check copy_special(const struct copy *k, int from_dir, int to_dir, const char *name);

#endif
