// SPDX-License-Identifier: GPL-2.0-or-later
/* A directory tree as a tar stream, so that a tree is imported like an archive. */
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "syscalls.h"
#include "template/archive.h"

static void cleanup_archive_(struct archive **a) { archive_free(*a); }
#define cleanup_archive __attribute__((cleanup(cleanup_archive_)))

struct packing {
	struct archive *disk, *out;
	struct archive_entry_linkresolver *links;
	const char *name;	/* the template's */
	const char *path;	/* the tree's */
	size_t prefix;		/* its length */
	int dir;		/* its top */
	dev_t dev;		/* of that */
};

static int pack_error(struct archive *a, const char *path)
{
	const char *why = archive_error_string(a);

	return fail(EXIT_CREATE_FAILED, "template: read %.200s: %s", path, why ? why : "failed");
}

/* The pax writer leaves holes out by itself, but wants to be given their zeros. */
static int put_zeros(const struct packing *p, int64_t count)
{
	static const char zeros[64 * 1024];

	while (count > 0) {
		size_t n = count < (int64_t)sizeof(zeros) ? (size_t)count : sizeof(zeros);

		if (archive_write_data(p->out, zeros, n) < 0)
			return -1;
		count -= n;
	}
	return 0;
}

static int changed(const char *path)
{
	return fail(EXIT_CREATE_FAILED, "template: read %.200s: it was changed meanwhile", path);
}

/* Not by the name that libarchive would open it by: who else can write to the tree may have put a link
 * there, to what only we can read. */
static int open_data(const struct packing *p, const char *path, struct archive_entry *entry)
{
	int fd = sys_openat2(p->dir, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0,
			     RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
	struct stat st;

	if (fd < 0)
		return -1;
	if (!fstat(fd, &st) && S_ISREG(st.st_mode) && st.st_dev == archive_entry_dev(entry) &&
	    st.st_ino == (ino_t)archive_entry_ino64(entry))
		return fd;
	close(fd);
	errno = 0;
	return -1;
}

/* Up to @end, which is no hole. */
static int put_data(const struct packing *p, const char *path, int fd, int64_t at, int64_t end)
{
	static char block[64 * 1024];

	while (at < end) {
		size_t size = end - at < (int64_t)sizeof(block) ? (size_t)(end - at) : sizeof(block);
		ssize_t n = pread(fd, block, size, at);

		if (n < 0)
			return fail_errno(EXIT_CREATE_FAILED, "template: read %.200s", path);
		if (!n)
			return changed(path);
		if (archive_write_data(p->out, block, n) < 0)
			return pack_error(p->out, path);
		at += n;
	}
	return 0;
}

static int64_t seek(int fd, int64_t at, int whence, int64_t size, int64_t otherwise)
{
	int64_t found = lseek(fd, at, whence);

	if (found < 0)
		found = errno == ENXIO ? size : otherwise;
	return found < size ? found : size;
}

static int pack_data(const struct packing *p, const char *path, struct archive_entry *entry)
{
	int64_t size = archive_entry_size(entry), at = 0, data, end;
	cleanup_close int fd = open_data(p, path, entry);
	int status = 0;

	if (fd < 0)
		return errno && errno != ELOOP ? fail_errno(EXIT_CREATE_FAILED, "template: open %.200s", path) :
						 changed(path);
	for (; !status && at < size; at = end) {
		/* A file system that knows of no holes has none. */
		data = seek(fd, at, SEEK_DATA, size, at);
		end = seek(fd, data, SEEK_HOLE, size, size);
		status = put_zeros(p, data - at) ? pack_error(p->out, path) : put_data(p, path, fd, data, end);
	}
	return status;
}

/* The top comes first. */
static void tell_mount(struct packing *p, const char *relative, struct archive_entry *entry)
{
	if (!strcmp(relative, "."))
		p->dev = archive_entry_dev(entry);
	else if (archive_entry_filetype(entry) == AE_IFDIR && archive_entry_dev(entry) != p->dev)
		warn("template %s: %.200s is another file system: left out", p->name, relative);
}

static int pack_entry(struct packing *p, struct archive_entry *entry)
{
	const char *path = archive_entry_pathname(entry);
	struct archive_entry *spare = NULL;
	char relative[4096];

	if (archive_entry_filetype(entry) == AE_IFSOCK)
		return 0;
	if (!path || strncmp(path, p->path, p->prefix) ||
	    snprintf(relative, sizeof(relative), ".%s", path + p->prefix) >= (int)sizeof(relative))
		return fail(EXIT_CREATE_FAILED, "template: read %.200s: path too long",
			    path ? path : p->path);
	tell_mount(p, relative, entry);
	archive_entry_set_pathname(entry, relative);
	archive_entry_linkify(p->links, &entry, &spare);
	if (archive_write_header(p->out, entry) < ARCHIVE_WARN)
		return pack_error(p->out, relative);
	return archive_entry_size(entry) > 0 ? pack_data(p, relative, entry) : 0;
}

static int pack_all(struct packing *p)
{
	struct archive_entry *entry;
	int err, status;

	while ((err = archive_read_next_header(p->disk, &entry)) != ARCHIVE_EOF) {
		if (err != ARCHIVE_OK)
			return pack_error(p->disk, p->path);
		archive_read_disk_descend(p->disk);
		status = pack_entry(p, entry);
		if (status)
			return status;
	}
	return archive_write_close(p->out) == ARCHIVE_OK ? 0 : pack_error(p->out, p->path);
}

int archive_pack(const char *name, const char *path, int dir, int fd)
{
	cleanup_archive struct archive *disk = archive_read_disk_new();
	cleanup_archive struct archive *out = archive_write_new();
	struct packing p = { disk, out, archive_entry_linkresolver_new(), name, path,
			     strlen(path), dir, 0 };
	int status;

	if (!disk || !out || !p.links)
		return fail_memory();
	archive_entry_linkresolver_set_strategy(p.links, ARCHIVE_FORMAT_TAR_PAX_INTERCHANGE);
	archive_read_disk_set_symlink_physical(disk);
	archive_read_disk_set_behavior(disk, ARCHIVE_READDISK_NO_TRAVERSE_MOUNTS);
	if (archive_write_set_format_pax(out) != ARCHIVE_OK ||
	    archive_write_open_fd(out, fd) != ARCHIVE_OK)
		status = pack_error(out, path);
	else if (archive_read_disk_open(disk, path) != ARCHIVE_OK)
		status = pack_error(disk, path);
	else
		status = pack_all(&p);
	archive_entry_linkresolver_free(p.links);
	return status;
}
