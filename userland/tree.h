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
/* The same while @go_on, which is asked before each entry, says so. -1 without a line when not: what is
 * left is removed when called again, which goes down to it first. */
int __must_check tree_remove_while(int dirfd, const char *where, const char *name, bool (*go_on)(void));

#endif
