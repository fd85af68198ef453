// SPDX-License-Identifier: GPL-2.0-or-later
#include <limits.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>

#include "action.h"
#include "describe.h"
#include "disk_lift.h"
#include "error.h"
#include "mounted.h"
#include "rootfs.h"
#include "state.h"
#include "syscalls.h"
#include "userns.h"

#define BUSY_TRIES 10
#define BUSY_US 20000
#define FIRST_PIDNS 0xeffffffcU	/* inode of the initial pid namespace (linux/proc_ns.h) */

static int failed(const struct container *c, const char *what, const char *path)
{
	return fail_errno(EXIT_MOUNT_FAILED, "%s %s: %s %s", operation, c->id, what, path);
}

/* *@fd: a detached mount of the directory @path, which is not reached through a link. */
static int clone_tree(const struct container *c, const char *path, int *fd)
{
	cleanup_close int dir = -1;
	int status = rootfs_open_layer(c, path, &dir);

	if (status)
		return status;
	*fd = open_tree(dir, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH);
	return *fd < 0 ? failed(c, "open", path) : 0;
}

static int open_part(const struct container *c, int area, const char *path, int *fd)
{
	*fd = openat(area, strrchr(path, '/') + 1, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return *fd < 0 ? fail_errno(EXIT_NO_PRIVATE, "%s %s: open %s", operation, c->id, path) : 0;
}

/* The area, in which upper and work lie, with the ids of @userns. */
static int map_area(const struct container *c, int userns, struct rootfs *r)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_IDMAP, .propagation = MS_PRIVATE,
				   .userns_fd = userns };
	char path[PATH_MAX];
	int status;

	snprintf(path, sizeof(path), "%s", c->root->upper);
	*strrchr(path, '/') = '\0';
	status = clone_tree(c, path, &r->mapped);
	/* Now: once ids are mapped the area itself, the host's, is nobody's, and closed. */
	if (!status)
		status = open_part(c, r->mapped, c->root->upper, &r->upper);
	if (!status)
		status = open_part(c, r->mapped, c->root->work, &r->work);
	if (status)
		return status;
	if (mount_setattr(r->mapped, "", AT_EMPTY_PATH, &attr, sizeof(attr)))
		return failed(c, "map the ids of", path);
	return rootfs_stage(c, r->mapped);
}

/* In a mount namespace between, where the mapped area hangs, as it must to serve. */
static int make_overlay(const struct container *c, int userns, int *fd)
{
	cleanup_close int lower = -1, home = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
	struct rootfs r = ROOTFS_NONE;
	int status;

	if (home < 0 || unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return failed(c, "make", "a mount namespace");
	/* The host's own may be a link. */
	lower = open(c->root->lower, O_PATH | O_DIRECTORY | O_CLOEXEC);
	status = lower < 0 ? failed(c, "open", c->root->lower) : map_area(c, userns, &r);
	if (!status)
		status = rootfs_overlay(c, &r, lower, fd);
	rootfs_close(&r);
	if (setns(home, CLONE_NEWNS))
		return failed(c, "go back to", "the host's mount namespace");
	return status;
}

/* *@fd: the root, detached, as the host is to have it. */
static int make_root(const struct config *config, const struct container *c, int *fd)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV };
	const struct id_map back = { .inside = config->local_uid, .outside = 0, .count = UID_RANGE };
	cleanup_close int userns = -1;
	int status;

	if (c->root->lower) {
		status = userns_make(c->id, &back, &userns);
		if (!status)
			status = make_overlay(c, userns, fd);
	} else {
		/* Its files have the VE's ids on the disk. */
		status = clone_tree(c, c->root->tree, fd);
	}
	if (!status && mount_setattr(*fd, "", AT_EMPTY_PATH, &attr, sizeof(attr)))
		status = failed(c, "set the flags of", "the root");
	return status;
}

/* Nobody else may be in there, whoever made it. */
static int guard(const struct container *c)
{
	cleanup_close int fd = -1;
	struct stat st;

	if (mkdir(VZLITE_ROOTDIR, 0700) && errno != EEXIST)
		return failed(c, "make", VZLITE_ROOTDIR);
	fd = open(VZLITE_ROOTDIR, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) || (st.st_uid && fchown(fd, 0, 0)) ||
	    ((st.st_mode & 07777) != 0700 && fchmod(fd, 0700)))
		return failed(c, "open", VZLITE_ROOTDIR);
	return 0;
}

/*
 * To be seen, and found by whoever starts the VE, it must hang in the host's mount
 * namespace: who calls us may have another, as services have. *@home leads back there.
 */
