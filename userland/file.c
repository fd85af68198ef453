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

/* All of it; a file that grows meanwhile is being written, and not whole. */
static int read_whole(int fd, const char *path, size_t size, char **text)
{
	cleanup_free char *buf = malloc(size + 1);
	size_t n = 0;

	if (!buf)
		return fail_memory();
	/* What is read counts, not what stat said. */
	while (n <= size) {
		ssize_t got = read(fd, buf + n, size + 1 - n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return fail_errno(EXIT_SYSTEM, "%s: read %s", operation, path);
		if (!got)
			break;
		n += got;
	}
	if (n > size)
		return refuse(path, "is being written");
	if (memchr(buf, '\0', n))
		return refuse(path, "holds a NUL byte");
	buf[n] = '\0';
	*text = steal_ptr(buf);
	return 0;
}

static int read_file(const char *path, size_t max, bool ours, char **text)
{
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat st;

	if (fd < 0)
		return errno == ENOENT ? -1 : fail_errno(EXIT_SYSTEM, "%s: open %s", operation, path);
	if (fstat(fd, &st))
		return fail_errno(EXIT_SYSTEM, "%s: stat %s", operation, path);
	if (!S_ISREG(st.st_mode))
		return refuse(path, "not a regular file");
	if (ours && ((st.st_uid && st.st_uid != geteuid()) || (st.st_mode & (S_IWGRP | S_IWOTH))))
		return refuse(path, "owned or writable by others");
	if (st.st_size < 0 || (size_t)st.st_size > max)
		return refuse(path, "too large");
	return read_whole(fd, path, st.st_size, text);
}

int file_read(const char *path, size_t max, char **text)
{
	return read_file(path, max, true, text);
}

int file_peek(const char *path, size_t max, char **text)
{
	return read_file(path, max, false, text);
}

int file_refuse_link(const char *path)
{
	return fail(EXIT_SYSTEM, "%s: %s is a symbolic link: mount or bind-mount the disk there",
		    operation, path);
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

int file_draft(struct file_draft *d, const char *dir, const char *name, mode_t mode,
	       const char *text, size_t len)
{
	cleanup_close int fd = -1;
	gid_t group = getegid();
	struct stat old;

	d->dirfd = -1;
	d->written = false;
	if (snprintf(d->dir, sizeof(d->dir), "%s", dir) >= (int)sizeof(d->dir) ||
	    snprintf(d->name, sizeof(d->name), "%s", name) >= (int)sizeof(d->name) ||
	    snprintf(d->tmp, sizeof(d->tmp), ".%s.tmp", name) >= (int)sizeof(d->tmp))
		return fail(EXIT_SYSTEM, "%s: write %s/%s: name too long", operation, dir, name);
	d->dirfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (d->dirfd < 0)
		return fail_errno(EXIT_SYSTEM, "%s: open %s", operation, dir);
	/* Who made it less readable, or gave it to a group, keeps that. */
	if (!fstatat(d->dirfd, name, &old, AT_SYMLINK_NOFOLLOW) && S_ISREG(old.st_mode)) {
		mode &= old.st_mode;
		group = old.st_gid;
	}
	fd = openat(d->dirfd, d->tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	/* One name, not a random one: what a killed writer has left goes. */
	if (fd < 0 && errno == EEXIST) {
		if (unlinkat(d->dirfd, d->tmp, 0))
			return fail_errno(EXIT_SYSTEM, "%s: remove %s/%s", operation, dir, d->tmp);
		fd = openat(d->dirfd, d->tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	}
	if (fd < 0)
		return errno == EROFS ? fail_errno(EXIT_SYSTEM, "%s: write %s/%s", operation, dir, name) :
		       fail_errno(EXIT_SYSTEM, "%s: create %s/%s", operation, dir, d->tmp);
	d->written = true;
	if (write_all(fd, text, len) || (group != getegid() && fchown(fd, -1, group)) ||
	    fchmod(fd, mode) || fsync(fd))
		return fail_errno(EXIT_SYSTEM, "%s: write %s/%s", operation, dir, name);
	return 0;
}

int file_commit(struct file_draft *d)
{
	if (renameat(d->dirfd, d->tmp, d->dirfd, d->name))
		return fail_errno(EXIT_SYSTEM, "%s: write %s/%s", operation, d->dir, d->name);
	d->written = false;
	if (fsync(d->dirfd))
		return fail_errno(EXIT_SYSTEM, "%s: sync %s", operation, d->dir);
	return 0;
}

void file_drop(struct file_draft *d)
{
	if (d->written)
		unlinkat(d->dirfd, d->tmp, 0);
	d->written = false;
	cleanup_close_(&d->dirfd);
	d->dirfd = -1;
}

int file_sync_dir(const char *dir)
{
	cleanup_close int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT)
		return 0;
	return fd < 0 || fsync(fd) ? fail_errno(EXIT_SYSTEM, "%s: sync %s", operation, dir) : 0;
}

int file_replace(const char *dir, const char *name, mode_t mode, const char *text, size_t len)
{
	struct file_draft cleanup_file_draft d = FILE_DRAFT_NONE;
	int status = file_draft(&d, dir, name, mode, text, len);

	return status ? status : file_commit(&d);
}

int file_overwrite(int fd, const char *text, size_t len)
{
	ssize_t n = pwrite(fd, text, len, 0);

	if (n == (ssize_t)len)
		return ftruncate(fd, len);
	errno = n < 0 ? errno : ENOSPC;
	return -1;
}
