// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "place.h"
#include "syscalls.h"

/* A link in the tenant's tree must lead neither out of it nor anywhere else. */
#define RESOLVE_TARGET (RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS)

/* The directory @name in @dir, made when it is missing; -1 with errno. */
static int open_directory(int dir, const char *name)
{
	int fd = sys_openat2(dir, name, O_PATH | O_DIRECTORY | O_CLOEXEC, 0, RESOLVE_TARGET);

	if (fd >= 0 || errno != ENOENT)
		return fd;
	if (mkdirat(dir, name, 0755) && errno != EEXIST)
		return -1;
	return sys_openat2(dir, name, O_PATH | O_DIRECTORY | O_CLOEXEC, 0, RESOLVE_TARGET);
}

/* Walk to the directory @path (@len bytes) below the root, making what is missing.
 * -1 with errno. */
static int walk(int root, const char *path, size_t len)
{
	cleanup_close int dir = fcntl(root, F_DUPFD_CLOEXEC, 0);
	char component[NAME_MAX + 1];

	for (size_t at = 0, n; dir >= 0; at += n) {
		int next;

		at += strspn(path + at, "/");
		n = strcspn(path + at, "/");
		if (at >= len)
			return steal_fd(dir);
		if (n >= sizeof(component)) {
			errno = ENAMETOOLONG;
			return -1;
		}
		memcpy(component, path + at, n);
		component[n] = '\0';
		next = open_directory(dir, component);
		close(dir);
		dir = next;
	}
	return -1;
}

const char *place_go(struct place *p, const char *path)
{
	const char *name = strrchr(path, '/');
	size_t len = name ? name - path : 0;

	if (!name || !name[1] || len >= sizeof(p->path)) {
		errno = EINVAL;
		return NULL;
	}
	if (p->dir >= 0 && !strncmp(p->path, path, len) && !p->path[len])
		return name + 1;
	cleanup_close_(&p->dir);
	p->dir = walk(p->root, path, len);
	memcpy(p->path, path, len);
	p->path[len] = '\0';
	return p->dir < 0 ? NULL : name + 1;
}

int place_target(struct place *p, const char *path, bool directory)
{
	const char *name = place_go(p, path);
	int fd;

	if (!name)
		return -1;
	if (directory)
		return open_directory(p->dir, name);
	fd = openat(p->dir, name, O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd >= 0 || errno != EEXIST)
		return fd;
	return sys_openat2(p->dir, name, O_PATH | O_CLOEXEC, 0, RESOLVE_TARGET);
}

void place_close(struct place *p)
{
	cleanup_close_(&p->dir);
}
