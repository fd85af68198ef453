/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Limits as files of a cgroup directory; see cgroup.h for which. */
#ifndef VZLITE_CGROUP_LIMITS_H
#define VZLITE_CGROUP_LIMITS_H

#include "config.h"

/* Write @text to the file @name of the directory @dir. -1 with errno. */
int cgroup_write(int dir, const char *name, const char *text);

/* @fresh: the directory is new, so that the kernel's defaults need not be written. */
int __must_check cgroup_write_limits(const struct config *c, int dir, bool fresh);

#endif
