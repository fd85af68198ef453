/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a file of a cgroup says, without opening it: its show function, which the
 * controller's table of files names, is called on a seq_file of ours. So it does not
 * matter where the hierarchy is mounted, what is mounted over it and who asks.
 *
 * A show function finds the cgroup by the file's kernfs node and its parent. We hand it
 * two nodes of our own. The kernel keeps the controller's state (css) in place by an
 * active reference to the real node; we do by a reference to the state.
 */
#ifndef VZLITE_CGROUP_FILE_H
#define VZLITE_CGROUP_FILE_H

#include <linux/cgroup.h>

enum vz_cgroup_file {
	VZ_FILE_CPU_STAT,
	VZ_FILE_CPU_MAX,
	VZ_FILE_CPUS_EFFECTIVE,
	VZ_FILE_MEMORY_STAT,
	VZ_FILE_IO_STAT,
	VZ_FILE_CPU_PRESSURE,
	VZ_FILE_MEMORY_PRESSURE,
	VZ_FILE_IO_PRESSURE,
	VZ_FILE_IRQ_PRESSURE,
};

/*
 * The text of @file of @cgroup, which the caller keeps, into @text, with a NUL at its
 * end. Its length; -ENOENT when the cgroup does not have the controller, or the kernel
 * not the file; -E2BIG when @size is too small; -ENOMEM; or the show function's error.
 * Sleeps.
 */
ssize_t vz_cgroup_file_read(struct cgroup *cgroup, enum vz_cgroup_file file, char *text,
			    size_t size);

#endif
