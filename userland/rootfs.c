// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>

#include "bind.h"
#include "error.h"
#include "place.h"
#include "rootfs.h"
#include "state.h"
#include "syscalls.h"

/* Where the new root hangs until it is "/": any directory that exists will do,
 * it is covered in the container's mount namespace only. */
#define STAGING VZLITE_RUNDIR

/* Those that a clone takes over from what it is of. */
#define MOUNT_FLAGS (MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC)

static int mount_failed(const struct container *c, const char *what)
{
	return fail_errno(EXIT_MOUNT_FAILED, "%s %s: mount %s", operation, c->id, what);
}

/* The module does not let the kernel load modules for a VE: the host has it load this one. */
static void load_overlay(void)
{
	cleanup_close int fs = fsopen("overlay", FSOPEN_CLOEXEC);

	/* Without it the VE's own attempt fails, and says so. */
	(void)fs;
}

int rootfs_open_layer(const struct container *c, const char *path, int *fd)
{
	*fd = open(path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (*fd < 0)
		return fail_errno(EXIT_NO_PRIVATE, "%s %s: open %s", operation, c->id, path);
	return 0;
}

/* With errno. */
static int map_failed(const struct container *c, const char *path)
{
	if (errno == EINVAL)
		return fail(EXIT_MOUNT_FAILED, "%s %s: map the ids of %s: its file system cannot (ext4, XFS and btrfs "
			    "can)", operation, c->id, path);
	return fail_errno(EXIT_MOUNT_FAILED, "%s %s: map the ids of %s", operation, c->id, path);
}

int rootfs_map(const struct container *c, int userns, int *fd)
{
	/* Private: it comes from the host's mount table, where it would else be the
	 * peer of its original, and what the VE mounts on its root be mounted there. And a host
	 * may have its /var nosuid, noexec, but a VE its sudo. */
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_IDMAP | MOUNT_ATTR_NODEV,
				   .attr_clr = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC,
				   .propagation = MS_PRIVATE, .userns_fd = userns };
	const char *path = c->root->lower ? c->root->lower : c->root->tree;
	cleanup_close int dir = -1, mapped = -1;
	int status = 0;

	/* The host's own may be a link. */
	if (!c->root->lower)
		status = rootfs_open_layer(c, path, &dir);
	if (status)
		return status;
	mapped = dir < 0 ? open_tree(AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC)
			 : open_tree(dir, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH);
	if (mapped < 0)
		return fail_errno(EXIT_MOUNT_FAILED, "%s %s: open %s", operation, c->id, path);
	if (mount_setattr(mapped, "", AT_EMPTY_PATH, &attr, sizeof(attr)))
		return map_failed(c, path);
	if (c->root->lower)
		load_overlay();
	*fd = steal_fd(mapped);
	return 0;
}

int rootfs_open(const struct container *c, struct rootfs *r)
{
	int status;

	r->bind_count = c->bind_count;
	memset(r->binds, -1, r->bind_count * sizeof(*r->binds));
	if ((status = binds_take(c, r->binds)))
		return status;
	/* Not by the caller: an overlay takes its layers only from mounts of the
	 * namespace it is mounted in. */
	if (!c->root->lower)
		return 0;
	status = rootfs_open_layer(c, c->root->upper, &r->upper);
	return status ? status : rootfs_open_layer(c, c->root->work, &r->work);
}

/* What the kernel says of a failed mount, "e overlay: ...", is more than errno. */
static int configure_failed(const struct container *c, int fs, const char *what)
{
	int err = errno;
	char text[256];
	ssize_t n = read(fs, text, sizeof(text) - 1);

	if (n <= 2) {
		errno = err;
		return mount_failed(c, what);
	}
	text[n] = '\0';
	text[strcspn(text, "\n")] = '\0';
	return fail(EXIT_MOUNT_FAILED, "%s %s: mount %s: %s (%s)", operation, c->id, what,
		    strerror(err), text + 2);
}

/* What the kernel lets a user namespace mount only where it sees the host's, whole. */
static bool shows_host(const struct mount *m)
{
	return !strcmp(m->type, "proc") || !strcmp(m->type, "sysfs");
}

/* And with the same times of access: those of the host's mount, which is still there. */
static unsigned int host_atime(const struct mount *m)
{
	unsigned int attributes = 0;
	struct statvfs fs;

	if (!shows_host(m) || statvfs(m->target, &fs))
		return 0;
	if (fs.f_flag & ST_NOATIME)
		attributes = MOUNT_ATTR_NOATIME;
	else if (!(fs.f_flag & ST_RELATIME))
		attributes = MOUNT_ATTR_STRICTATIME;
	return fs.f_flag & ST_NODIRATIME ? attributes | MOUNT_ATTR_NODIRATIME : attributes;
}

