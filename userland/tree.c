// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "syscalls.h"
#include "tree.h"

/*
 * What is deep is lifted: a directory two levels below the top that is not empty
 * is moved to the top, where its turn comes. So a tree of any depth is removed
 * with two descriptors, and a path never grows.
 */
struct removal {
	int top;
	unsigned long next;	/* number of the next name at the top */
};

/* Never across a mount: below it may be the host's /dev. */
static DIR *open_dir(int dirfd, const char *name)
{
	int fd = sys_openat2(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0,
			     RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	if (fd >= 0 && !dir)
		close(fd);
	return dir;
}

static bool is_dot(const char *name)
{
	return !strcmp(name, ".") || !strcmp(name, "..");
}

/* A file or an empty directory. 0, or -1 with errno: ENOTEMPTY for what holds more. */
static int remove_plain(int dirfd, const char *name)
{
	if (!unlinkat(dirfd, name, 0) || errno == ENOENT)
		return 0;
	if (errno != EISDIR)
		return -1;
	return unlinkat(dirfd, name, AT_REMOVEDIR) && errno != ENOENT ? -1 : 0;
}

static void lift(struct removal *r, int dirfd, const char *name)
{
	char to[32];

	do {
		snprintf(to, sizeof(to), ".lifted-%lu", r->next++);
	} while (renameat(dirfd, name, r->top, to) &&
		 (errno == ENOTEMPTY || errno == EEXIST || errno == ENOTDIR) && r->next);
	/* Whether it was moved shows when the directory cannot be removed. */
}

/* Empty and remove the directory @name at the top. */
static int remove_dir(struct removal *r, const char *name)
{
	cleanup_dir DIR *dir = open_dir(r->top, name);
	struct dirent *entry;

	if (!dir)
		return errno == ENOENT ? 0 : -1;
	while ((errno = 0, entry = readdir(dir))) {
		if (is_dot(entry->d_name) || !remove_plain(dirfd(dir), entry->d_name))
			continue;
		if (errno != ENOTEMPTY && errno != EEXIST)
			return -1;
		lift(r, dirfd(dir), entry->d_name);
	}
	if (errno)
		return -1;
	return unlinkat(r->top, name, AT_REMOVEDIR);
}

/* One pass over the top; *@found tells whether there was anything. */
static int pass(struct removal *r, DIR *top, bool *found)
{
	struct dirent *entry;

	*found = false;
	rewinddir(top);
	while ((errno = 0, entry = readdir(top))) {
		if (is_dot(entry->d_name))
			continue;
		*found = true;
		if (!remove_plain(r->top, entry->d_name))
			continue;
		if ((errno != ENOTEMPTY && errno != EEXIST) || remove_dir(r, entry->d_name))
			return -1;
	}
	return errno ? -1 : 0;
}

int tree_remove(int parent, const char *where, const char *name)
{
	struct removal r = { };
	cleanup_dir DIR *top = NULL;
	bool found = true;

	if (!remove_plain(parent, name))
		return 0;
	if (errno != ENOTEMPTY && errno != EEXIST)
		return fail_errno(EXIT_SYSTEM, "%s: remove %s/%s", operation, where, name);
	top = open_dir(parent, name);
	if (!top)
		return fail_errno(EXIT_SYSTEM, "%s: open %s/%s", operation, where, name);
	r.top = dirfd(top);
	while (found)
		if (pass(&r, top, &found))
			return fail_errno(EXIT_SYSTEM, "%s: remove what is in %s/%s", operation,
					  where, name);
	if (unlinkat(parent, name, AT_REMOVEDIR) && errno != ENOENT)
		return fail_errno(EXIT_SYSTEM, "%s: remove %s/%s", operation, where, name);
	return 0;
}