static int host_enter(uint32_t ctid, int *home)
{
	cleanup_close int host = open("/proc/1/ns/mnt", O_RDONLY | O_CLOEXEC);
	struct stat st;

	/* Else process 1 is another's init. */
	if (!stat("/proc/self/ns/pid", &st) && st.st_ino != FIRST_PIDNS)
		return fail(EXIT_SYSTEM, "%s %u: not from another pid namespace than the host's", operation,
			    ctid);
	*home = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
	if (host < 0 || *home < 0 || setns(host, CLONE_NEWNS))
		return fail_errno(EXIT_SYSTEM, "%s %u: enter the host's mount namespace", operation, ctid);
	return 0;
}

static int host_leave(uint32_t ctid, int home)
{
	return setns(home, CLONE_NEWNS) ? fail_errno(EXIT_SYSTEM, "%s %u: leave the host's mount namespace",
						     operation, ctid) : 0;
}

static int attach(const struct config *config)
{
	/* Nor can it, or a part of it, be bound elsewhere: that would go on when the VE starts, and
	 * the overlay be mounted twice. */
	struct mount_attr unbindable = { .propagation = MS_UNBINDABLE };
	cleanup_close int root = -1;
	struct container c = { };
	struct description d;
	char path[64], id[16];
	int status;

	ve_describe_root(config, &d);
	snprintf(id, sizeof(id), "%u", config->ctid);
	c.id = id;
	c.root = &d.root;
	status = guard(&c);
	if (status)
		return status;
	ve_mount_path(config->ctid, path);
	if (mkdir(path, 0700))
		return failed(&c, "make", path);
	status = make_root(config, &c, &root);
	if (!status && (move_mount(root, "", AT_FDCWD, path, MOVE_MOUNT_F_EMPTY_PATH) ||
			mount_setattr(root, "", AT_EMPTY_PATH, &unbindable, sizeof(unbindable))))
		status = failed(&c, "mount the root on", path);
	return status;
}

static int unmount(uint32_t ctid, const char *path)
{
	for (int tries = 0; ve_mount_state(ctid) == MOUNT_THERE; ) {
		if (!umount2(path, UMOUNT_NOFOLLOW))
			continue;
		/* Who just looks at it, as `list` does, uses it for a moment. */
		if (errno == EBUSY && ++tries < BUSY_TRIES) {
			usleep(BUSY_US);
			continue;
		}
		if (errno == EBUSY)
			return fail(EXIT_UMOUNT_FAILED, "%s %u: its root is mounted on %s, and in use there "
				    "(fuser -vm, findmnt -R)", operation, ctid, path);
		return fail_errno(EXIT_UMOUNT_FAILED, "%s %u: unmount %s", operation, ctid, path);
	}
	return 0;
}

/* In the host's mount namespace. */
static int end(uint32_t ctid)
{
	char path[64];
	int status;

	ve_mount_path(ctid, path);
	status = unmount(ctid, path);
	if (status)
		return status;
	status = action_run(ctid, "umount");
	/* Last: until then the next command does all this again. And it takes the mount from
	 * namespaces that were copied from the host's meanwhile. */
	if (rmdir(path) && errno != ENOENT)
		return fail_errno(EXIT_SYSTEM, "%s %u: remove %s", operation, ctid, path);
	return status;
}

/* In there, too. */
static int begin(const struct config *c)
{
	/* For a repair it is no reason to refuse that the file system has no quota now, or counts
	 * these files nowhere: a line. */
	bool quota = disk_wanted(c) && !disk_check_area(c->ctid);
	struct disk_quota before = { };
	int landed, status = action_run(c->ctid, "mount");

	if (status)
		return status;
	if (quota)
		status = disk_lift(c->ctid, &before);
	else if (disk_off(c))
		disk_forget(c->ctid);
	if (!status)
		status = attach(c);
	landed = quota ? disk_land(c, &before) : 0;
	status = status ? status : landed;
	if (status && end(c->ctid))
		warn("%s %u: something of it is left", operation, c->ctid);
	return status;
}

int mounted_begin(const struct config *c)
{
	cleanup_close int home = -1;
	int status = host_enter(c->ctid, &home), back;

	if (status)
		return status;
	switch (ve_mount_state(c->ctid)) {
	case MOUNT_LEFT:
		status = end(c->ctid);
		/* fallthrough */
	case MOUNT_NONE:
		status = status ? status : begin(c);
		break;
	case MOUNT_THERE:
		status = disk_resume(c);
		break;
	}
	back = host_leave(c->ctid, home);
	return status ? status : back;
}

int mounted_end(uint32_t ctid, bool left_only)
{
	cleanup_close int home = -1;
	int status = host_enter(ctid, &home), back;

	if (status)
		return status;
	if (left_only && ve_mount_state(ctid) == MOUNT_THERE)
		status = fail(EXIT_MOUNTED, "%s %u: the VE is mounted (vzlite umount %u)", operation, ctid, ctid);
	else
		status = end(ctid);
	back = host_leave(ctid, home);
	return status ? status : back;
}
