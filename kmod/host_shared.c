// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a VE's program does to something that it shares with others, or has for so little that the
 * kernel charges nobody (host.h):
 *
 * Policies of NUMA for parts of a shared file (mbind): 330 bytes each, which stay while the file
 * does, and touch no page. EPERM; VEs of vzlite's own have no mbind(2) at all. What a tmpfs that
 * is mounted with "mpol=" gives each of its files is one, beside what the file itself is charged.
 *
 * Setting ACLs of more than ACL_ENTRIES_MAX entries: ENOSPC, as a disk's file system says. On a tmpfs one
 * can have 64 KB, and a directory two, of which each directory made in it gets a copy.
 *
 * The devices /dev/null, zero, full, random, urandom and tty, and by features fuse and net/tun,
 * are the host's own files in each VE.
 * Who locks one has every close by anybody look through his locks: EPERM. Who watches one by
 * inotify or fanotify is told, in the time of who does it, when anybody uses it: ENOSPC, as
 * where there is no room for one more watch; `tail -f /dev/null` then looks by itself.
 *
 * Watches of before inotify (F_NOTIFY): each close of a directory looks through all that it has, by
 * one lock for all, and a program of a million descriptors takes hours to end. EINVAL, as where
 * fs.dir-notify-enable is 0.
 */
#include <linux/fs.h>
#include <linux/major.h>
#include <linux/posix_acl.h>
#include <linux/user_namespace.h>

#include "hook_direct.h"
#include "host.h"
#include "ve.h"

#define ACL_ENTRIES_MAX 128

bool vz_host_device_is_shared(const struct inode *inode)
{
	return inode->i_sb->s_user_ns == &init_user_ns &&
	       (imajor(inode) == MEM_MAJOR || imajor(inode) == TTYAUX_MAJOR || imajor(inode) == MISC_MAJOR);
}

/* (policies, mapping, policy) */
VZ_HANDLER(vz_host_policy)
{
	/* None: what was set goes. */
	return arg2 && vz_host_by_tenant() ? -EPERM : 0;
}
VZ_REFUSER_IF(VZ_UNLESS_HOST, vz_host_policy, 3);

/* (idmap, dentry, type, acl): the ACL may be NULL. */
VZ_HANDLER(vz_host_acl)
{
	const struct posix_acl *acl = arg3;

	return acl && unlikely(acl->a_count > ACL_ENTRIES_MAX) && vz_host_by_tenant() ? -ENOSPC : 0;
}
VZ_REFUSER_IF(VZ_UNLESS_HOST, vz_host_acl, 4);

/* (fd, file, mask); none takes back. */
VZ_HANDLER(vz_host_dnotify)
{
	return (u32)(unsigned long)arg2 & ~DN_MULTISHOT && vz_host_by_tenant() ? -EINVAL : 0;
}
VZ_REFUSER_IF(VZ_UNLESS_HOST, vz_host_dnotify, 3);

/* (path, mask, type) */
VZ_HANDLER(vz_host_watch)
{
	const struct path *path = arg0;

	return vz_host_is_shared(d_backing_inode(path->dentry)) && vz_host_by_tenant() ? -ENOSPC : 0;
}
VZ_REFUSER_IF(VZ_UNLESS_HOST, vz_host_watch, 3);