static int new_filesystem(const struct container *c, const struct mount *m, int *fd)
{
	cleanup_close int fs = fsopen(m->type, FSOPEN_CLOEXEC);

	if (fs < 0)
		return mount_failed(c, m->type);
	if (fsconfig(fs, FSCONFIG_SET_STRING, "source", m->type, 0))
		return configure_failed(c, fs, m->type);
	for (const struct mount_option *o = m->options;
	     o < m->options + MOUNT_OPTIONS_MAX && o->key; o++)
		if (o->value ? fsconfig(fs, FSCONFIG_SET_STRING, o->key, o->value, 0)
			     : fsconfig(fs, FSCONFIG_SET_FLAG, o->key, NULL, 0))
			return configure_failed(c, fs, m->type);
	if (fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		return configure_failed(c, fs, m->type);
	*fd = fsmount(fs, FSMOUNT_CLOEXEC, m->attributes | host_atime(m));
	if (*fd < 0 && errno == EPERM && shows_host(m))
		return fail(EXIT_MOUNT_FAILED, "%s %s: mount %s: %s (on the host nothing may be mounted over a part "
			    "of %s)", operation, c->id, m->type, strerror(EPERM), m->target);
	return *fd < 0 ? configure_failed(c, fs, m->type) : 0;
}

int rootfs_stage(const struct container *c, int mount)
{
	if (move_mount(mount, "", AT_FDCWD, STAGING, MOVE_MOUNT_F_EMPTY_PATH))
		return fail_errno(EXIT_MOUNT_FAILED, "%s %s: mount the root on %s", operation,
				  c->id, STAGING);
	return 0;
}

int rootfs_overlay(const struct container *c, const struct rootfs *r, int lower, int *fd)
{
	char paths[3][32];
	struct mount m = {
		.type = "overlay",
		.options = {
			{ "lowerdir", paths[0] }, { "upperdir", paths[1] }, { "workdir", paths[2] },
			/* Not trusted.*: those only the host's root may set. */
			{ "userxattr", NULL },
		},
	};

	snprintf(paths[0], sizeof(paths[0]), "/proc/self/fd/%d", lower);
	snprintf(paths[1], sizeof(paths[1]), "/proc/self/fd/%d", r->upper);
	snprintf(paths[2], sizeof(paths[2]), "/proc/self/fd/%d", r->work);
	return new_filesystem(c, &m, fd);
}

/* The root as a mount that hangs at STAGING; *@fd is its root directory. */
static int mount_root(const struct container *c, struct rootfs *r, int *fd)
{
	cleanup_close int lower = -1;
	int status;

	if (!c->root->lower) {
		*fd = c->root->idmapped ? steal_fd(r->mapped)
					: open_tree(AT_FDCWD, c->root->tree, OPEN_TREE_CLONE |
						    OPEN_TREE_CLOEXEC | AT_RECURSIVE);
		if (*fd < 0)
			return mount_failed(c, c->root->tree);
		return rootfs_stage(c, *fd);
	}
	if (c->root->idmapped) {
		/* It must be attached to serve as a layer. The overlay covers it
		 * there, and it goes with the old root. */
		lower = steal_fd(r->mapped);
		status = rootfs_stage(c, lower);
	} else {
		status = rootfs_open_layer(c, c->root->lower, &lower);
	}
	if (!status)
		status = rootfs_overlay(c, r, lower, fd);
	return status ? status : rootfs_stage(c, *fd);
}

/* A clone of the host's mount at m->source, which is what it should be. */
static int bind_source(const struct container *c, const struct mount *m, int *fd,
		       bool *directory)
{
	struct stat st;

	*fd = open_tree(AT_FDCWD, m->source, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	if (*fd < 0 || fstat(*fd, &st))
		return mount_failed(c, m->source);
	if (m->device[0] && (!S_ISCHR(st.st_mode) ||
			     st.st_rdev != makedev(m->device[0], m->device[1])))
		return fail(EXIT_MOUNT_FAILED, "%s %s: mount %s: not the device it should be",
			    operation, c->id, m->source);
	*directory = S_ISDIR(st.st_mode);
	return 0;
}

/* Is @m directly below the tmpfs @above? We have made that a moment ago: what is there we have
 * put there, and a name leads nowhere else. */
static bool lies_in(const struct mount *m, const struct mount *above)
{
	size_t len = strrchr(m->target, '/') - m->target;

	return above->type && !strcmp(above->type, "tmpfs") && !strncmp(above->target, m->target, len) &&
	       !above->target[len];
}

/* Names for the devices that are to be in the tmpfs @above, as long as nothing is mounted there: one
 * empty file of many names, for each file takes 0.8 KB of every container's memory. */
static int name_devices(const struct container *c, struct place *p, const struct mount *above)
{
	const char *first = NULL, *name;

	for (const struct mount *m = above; m < c->mounts + c->mount_count; m++) {
		if (!m->device[0] || !lies_in(m, above))
			continue;
		name = place_go(p, m->target);
		if (!name || (first ? linkat(p->dir, first, p->dir, name, 0)
				    : mknodat(p->dir, name, S_IFREG | 0644, 0)))
			return mount_failed(c, m->target);
		if (!first)
			first = name;
	}
	return 0;
}

/* A directory of the file system that its target, @dir/@name, lies in, with flags of its own. */
static int clone_part(const struct mount *m, int dir, const char *name)
{
	struct mount_attr attr = { .attr_set = m->attributes, .attr_clr = MOUNT_FLAGS };
	cleanup_close int fd = open_tree(dir, name, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);

	return fd < 0 || mount_setattr(fd, "", AT_EMPTY_PATH, &attr, sizeof(attr)) ? -1 : steal_fd(fd);
}

/* In a tmpfs of ours, where the name alone will do. A device's is there already. */
static int mount_in_tmpfs(const struct container *c, struct place *p, const struct mount *m, int mount)
{
	cleanup_close int part = -1;
	const char *name = place_go(p, m->target);

	if (!name || (!m->device[0] && mkdirat(p->dir, name, m->part_mode ? m->part_mode : 0755)))
		return mount_failed(c, m->target);
	if (m->part_mode)
		mount = part = clone_part(m, p->dir, name);
	if (mount < 0 || move_mount(mount, "", p->dir, name, MOVE_MOUNT_F_EMPTY_PATH))
		return mount_failed(c, m->target);
	return 0;
}

static int mount_one(const struct container *c, struct place *p, const struct mount *m)
{
	cleanup_close int fd = -1, target = -1;
	bool directory = true;
	int status = 0;

	if (m->type)
		status = new_filesystem(c, m, &fd);
	else if (!m->part_mode)
		status = bind_source(c, m, &fd, &directory);
	if (status)
		return status;
	for (const struct mount *above = c->mounts; above < m; above++)
		if (lies_in(m, above))
			return mount_in_tmpfs(c, p, m, fd);
	target = place_target(p, m->target, directory);
	if (target < 0 || move_mount(fd, "", target, "", MOVE_MOUNT_F_EMPTY_PATH |
						    MOVE_MOUNT_T_EMPTY_PATH))
		return mount_failed(c, m->target);
	return name_devices(c, p, m);
}

static int attach_bind(const struct container *c, struct place *p, const struct bind *b, int fd)
{
	cleanup_close int target = -1;
	struct stat st;

	if (fstat(fd, &st))
		return mount_failed(c, b->target);
	target = place_target(p, b->target, S_ISDIR(st.st_mode));
	if (target < 0 || move_mount(fd, "", target, "", MOVE_MOUNT_F_EMPTY_PATH |
						    MOVE_MOUNT_T_EMPTY_PATH))
		return mount_failed(c, b->target);
	return 0;
}

static int make_symlink(const struct container *c, struct place *p, const struct symlink *s)
{
	const char *name = place_go(p, s->path);

	if (!name || symlinkat(s->target, p->dir, name))
		return fail_errno(EXIT_MOUNT_FAILED, "%s %s: link %s", operation, c->id, s->path);
	return 0;
}

/* All before the old root goes: the kernel gives a user namespace a new proc or
 * sysfs only where it sees a whole one already. */
static int furnish(const struct container *c, const struct rootfs *r, int root)
{
	struct place p = PLACE_AT(root);
	int status = 0;

	for (size_t i = 0; !status && i < c->mount_count; i++)
		status = mount_one(c, &p, &c->mounts[i]);
	for (size_t i = 0; !status && i < r->bind_count; i++)
		status = attach_bind(c, &p, &c->binds[i], r->binds[i]);
	for (size_t i = 0; !status && i < c->symlink_count; i++)
		status = make_symlink(c, &p, &c->symlinks[i]);
	place_close(&p);
	return status;
}

/* Put @root in the place of "/". The old root ends up below the new one's top
 * and is taken away with everything on it. */
static int pivot(const struct container *c, int root)
{
	if (fchdir(root) || sys_pivot_root(".", ".") || umount2(".", MNT_DETACH) || chdir("/"))
		return fail_errno(EXIT_MOUNT_FAILED, "%s %s: pivot_root", operation, c->id);
	return 0;
}

void rootfs_close(struct rootfs *r)
{
	cleanup_close_(&r->upper);
	cleanup_close_(&r->work);
	cleanup_close_(&r->mapped);
	for (size_t i = 0; i < r->bind_count; i++)
		cleanup_close_(&r->binds[i]);
	*r = (struct rootfs)ROOTFS_NONE;
}

int rootfs_enter(const struct container *c, struct rootfs *r)
{
	cleanup_close int root = -1;
	int status;

	/* No mount event of the host reaches us from here on, or the reverse. */
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return mount_failed(c, "/ privately");
	status = mount_root(c, r, &root);
	if (!status)
		status = furnish(c, r, root);
	return status ? status : pivot(c, root);
}
