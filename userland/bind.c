// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "bind.h"
#include "error.h"
#include "state.h"
#include "syscalls.h"

/* Covered in the namespace between only. */
#define STAGING VZLITE_RUNDIR

static int failed(const struct container *c, const char *what)
{
	return fail_errno(EXIT_MOUNT_FAILED, "%s %s: bind %s", operation, c->id, what);
}

static void staged(char path[64], size_t i)
{
	snprintf(path, 64, STAGING "/bind%zu", i);
}

int bind_source_open(const char *path)
{
	return sys_openat2(AT_FDCWD, path, O_PATH | O_CLOEXEC, 0,
			   RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS);
}

int binds_begin(const struct container *c, int *home)
{
	*home = -1;
	if (!c->bind_count)
		return 0;
	*home = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
	/* Nothing of this is to reach the host. */
	if (*home < 0 || unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("tmpfs", STAGING, "tmpfs", MS_NOSUID | MS_NOEXEC, "mode=0700,size=64k"))
		return failed(c, "in a mount namespace of its own");
	return 0;
}

int binds_end(const struct container *c, int *home)
{
	int status = *home >= 0 && setns(*home, CLONE_NEWNS) ? failed(c, "and go back") : 0;

	cleanup_close_(home);
	*home = -1;
	return status;
}

/* The container's, so that its root may open it, whomever the host's belongs to. */
static int make_device(const struct container *c, const struct bind *b, const char *path)
{
	cleanup_close int fd = -1;

	if (mknod(path, b->device_mode, b->device) || chmod(path, b->device_mode & 07777) ||
	    chown(path, c->uids[0].outside, c->gids[0].outside))
		return failed(c, b->target);
	if (b->device_load && (fd = open(path, O_RDWR | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)) < 0)
		return fail_errno(EXIT_MOUNT_FAILED, "%s %s: the kernel's %s (is there a module?)",
				  operation, c->id, b->target);
	return 0;
}

/* The tree's ids through @userns, if its file system can. */
static int set_attributes(const struct container *c, const struct bind *b, int tree, int userns)
{
	struct mount_attr attr = {
		.attr_set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_IDMAP | b->attributes,
		.propagation = MS_PRIVATE, .userns_fd = userns,
	};

	if (!mount_setattr(tree, "", AT_EMPTY_PATH, &attr, sizeof(attr)))
		return 0;
	attr.attr_set &= ~MOUNT_ATTR_IDMAP;
	if ((errno != EINVAL && errno != EPERM) ||
	    mount_setattr(tree, "", AT_EMPTY_PATH, &attr, sizeof(attr)))
		return failed(c, b->source);
	warn("%s %s: %s: its file system cannot map ids: the files are nobody's in the VE", operation,
	     c->id, b->source);
	return 0;
}

static int make_tree(const struct container *c, const struct bind *b, const char *path, int userns)
{
	cleanup_close int source = bind_source_open(b->source), tree = -1;
	struct stat st;
	int status;

	if (source < 0 || fstat(source, &st))
		return failed(c, b->source);
	if (S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode))
		return fail(EXIT_MOUNT_FAILED, "%s %s: bind %s: is a device (see --devnodes)", operation,
			    c->id, b->source);
	tree = open_tree(source, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH);
	if (tree < 0)
		return failed(c, b->source);
	status = set_attributes(c, b, tree, userns);
	if (status)
		return status;
	if (S_ISDIR(st.st_mode) ? mkdir(path, 0700) : mknod(path, S_IFREG | 0600, 0))
		return failed(c, path);
	return move_mount(tree, "", AT_FDCWD, path, MOVE_MOUNT_F_EMPTY_PATH) ? failed(c, b->source) : 0;
}

int binds_make(const struct container *c, int userns)
{
	int status = 0;

	for (size_t i = 0; !status && i < c->bind_count; i++) {
		char path[64];

		staged(path, i);
		status = c->binds[i].source ? make_tree(c, &c->binds[i], path, userns)
					    : make_device(c, &c->binds[i], path);
	}
	return status;
}

int binds_take(const struct container *c, int fds[BINDS_MAX])
{
	for (size_t i = 0; i < c->bind_count; i++) {
		char path[64];

		staged(path, i);
		fds[i] = open_tree(AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
		if (fds[i] < 0)
			return failed(c, c->binds[i].target);
	}
	return 0;
}
