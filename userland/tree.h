/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Directory trees that somebody else has filled. */
#ifndef VZLITE_TREE_H
#define VZLITE_TREE_H

#include "error.h"

/*
 * Remove @dirfd/@name and all below it. Goes by descriptors and follows no
 * symbolic link and enters no mount; depth costs neither stack nor descriptors. Absent is no error.
 * May be killed and called again. Prints with @where, the name of @dirfd.
 */
int __must_check tree_remove(int dirfd, const char *where, const char *name);

#endif
