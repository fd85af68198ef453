// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>

#include "copy_one.h"

#define CLONE_FILE _IOW(0x94, 9, int)	/* FICLONE */

static int copy_range(int from, int to, off_t start, off_t end)
{
	while (start < end) {
		off_t in = start, out = start;
		ssize_t n = copy_file_range(from, &in, to, &out, end - start, 0);

		if (n < 0 && (errno == EXDEV || errno == EINVAL || errno == EOPNOTSUPP)) {
			char buf[65536];

			n = pread(from, buf, end - start < (off_t)sizeof(buf) ? end - start :
				  (off_t)sizeof(buf), start);
			if (n > 0)
				n = pwrite(to, buf, n, start);
		}
		if (n < 0)
			return -1;
		if (n == 0)
			break;
		start += n;
	}
	return 0;
}

/* Root could have what is kept for it, and leave nothing to those who live there. */
static bool has_room(int to, const struct stat *st)
{
	struct statvfs fs;

	return !fstatvfs(to, &fs) && st->st_blocks <= fs.f_bavail * (fs.f_frsize / 512.0);
}

/* Only where there is data; the rest stays a hole. */
static int copy_data(int from, int to, const struct stat *st)
{
	off_t start = 0, end, size = st->st_size;

	if (!ioctl(to, CLONE_FILE, from))
		return 0;
	if (!has_room(to, st))
		return errno = ENOSPC, -1;
	while (start < size) {
		start = lseek(from, start, SEEK_DATA);
		if (start < 0 && errno == ENXIO)
			break;
		end = start < 0 ? -1 : lseek(from, start, SEEK_HOLE);
		if (end < 0 || copy_range(from, to, start, end))
			return -1;
		start = end;
	}
	return ftruncate(to, size);
}

struct fd_path {
	char text[32];
};

/* For what a descriptor with O_PATH is no good for. */
static struct fd_path path_of(int fd)
{
	struct fd_path path;

	snprintf(path.text, sizeof(path.text), "/proc/self/fd/%d", fd);
	return path;
}

/* Of files of every kind, symbolic links too: ACLs of a pipe, or what a policy has said. */
static int copy_xattrs(int from, int to)
{
	struct fd_path source = path_of(from), copy = path_of(to);
	char names[65536], value[65536];
	ssize_t n = listxattr(source.text, names, sizeof(names));

	if (n < 0)
		return errno == EOPNOTSUPP ? 0 : -1;
	for (char *name = names; name < names + n; name += strlen(name) + 1) {
		ssize_t size = getxattr(source.text, name, value, sizeof(value));

		/* Labels belong to the host's policy, not to the file. */
		if (!strcmp(name, "security.selinux"))
			continue;
		if (size < 0 || setxattr(copy.text, name, value, size, 0))
			return -1;
	}
	return 0;
}

/* Owner first: a change of it takes setuid bits and file capabilities away. */
int copy_attributes(const struct copy *k, int from, int to, const struct stat *st)
{
	struct timespec times[2] = { st->st_atim, st->st_mtim };

	if (fchown(to, st->st_uid, st->st_gid) || copy_xattrs(from, to) ||
	    fchmod(to, st->st_mode & 07777) || futimens(to, times))
		return copy_failed(k, "set the attributes of");
	return 0;
}

int copy_file(const struct copy *k, int from_dir, int to_dir, const char *name)
{
	cleanup_close int from = openat(from_dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	cleanup_close int to = -1;
	struct stat st;

	if (from < 0 || fstat(from, &st))
		return copy_failed(k, "read the original of");
	to = openat(to_dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (to < 0 || copy_data(from, to, &st))
		return copy_failed(k, "write");
	return copy_attributes(k, from, to, &st);
}

/* A pipe, a socket, or no device: a whiteout. */
static int make_special(int from, int to_dir, const char *name, mode_t mode)
{
	char target[4096];
	ssize_t n;

	if (!S_ISLNK(mode))
		return mknodat(to_dir, name, (mode & S_IFMT) | 0600, 0);
	n = readlinkat(from, "", target, sizeof(target) - 1);
	target[n < 0 ? 0 : n] = '\0';
	return n < 0 ? -1 : symlinkat(target, to_dir, name);
}

int copy_special(const struct copy *k, int from_dir, int to_dir, const char *name)
{
	cleanup_close int from = openat(from_dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	cleanup_close int to = -1;
	struct timespec times[2];
	struct stat st;

	if (from < 0 || fstat(from, &st))
		return copy_failed(k, "look at the original of");
	if (make_special(from, to_dir, name, st.st_mode) ||
	    (to = openat(to_dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC)) < 0)
		return copy_failed(k, "make");
	times[0] = st.st_atim;
	times[1] = st.st_mtim;
	if (fchownat(to, "", st.st_uid, st.st_gid, AT_EMPTY_PATH) || copy_xattrs(from, to) ||
	    (!S_ISLNK(st.st_mode) && chmod(path_of(to).text, st.st_mode & 07777)) ||
	    utimensat(to_dir, name, times, AT_SYMLINK_NOFOLLOW))
		return copy_failed(k, "set the attributes of");
	return 0;
}
