/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The root file system, made by the container's own first process in its own
 * mount namespace. Everything below the root is reached through descriptors and
 * without following a symbolic link: the tree may be a tenant's work.
 */
#ifndef VZLITE_ROOTFS_H
#define VZLITE_ROOTFS_H

#include "container.h"

struct rootfs {
	int upper, work;	/* the overlay's, when there is one */
	int mapped;		/* detached mount of lower or tree with ids mapped */
};
#define ROOTFS_NONE { .upper = -1, .work = -1, .mapped = -1 }

/* For the caller of the container: the detached mount with the ids of the user
 * namespace @userns. -1 with a line. */
int rootfs_map(const struct container *c, int userns);

/* In the container, while it still is the host's root by uid: open what only
 * that may reach. */
int __must_check rootfs_open(const struct container *c, struct rootfs *r);
/* Then as the container's root: mount, and make it "/". */
int __must_check rootfs_enter(const struct container *c, struct rootfs *r);
/* Before a path of the container is used, or a program of it runs: by a link to
 * /proc/self/fd it would lead through these directories to all of the host. */
void rootfs_close(struct rootfs *r);

#endif
