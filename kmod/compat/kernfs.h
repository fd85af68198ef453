/* SPDX-License-Identifier: GPL-2.0-only */
/* Nodes of kernfs: the parent's pointer has become one of RCU's. */
#ifndef VZLITE_COMPAT_KERNFS_H
#define VZLITE_COMPAT_KERNFS_H

#include <linux/kernfs.h>
#include <linux/version.h>

/* For a node that nobody else sees. */
static inline void vz_kernfs_set_parent(struct kernfs_node *node, struct kernfs_node *parent)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 15, 0)
	node->parent = parent;
#else
	RCU_INIT_POINTER(node->__parent, parent);
#endif
}

#endif
