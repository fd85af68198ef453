/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Kernel threads and the root directory of the first process: they shared it until
 * they were given an empty one of their own, and this to borrow it for a block.
 */
#ifndef VZLITE_COMPAT_INIT_FS_H
#define VZLITE_COMPAT_INIT_FS_H

#include <linux/fs_struct.h>

#ifndef scoped_with_init_fs
#define scoped_with_init_fs()
#endif

#endif
