/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copying a directory tree whole. */
#ifndef VZLITE_COPY_H
#define VZLITE_COPY_H

#include "error.h"

/*
 * Copy the directory @from to @dir/@name, which must not exist: owners, modes,
 * times, extended attributes, hard links and holes are kept, data is shared where
 * the file system can, and whiteouts of an overlay are such. Device nodes and sockets are left
 * out: a device in a VE's tree would be one that its root can open. Prints with @where, the name
 * of @dir.
 */
int __must_check tree_copy(int from, int dir, const char *name, const char *where);

#endif
