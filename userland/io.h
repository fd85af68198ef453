/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How much a VE may read from and write to disks: io.max of its cgroup, which throttles, by
 * device, and io.weight, which shares. The disks are those that hold its files: its
 * private area, its template, what is bound into it, and disks of DEVNODES. A limit holds for
 * each disk, and for reading and writing each.
 *
 *   IOLIMIT="10485760"  bytes per second, or with K, M, G; the option's plain number is
 *                       MiB. 0 and "unlimited" are none; less than a page counts as one,
 *                       as a VE would else not even start.
 *   IOPSLIMIT="500"     operations per second, 0 for none
 *   IOPRIO="4"          0 .. 7, 4 when not set: Virtuozzo's weights, of which 4's is the
 *                       kernel's default. Means something on disks with the scheduler bfq
 *                       or with io.cost only.
 */
#ifndef VZLITE_IO_H
#define VZLITE_IO_H

#include "config.h"

/* As IOLIMIT. */
bool io_limit_valid(const char *text);
/* --iolimit: MiB to bytes (as setting.h's change). */
const char *io_limit_change(const char *now, const char *given, char **out, char *reason,
			    size_t size);
/* What @c says, 0 for no limit; the weight is 1 .. 10000. */
uint64_t io_limit_bytes(const struct config *c);
uint64_t io_limit_operations(const struct config *c);
#define IO_WEIGHT 100	/* the kernel's default */
unsigned int io_weight(const struct config *c);

static inline bool io_wanted(const struct config *c)
{
	return c->iolimit || c->iopslimit != CONFIG_UNSET;
}

/* EXIT_SET_IO, with a line, when a limit is wanted and the private area of @c, or where it
 * would be, is on no disk that could have one. */
int __must_check io_check(const struct config *c);

/*
 * Write @limit ("rbps=4096 wbps=4096") for each disk to io.max of the cgroup @dir, and @none
 * for each other that has a line there; @limit NULL: for all that have. @fresh: there
 * are no lines.
 */
int __must_check io_write(const struct config *c, int dir, const char *limit, const char *none,
			  bool fresh);
/* Make the lines those of @saved, as io.max read, and @none for what is not among them.
 * -1 with errno. */
int __must_check io_restore(int dir, const char *saved, const char *none);

/* For tests: another place than /sys/dev/block. */
void io_set_sysfs(const char *dir);
/* The whole disk of the device @major:@minor, "8:0"; false when it is none. */
bool io_disk(unsigned int major, unsigned int minor, char disk[32]);

#endif
