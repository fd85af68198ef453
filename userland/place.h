/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where something is put below a container's new root, which may be a tenant's tree: no
 * symbolic link is followed, and nothing leads out of it. All print nothing.
 */
#ifndef VZLITE_PLACE_H
#define VZLITE_PLACE_H

#include <limits.h>

#include "util.h"

/* The directory that the last target or link was in: the next is often there, too. */
struct place {
	int root;		/* the caller's */
	int dir;
	char path[PATH_MAX];
};
#define PLACE_AT(fd) { .root = (fd), .dir = -1 }

/* Go to where @path is, making directories that are missing; its last component, or NULL
 * with errno. */
const char *place_go(struct place *p, const char *path);
/* The place to mount on, @path: a directory, or a file for what is none; made when it is
 * missing. A descriptor, or -1 with errno. */
int place_target(struct place *p, const char *path, bool directory);
void place_close(struct place *p);

#endif
