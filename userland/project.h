/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Projects, as ext4 and XFS have them: the number that a file bears, by which its disk quota
 * is counted. A directory hands its own on to what is made in it.
 */
#ifndef VZLITE_PROJECT_H
#define VZLITE_PROJECT_H

#include <stdbool.h>
#include <stdint.h>

#include "error.h"

/* Give the file @fd to @project, and, if it is a directory, what will be made in it. -1 with errno. */
int project_give(int fd, uint32_t project);

/* Is @fd, a directory, of @project, and what is made in it? */
bool project_has(int fd, uint32_t project);

/*
 * Give the directory @fd, named @where, and all below it to @project: itself last, so that
 * project_has() tells whether that was done to its end. May be killed and called again. Nobody else
 * may be at work in it. Only directories and regular files bear a project that can be changed: of
 * others an inode each is not counted. No symbolic link is followed, no mount entered; depth costs
 * neither stack nor descriptors. Prints.
 */
int __must_check project_give_tree(int fd, const char *where, uint32_t project);

#endif
