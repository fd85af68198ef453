// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <search.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>

#include "copy.h"

#define CLONE_FILE _IOW(0x94, 9, int)	/* FICLONE */
#define DEPTH_MAX 200			/* a descriptor pair and a frame each */
#define LINKS_MAX (256UL << 20)		/* bytes: who has filled the tree may have meant harm */

/* A file with more names: where its first copy is, below the copy's top. */
struct linked {
	dev_t dev;
	ino_t ino;
	nlink_t more;		/* names that are still to come */
	char path[];
};

struct copy {
	int top;		/* of the copy */
	const char *where;
	char path[4096];	/* of what is being copied, below the top */
	void *links;		/* tree of struct linked */
	size_t links_size;
	int depth;
};

static int failed(const struct copy *k, const char *what)
{
	return fail_errno(EXIT_SYSTEM, "%s: %s %s%s", operation, what, k->where, k->path);
}

static int compare_links(const void *a, const void *b)
{
	const struct linked *x = a, *y = b;

	if (x->ino != y->ino)
		return x->ino < y->ino ? -1 : 1;
	return (x->dev > y->dev) - (x->dev < y->dev);
}

static size_t size_of(const struct linked *entry)
{
	/* What malloc() and the tree take besides. */
	return sizeof(*entry) + strlen(entry->path) + 64;
}

static void forget_link(struct copy *k, struct linked *entry)
{
	k->links_size -= size_of(entry);
	tdelete(entry, &k->links, compare_links);
	free(entry);
}

/* -1: @to/@name was linked to an earlier copy; 0: it is the first of its file. */
static int link_known(struct copy *k, const struct stat *st, int to, const char *name)
{
	struct linked *entry, **found;

	if (st->st_nlink < 2)
		return 0;
	entry = malloc(sizeof(*entry) + strlen(k->path) + 1);
	if (!entry)
		return fail_memory();
	entry->dev = st->st_dev;
	entry->ino = st->st_ino;
	entry->more = st->st_nlink - 1;
	strcpy(entry->path, k->path);
	found = tsearch(entry, &k->links, compare_links);
	if (!found) {
		free(entry);
		return fail_memory();
	}
	if (*found == entry) {
		k->links_size += size_of(entry);
		return k->links_size < LINKS_MAX ? 0 : fail_memory();
	}
	free(entry);
	/* k->path starts with the slash behind the top. */
	if (linkat(k->top, (*found)->path + 1, to, name, 0))
		return failed(k, "link");
	if (!--(*found)->more)
		forget_link(k, *found);
	return -1;
}

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
static int copy_attributes(struct copy *k, int from, int to, const struct stat *st)
{
	struct timespec times[2] = { st->st_atim, st->st_mtim };

	if (fchown(to, st->st_uid, st->st_gid) || copy_xattrs(from, to) ||
	    fchmod(to, st->st_mode & 07777) || futimens(to, times))
		return failed(k, "set the attributes of");
	return 0;
}

static int copy_file(struct copy *k, int from_dir, int to_dir, const char *name)
{
	cleanup_close int from = openat(from_dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	cleanup_close int to = -1;
	struct stat st;

	if (from < 0 || fstat(from, &st))
		return failed(k, "read the original of");
	to = openat(to_dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (to < 0 || copy_data(from, to, &st))
		return failed(k, "write");
	return copy_attributes(k, from, to, &st);
}

/* A name that an overlay's lower layer has, and that is removed. */
static bool is_whiteout(const struct stat *st)
{
	return S_ISCHR(st->st_mode) && !st->st_rdev;
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

static int copy_special(struct copy *k, int from_dir, int to_dir, const char *name)
{
	cleanup_close int from = openat(from_dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	cleanup_close int to = -1;
	struct timespec times[2];
	struct stat st;

	if (from < 0 || fstat(from, &st))
		return failed(k, "look at the original of");
	if (make_special(from, to_dir, name, st.st_mode) ||
	    (to = openat(to_dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC)) < 0)
		return failed(k, "make");
	times[0] = st.st_atim;
	times[1] = st.st_mtim;
	if (fchownat(to, "", st.st_uid, st.st_gid, AT_EMPTY_PATH) || copy_xattrs(from, to) ||
	    (!S_ISLNK(st.st_mode) && chmod(path_of(to).text, st.st_mode & 07777)) ||
	    utimensat(to_dir, name, times, AT_SYMLINK_NOFOLLOW))
		return failed(k, "set the attributes of");
	return 0;
}

static int copy_dir(struct copy *k, int from_dir, const char *from_name, int to_dir,
		    const char *to_name);

static int copy_entry(struct copy *k, int from, int to, const char *name)
{
	struct stat st;
	int status;

	if (fstatat(from, name, &st, AT_SYMLINK_NOFOLLOW))
		return failed(k, "look at the original of");
	if (S_ISDIR(st.st_mode))
		return copy_dir(k, from, name, to, name);
	if (S_ISBLK(st.st_mode) || (S_ISCHR(st.st_mode) && !is_whiteout(&st)))
		return 0;
	status = link_known(k, &st, to, name);
	if (status)
		return status < 0 ? 0 : status;
	return S_ISREG(st.st_mode) ? copy_file(k, from, to, name)
				   : copy_special(k, from, to, name);
}

static int copy_entries(struct copy *k, DIR *from, int to)
{
	size_t len = strlen(k->path);
	struct dirent *entry;
	int status = 0;

	while (!status && (errno = 0, entry = readdir(from))) {
		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		if (len + strlen(entry->d_name) + 2 > sizeof(k->path))
			return errno = ENAMETOOLONG, failed(k, "copy");
		sprintf(k->path + len, "/%s", entry->d_name);
		status = copy_entry(k, dirfd(from), to, entry->d_name);
		k->path[len] = '\0';
	}
	return !status && errno ? failed(k, "read the original of") : status;
}

bool tree_mounted(int fd)
{
	struct statx st;

	return !statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &st) &&
	       st.stx_attributes & STATX_ATTR_MOUNT_ROOT;
}

static int copy_dir(struct copy *k, int from_dir, const char *from_name, int to_dir,
		    const char *to_name)
{
	cleanup_dir DIR *from = NULL;
	cleanup_close int to = -1;
	struct stat st;
	int fd, status;

	if (k->depth >= DEPTH_MAX)
		return fail(EXIT_SYSTEM, "%s: copy %s%.64s...: more than %d directories deep", operation,
			    k->where, k->path, DEPTH_MAX);
	fd = openat(from_dir, from_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	from = fd < 0 ? NULL : fdopendir(fd);
	if (!from || fstat(fd, &st))
		return failed(k, "read the original of");
	/* What is mounted there is not the tree's, and would keep it from being removed. */
	if (k->depth && tree_mounted(fd))
		return errno = EBUSY, failed(k, "copy what is mounted on the original of");
	if (mkdirat(to_dir, to_name, 0700) ||
	    (to = openat(to_dir, to_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)) < 0)
		return failed(k, "make");
	if (k->top < 0)
		k->top = to;
	k->depth++;
	status = copy_entries(k, from, to);
	k->depth--;
	return status ? status : copy_attributes(k, fd, to, &st);
}

int tree_copy(int from, int dir, const char *name, const char *where)
{
	struct copy k = { .top = -1, .where = where };
	int status = copy_dir(&k, from, ".", dir, name);

	tdestroy(k.links, free);
	return status;
}
