/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Limits as files of a cgroup directory; see cgroup.h for what is in them. */
#ifndef VZLITE_CGROUP_LIMITS_H
#define VZLITE_CGROUP_LIMITS_H

#include "config.h"

/* In the order in which they are written: room to swap to comes before less memory. */
enum cgroup_limit {
	CGROUP_SWAP, CGROUP_MEMORY, CGROUP_MEMORY_HIGH, CGROUP_MEMORY_LOW, CGROUP_MEMORY_MIN,
	CGROUP_CPU_WEIGHT, CGROUP_CPU_MAX, CGROUP_IO_BYTES, CGROUP_IO_OPERATIONS, CGROUP_IO_WEIGHT,
	CGROUP_BFQ_WEIGHT, CGROUP_CPUSET, CGROUP_LIMITS,
};
#define CGROUP_ALL ((1U << CGROUP_LIMITS) - 1)
#define CGROUP_TEXT 4096	/* what one of their files holds of ours */

/* Those that @resource has, 0 when none. */
unsigned int cgroup_limits_of(enum vzlite_resource resource);

/* Write @text to the file @name of the directory @dir. -1 with errno. */
int cgroup_write(int dir, const char *name, const char *text);

/* Write those of @which (1 << CGROUP_*). @fresh: the directory is new, so that the
 * kernel's defaults need not be written. EXIT_NO_RESOURCES, and memory's is not written, when
 * more than it is to be cannot be reclaimed: the kernel would kill for it. */
int __must_check cgroup_write_limits(const struct config *c, int dir, unsigned int which,
				     bool fresh);

/* What @which, a weight or a guarantee, is to be by @c. False: it is the kernel's default. */
bool cgroup_limit_text(const struct config *c, enum cgroup_limit which, char text[CGROUP_TEXT]);

/* What was there, to be put back. */
struct cgroup_saved {
	unsigned int which;	/* which of them there are */
	char text[CGROUP_LIMITS][CGROUP_TEXT];
};

/* Read those of @which. A file that is missing is not remembered: see cgroup_write_limits. */
int __must_check cgroup_save_limits(uint32_t ctid, int dir, unsigned int which,
				    struct cgroup_saved *s);
int __must_check cgroup_restore_limits(uint32_t ctid, int dir, const struct cgroup_saved *s);

#endif
