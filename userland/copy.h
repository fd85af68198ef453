/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copying a directory tree whole. */
#ifndef VZLITE_COPY_H
#define VZLITE_COPY_H

#include "error.h"

/*
 * Copy the directory @from to @dir/@name, which must not exist: owners, modes,
 * times, extended attributes of files and directories, hard links and holes are kept, data is
 * shared where the file system can, and whiteouts of an overlay are such. Device nodes are left
 * out: one in a VE's tree would be one that its root can open. The tree may be of any depth. Fails
 * where something is mounted below @from, and before it takes the room that is kept for root. Prints
 * with @where, the name of @dir.
 */
int __must_check tree_copy(int from, int dir, const char *name, const char *where);

/* Is @fd what is mounted there? */
bool tree_mounted(int fd);

#endif
