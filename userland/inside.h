/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the first process of a container does between its birth and its program. */
#ifndef VZLITE_INSIDE_H
#define VZLITE_INSIDE_H

#include "container.h"
#include "syscalls.h"

/*
 * Namespaces that the process makes itself once it is the container's root. With
 * clone, the root of the cgroup namespace would be the caller's cgroup, and the
 * root directory of the ipc namespace's message queues the host root's.
 */
#define UNSHARED_INSIDE (CLONE_NEWCGROUP | CLONE_NEWIPC)

/* @channel: the process's end. Reports there; never returns. */
_Noreturn void inside_run(const struct container *description, int channel);

#endif
