/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What of the host is bound into a container (struct bind). Flags of a mount that a
 * container's own root has attached, that root can take away: "ro" would be a word. So these
 * are attached by the caller, in a mount namespace between the host's and the
 * container's, and locked by the kernel when the container's is copied from it, because
 * that belongs to another user namespace. It needs ids, which need the process: so the
 * process makes its mount namespace later than others do.
 */
#ifndef VZLITE_BIND_H
#define VZLITE_BIND_H

#include "container.h"

/* @path without following symbolic links, which on the way may be a tenant's. -1 with errno. */
int bind_source_open(const char *path);

/* For the caller of a container with binds, around the clone: enter the namespace between.
 * *@home leads back. */
int __must_check binds_begin(const struct container *c, int *home);
/* There: attach all, with the ids of the user namespace @userns. */
int __must_check binds_make(const struct container *c, int userns);
int __must_check binds_end(const struct container *c, int *home);

/* For the process, still the host's root by uid, in its own mount namespace now: detached
 * copies of all, with their flags locked. */
int __must_check binds_take(const struct container *c, int fds[BINDS_MAX]);

#endif
