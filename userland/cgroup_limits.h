/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Limits as files of a cgroup directory; see cgroup.h for what is in them. */
#ifndef VZLITE_CGROUP_LIMITS_H
#define VZLITE_CGROUP_LIMITS_H

#include "config.h"

enum cgroup_limit {
	CGROUP_MEMORY_HIGH, CGROUP_MEMORY, CGROUP_SWAP, CGROUP_MEMORY_LOW, CGROUP_MEMORY_MIN,
	CGROUP_CPU_WEIGHT, CGROUP_CPU_MAX, CGROUP_IO_BYTES, CGROUP_IO_OPERATIONS, CGROUP_IO_WEIGHT,
	CGROUP_BFQ_WEIGHT, CGROUP_CPUSET, CGROUP_LIMITS,
};
#define CGROUP_ALL ((1U << CGROUP_LIMITS) - 1)

/* Those that @resource has, 0 when none. */
unsigned int cgroup_limits_of(enum vzlite_resource resource);

/* OpenVZ's words for no mask: all, and auto. */
bool cpumask_all(const char *mask);

/* Write @text to the file @name of the directory @dir. -1 with errno. */
int cgroup_write(int dir, const char *name, const char *text);

/* Write those of @which (1 << CGROUP_*). @fresh: the directory is new, so that the
 * kernel's defaults need not be written. */
int __must_check cgroup_write_limits(const struct config *c, int dir, unsigned int which,
				     bool fresh);

/* What was there, to be put back. */
struct cgroup_saved {
	unsigned int which;	/* which of them there are */
	char text[CGROUP_LIMITS][4096];
};

/* Read those of @which. A file that is missing is not remembered: see cgroup_write_limits. */
int __must_check cgroup_save_limits(uint32_t ctid, int dir, unsigned int which,
				    struct cgroup_saved *s);
int __must_check cgroup_restore_limits(uint32_t ctid, int dir, const struct cgroup_saved *s);

#endif
