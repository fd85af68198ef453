/* SPDX-License-Identifier: GPL-2.0-only */
/* The memory controller: whether kernel memory is counted has had two names. */
#ifndef VZLITE_COMPAT_MEMCG_H
#define VZLITE_COMPAT_MEMCG_H

#include <linux/memcontrol.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 3, 0)
#define memcg_kmem_online() memcg_kmem_enabled()
#endif

#endif
