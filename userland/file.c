// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "file.h"

static int refuse(const char *path, const char *reason)
{
	return fail(EXIT_NO_PERMISSION, "%s: read %s: %s", operation, path, reason);
}

int file_read(const char *path, size_t max, char **text)
{
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	cleanup_free char *buf = NULL;
	struct stat st;
	size_t n = 0;

	if (fd < 0)
		return errno == ENOENT ? -1 : fail_errno(EXIT_SYSTEM, "%s: open %s", operation, path);
	if (fstat(fd, &st))
		return fail_errno(EXIT_SYSTEM, "%s: stat %s", operation, path);
	if (!S_ISREG(st.st_mode))
		return refuse(path, "not a regular file");
	if ((st.st_uid && st.st_uid != geteuid()) || (st.st_mode & (S_IWGRP | S_IWOTH)))
		return refuse(path, "owned or writable by others");
	if (st.st_size < 0 || (size_t)st.st_size > max)
		return refuse(path, "too large");
	buf = malloc(max + 1);
	if (!buf)
		return fail_memory();
	/* What is read counts, not what stat said. */
	while (n <= max) {
		ssize_t got = read(fd, buf + n, max + 1 - n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return fail_errno(EXIT_SYSTEM, "%s: read %s", operation, path);
		if (!got)
			break;
		n += got;
	}
	if (n > max)
		return refuse(path, "too large");
	if (memchr(buf, '\0', n))
		return refuse(path, "holds a NUL byte");
	buf[n] = '\0';
	*text = steal_ptr(buf);
	return 0;
}

int write_all(int fd, const void *data, size_t len)
{
	const char *p = data;

	while (len) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		p += n;
		len -= n;
	}
	return 0;
}

int print_all(const char *text, size_t len)
{
	return write_all(STDOUT_FILENO, text, len) ?
	       fail_errno(EXIT_SYSTEM, "%s: write to standard output", operation) : 0;
}

int file_replace(const char *dir, const char *name, mode_t mode, const char *text, size_t len)
{
	cleanup_close int dirfd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	cleanup_close int syncfd = -1;
	cleanup_close int fd = -1;
	char tmp[NAME_MAX + 1];
	int status;

	if (dirfd < 0)
		return fail_errno(EXIT_SYSTEM, "%s: open %s", operation, dir);
	/* One name, not a random one: what a killed writer leaves is overwritten. */
	if (snprintf(tmp, sizeof(tmp), ".%s.tmp", name) >= (int)sizeof(tmp))
		return fail(EXIT_SYSTEM, "%s: write %s/%s: name too long", operation, dir, name);
	if (unlinkat(dirfd, tmp, 0) && errno != ENOENT)
		return fail_errno(EXIT_SYSTEM, "%s: remove %s/%s", operation, dir, tmp);
	fd = openat(dirfd, tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	if (fd < 0)
		return fail_errno(EXIT_SYSTEM, "%s: create %s/%s", operation, dir, tmp);
	if (write_all(fd, text, len) || fchmod(fd, mode) || fsync(fd) ||
	    renameat(dirfd, tmp, dirfd, name)) {
		status = fail_errno(EXIT_SYSTEM, "%s: write %s/%s", operation, dir, name);
		unlinkat(dirfd, tmp, 0);
		return status;
	}
	syncfd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (syncfd < 0 || fsync(syncfd))
		return fail_errno(EXIT_SYSTEM, "%s: sync %s", operation, dir);
	return 0;
}
