// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the kernel never lets go of, once a VE's program has set it up so; with it would stay its
 * namespaces, all in them, whatever the VE is charged for there, and so its zombie and the module:
 *
 * mq_notify(2): the owner of a notification, his user namespace and, with SIGEV_THREAD, a netlink
 * socket with its network are let go when he closes the queue. Who has his descriptors by
 * CLONE_FILES can end without closing one, and the end of a queue asks for no owner. EPERM; VEs of
 * vzlite's own have no such call at all. (x32, which Debian's kernels do not have unless told so, has
 * a way of its own, past this.)
 *
 * net.mptcp.close_timeout (not on 6.1), a minute by itself: so long an MPTCP socket waits for its
 * peer when it is closed, and charge/orphan.c for its TCP sockets. Not a VE's to set: EPERM.
 *
 * binfmt_misc, of which each user namespace has its own from 6.7 on, where a host has it loaded: by
 * the flag F it keeps its interpreter open, which may lie on an overlay that has this file system
 * for a layer. There is no such file system for a VE: ENODEV.
 */
#include <linux/ptrace.h>
#include <linux/string.h>
#include <linux/sysctl.h>

#include "hook_direct.h"
#include "host.h"

static int notify(unsigned long notification)
{
	/* Without one it takes back. */
	return notification && vz_host_by_tenant() ? -EPERM : 0;
}

/* (registers), of the system call. */
VZ_HANDLER(vz_host_notify)
{
	const struct pt_regs *regs = arg0;

	return notify(regs->si);
}
VZ_REFUSER_IF(VZ_UNLESS_HOST, vz_host_notify, 1);

#ifdef CONFIG_IA32_EMULATION
/* The same, called the way of 32 bits. */
VZ_HANDLER(vz_host_notify32)
{
	const struct pt_regs *regs = arg0;

	return notify((u32)regs->cx);
}
VZ_REFUSER_IF(VZ_UNLESS_HOST, vz_host_notify32, 1);
#endif

/* (table, write, buffer, length, position), of a sysctl that is in seconds */
VZ_HANDLER(vz_host_timeout)
{
	const struct ctl_table *table = arg0;

	return (int)(unsigned long)arg1 && !strcmp(table->procname, "close_timeout") &&
	       vz_host_by_tenant() ? -EPERM : 0;
}
VZ_REFUSER_IF(VZ_UNLESS_HOST, vz_host_timeout, 5);

/* (name), of a file system */
VZ_HANDLER(vz_host_file_system)
{
	return !strcmp(arg0, "binfmt_misc") && vz_host_by_tenant() ? VZ_REFUSE_NULL : 0;
}
VZ_REFUSER_IF(VZ_UNLESS_HOST, vz_host_file_system, 1);
