/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What of the host no VE may change or use up, whether it has views or not: handlers that
 * refuse, with EPERM where nothing else is said. A kernel where they cannot be hooked is told of
 * as one without the view "host", "threads", "moves" or "log".
 */
#ifndef VZLITE_HOST_H
#define VZLITE_HOST_H

#include <linux/atomic.h>
#include <linux/fs.h>

#include "hook.h"
#include "rate.h"

VZ_HANDLER(vz_host_autoload);		/* (wait, format, ...) */
void vz_host_autoload_direct(void);
VZ_HANDLER(vz_host_lwtunnel);		/* (ctl_table, write, buffer, length, position) */
void vz_host_lwtunnel_direct(void);
VZ_HANDLER(vz_host_link);		/* (net, ifname, name_assign_type, rtnl_link_ops, attributes, ...) */
void vz_host_link_direct(void);
VZ_HANDLER(vz_host_notify);		/* (registers) of mq_notify(2) */
void vz_host_notify_direct(void);
VZ_HANDLER(vz_host_notify32);		/* the same, of 32 bits */
void vz_host_notify32_direct(void);
VZ_HANDLER(vz_host_timeout);		/* (ctl_table, write, buffer, length, position) */
void vz_host_timeout_direct(void);
VZ_HANDLER(vz_host_file_system);	/* (name), of a file system that is to be mounted; NULL */
void vz_host_file_system_direct(void);
VZ_HANDLER(vz_host_napi);		/* (napi), which is to have a thread */
void vz_host_napi_direct(void);
VZ_HANDLER(vz_host_workqueue);		/* (workqueue), a new one; ENOMEM */
void vz_host_workqueue_direct(void);
VZ_HANDLER(vz_host_workqueue_end);	/* (workqueue) */
void vz_host_workqueue_end_direct(void);
VZ_HANDLER(vz_host_memcg);		/* (parent), of a new memory cgroup; ENOSPC. cgroup_mutex is held */
void vz_host_memcg_direct(void);

/* host_shared.c */
VZ_HANDLER(vz_host_policy);		/* (policies, mapping, policy) */
void vz_host_policy_direct(void);
VZ_HANDLER(vz_host_acl);		/* (idmap, dentry, type, acl); ENOSPC */
void vz_host_acl_direct(void);
VZ_HANDLER(vz_host_dnotify);		/* (fd, file, mask); EINVAL */
void vz_host_dnotify_direct(void);
VZ_HANDLER(vz_host_watch);		/* (path, mask, type); ENOSPC */
void vz_host_watch_direct(void);

/* host_moves.c */
VZ_HANDLER(vz_host_move);		/* (...); EAGAIN */
void vz_host_move_direct(void);
/* Current moves a thread. Preemption is off. */
void vz_host_moved(void);

/* host_log.c */
VZ_HANDLER(vz_host_print);		/* (facility, level, device, format, arguments); 0 */
void vz_host_print_direct(void);

/* In each struct vz_ve. */
struct vz_printed {
	struct vz_rate lines[2];
	atomic_t left_out;
	unsigned long told;		/* jiffies */
};

struct vz_ve;
void vz_host_print_init(struct vz_printed *printed);
/* In the log: how much @ve was refused, if that was not told of late, or this is the @last time.
 * The caller keeps @ve. */
void vz_host_print_tell(struct vz_ve *ve, bool last);

/* Is current in a VE whose root is not the host's? Any context of a task. */
bool vz_host_by_tenant(void);

/* Of a character device: the rest of the below. */
bool vz_host_device_is_shared(const struct inode *inode);
/* Is it one of the host's devices that each VE has? */
static inline bool vz_host_is_shared(const struct inode *inode)
{
	return unlikely(S_ISCHR(inode->i_mode)) && vz_host_device_is_shared(inode);
}

#endif
