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
	size_t bind_count;
	int binds[BINDS_MAX];	/* detached mounts, of c->binds */
};
#define ROOTFS_NONE { .upper = -1, .work = -1, .mapped = -1 }

/* The parts of it, for who mounts the root elsewhere (mounted.h). *@fd is the layer or
 * tree at @path, not through a link; */
int __must_check rootfs_open_layer(const struct container *c, const char *path, int *fd);
/* the overlay, detached, of @r's upper and work, each in a mount of the caller's namespace, and @lower. */
int __must_check rootfs_overlay(const struct container *c, const struct rootfs *r, int lower, int *fd);
/* Attach the detached @mount to a place in the caller's mount namespace, its own, that it can do without. */
int __must_check rootfs_stage(const struct container *c, int mount);

/* For the caller of the container: *@fd is the detached mount with the ids of the user
 * namespace @userns. */
int __must_check rootfs_map(const struct container *c, int userns, int *fd);

/* In the container, while it still is the host's root by uid: open what only
 * that may reach. */
int __must_check rootfs_open(const struct container *c, struct rootfs *r);
/* Then as the container's root: mount, and make it "/". */
int __must_check rootfs_enter(const struct container *c, struct rootfs *r);
/* Before a path of the container is used, or a program of it runs: by a link to
 * /proc/self/fd it would lead through these directories to all of the host. */
void rootfs_close(struct rootfs *r);

#endif
