/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Devices of a VE. All have null, zero, full, random, urandom, tty and their own ptys; the
 * features fuse and tun and DEVNODES of the configuration add others, which are in its /dev
 * as nodes of its own, owned by its root:
 *   DEVNODES="net/tun:rw sdb:r"    names below /dev, r, w (and OpenVZ's q, which does nothing)
 * From the next start on.
 */
#ifndef VZLITE_DEVICE_H
#define VZLITE_DEVICE_H

#include "config.h"
#include "container.h"

#define DEVNODES_MAX 24
#define DEVNODES_TEXT 2304

struct devnode {
	char *name;		/* below /dev */
	bool read, write;	/* neither: "none" */
};

/* Each of @list (NULL: none), names in @text. How many, or -1. */
int devnodes_parse(const char *list, char text[DEVNODES_TEXT], struct devnode nodes[DEVNODES_MAX]);
bool devnodes_valid(const char *list);
/* As setting.h's change: nodes of @given, each in the place of one of its name; "none" takes
 * it away. */
const char *devnodes_change(const char *list, const char *given, char **out, char *reason,
			    size_t size);

/* What @c adds to the others, as binds, with targets in @text. How many, or -1 with a line
 * when the host has no such device, or one that no VE may have. */
int devices_binds(const struct config *c, char text[DEVNODES_TEXT], struct bind *binds);
/* Are all there? */
int __must_check devices_check(const struct config *c);
/* Before a process is in @cgroup, the VE's: let no device be opened but its own, where that
 * is not so anyway. */
int __must_check devices_confine(const struct config *c, int cgroup);

#endif
