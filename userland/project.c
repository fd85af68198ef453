// SPDX-License-Identifier: GPL-2.0-or-later
#include <dirent.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "project.h"
#include "syscalls.h"

/* A directory above where we are: to find it again, and what comes next in it. */
struct level {
	dev_t dev;
	ino_t ino;
	long next;
};

struct walk {
	DIR *dir;		/* where we are */
	struct level *way;	/* from the top to above here */
	size_t depth, room;
	uint32_t project;
};

int project_give(int fd, uint32_t project)
{
	struct fsxattr attr;
	struct stat st;

	if (fstat(fd, &st) || ioctl(fd, FS_IOC_FSGETXATTR, &attr))
		return -1;
	attr.fsx_projid = project;
	if (S_ISDIR(st.st_mode))
		attr.fsx_xflags |= FS_XFLAG_PROJINHERIT;
	return ioctl(fd, FS_IOC_FSSETXATTR, &attr);
}

bool project_has(int fd, uint32_t project)
{
	struct fsxattr attr;

	return !ioctl(fd, FS_IOC_FSGETXATTR, &attr) && attr.fsx_projid == project &&
	       attr.fsx_xflags & FS_XFLAG_PROJINHERIT;
}

static int open_below(const struct walk *w, const char *name, int flags)
{
	return sys_openat2(dirfd(w->dir), name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | flags, 0,
			   RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS);
}

/* Into @fd, which is ours no more. */
static int enter(struct walk *w, int fd)
{
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	if (!dir) {
		if (fd >= 0)
			close(fd);
		return -1;
	}
	if (w->dir)
		closedir(w->dir);
	w->dir = dir;
	return 0;
}

static int down(struct walk *w, const char *name)
{
	struct stat st;

	if (w->depth == w->room) {
		size_t room = w->room * 2 + 64;
		struct level *way = realloc(w->way, room * sizeof(*way));

		if (!way)
			return -1;
		w->way = way;
		w->room = room;
	}
	if (fstat(dirfd(w->dir), &st))
		return -1;
	w->way[w->depth] = (struct level){ st.st_dev, st.st_ino, telldir(w->dir) };
	if (enter(w, open_below(w, name, O_DIRECTORY)))
		return -1;
	w->depth++;
	return 0;
}

/* All that is in it has the project by now, so that what is made there later does not lack it. */
static int up(struct walk *w)
{
	const struct level *above = &w->way[w->depth - 1];
	struct stat st;

	if (project_give(dirfd(w->dir), w->project) ||
	    enter(w, open_below(w, "..", O_DIRECTORY)) || fstat(dirfd(w->dir), &st))
		return -1;
	if (st.st_dev != above->dev || st.st_ino != above->ino) {
		errno = ESTALE;
		return -1;
	}
	seekdir(w->dir, above->next);
	w->depth--;
	return 0;
}

static int give_file(const struct walk *w, const char *name)
{
	int fd = open_below(w, name, O_NONBLOCK | O_NOCTTY), r;

	if (fd < 0)
		return -1;
	r = project_give(fd, w->project);
	close(fd);
	return r;
}

/* What is here up to a directory, whose @name is told by 1; 0 when nothing is left. */
static int give_files(struct walk *w, char name[NAME_MAX + 1])
{
	struct dirent *entry;
	struct stat st;

	while ((errno = 0, entry = readdir(w->dir))) {
		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		if (fstatat(dirfd(w->dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW))
			return -1;
		if (S_ISDIR(st.st_mode)) {
			snprintf(name, NAME_MAX + 1, "%s", entry->d_name);
			return 1;
		}
		if (S_ISREG(st.st_mode) && give_file(w, entry->d_name))
			return -1;
	}
	return errno ? -1 : 0;
}

int project_give_tree(int fd, const char *where, uint32_t project)
{
	struct walk w = { .project = project };
	int r = enter(&w, openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	char name[NAME_MAX + 1];

	while (!r) {
		r = give_files(&w, name);
		if (r > 0)
			r = down(&w, name);
		else if (!r && w.depth)
			r = up(&w);
		else if (!r)
			break;
	}
	if (!r)
		r = project_give(fd, project);
	if (r)
		fail_errno(EXIT_SYSTEM, "%s: give what is in %s to a project", operation, where);
	if (w.dir)
		closedir(w.dir);
	free(w.way);
	return r ? EXIT_SYSTEM : 0;
}
