// SPDX-License-Identifier: GPL-2.0-or-later
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>

#include "template/acl.h"
#include "template/archive.h"
#include "template/left_out.h"
#include "template/stream.h"

volatile sig_atomic_t archive_interrupted;

/* Bytes that the end mark of a tar archive has at least. */
#define TAR_END 512

static void cleanup_archive_(struct archive **a) { archive_free(*a); }
static void cleanup_entry_(struct archive_entry **e) { archive_entry_free(*e); }
#define cleanup_archive __attribute__((cleanup(cleanup_archive_)))
#define cleanup_entry __attribute__((cleanup(cleanup_entry_)))

/* An extraction under way. */
struct extraction {
	struct stream *stream;
	struct archive *in, *out;
	const char *name;
	struct progress *progress;
	struct left_out left_out;
};

static int bad_archive(const struct extraction *x)
{
	const char *why = archive_error_string(x->in);

	if (archive_interrupted)
		return fail(EXIT_CREATE_FAILED, "template: %s: interrupted", x->name);
	return fail(EXIT_CREATE_FAILED, "template: read %s: %s", x->name,
		    why ? why : "damaged archive");
}

static int bad_entry(const struct extraction *x, const char *path, const char *why)
{
	return fail(EXIT_CREATE_FAILED, "template: %s: entry %.200s: %s", x->name,
		    path ? path : "(no name)", why);
}

/* The file system said no. */
static int bad_disk(const struct extraction *x, const char *path)
{
	const char *why = archive_error_string(x->out);

	errno = archive_errno(x->out);
	if (errno == ENOSPC || errno == EDQUOT)
		return fail_errno(EXIT_SYSTEM, "template: write %.200s", path);
	return fail(EXIT_CREATE_FAILED, "template: write %.200s: %s", path, why ? why : "failed");
}

/* NULL, or why @path may not be written to. */
static const char *bad_path(const char *path)
{
	if (!path || !*path)
		return "has no path that can be read";
	if (*path == '/')
		return "absolute path";
	for (const char *p = path; *p; p += strcspn(p, "/"), p += strspn(p, "/"))
		if (p[0] == '.' && p[1] == '.' && (p[2] == '/' || !p[2]))
			return "\"..\" in its path";
	return NULL;
}

static bool below_dev(const char *path)
{
	while (!strncmp(path, "./", 2))
		path += 2 + strspn(path + 2, "/");
	return !strncmp(path, "dev/", 4);
}

static bool keep_xattr(const char *name)
{
	return !strcmp(name, "security.capability") ||
	       (!strncmp(name, "user.", 5) && strncmp(name, "user.overlay.", 13));
}

static void filter_xattrs(struct archive_entry *entry)
{
	cleanup_entry struct archive_entry *all = NULL;
	const char *name;
	const void *value;
	size_t size;
	bool drop = false;

	archive_entry_xattr_reset(entry);
	while (archive_entry_xattr_next(entry, &name, &value, &size) == ARCHIVE_OK)
		drop |= !keep_xattr(name);
	if (!drop)
		return;
	all = archive_entry_clone(entry);
	archive_entry_xattr_clear(entry);
	archive_entry_xattr_reset(all);
	while (archive_entry_xattr_next(all, &name, &value, &size) == ARCHIVE_OK)
		if (keep_xattr(name))
			archive_entry_xattr_add_entry(entry, name, value, size);
}

/* 1: extract it, 0: leave it out, or minus an exitcode. */
static int check_link(const struct extraction *x, const char *path, const char *link)
{
	bool out;
	int status;

	if (bad_path(link))
		return -bad_entry(x, path, "hard link to a path that leads outside");
	status = left_out_has(&x->left_out, link, &out);
	return status ? -status : !out;
}

/* The same. */
static int check_entry(const struct extraction *x, struct archive_entry *entry)
{
	const char *path = archive_entry_pathname(entry);
	const char *link = archive_entry_hardlink(entry);
	const char *why = bad_path(path);
	char acl[256];

	if (why)
		return -bad_entry(x, path, why);
	/* Also of a hard link: one that comes with data sets them on its target. */
	if (acl_by_number(entry, acl, sizeof(acl)))
		return -bad_entry(x, path, acl);
	filter_xattrs(entry);
	if (link || archive_entry_hardlink_w(entry))
		return check_link(x, path, link);
	switch (archive_entry_filetype(entry)) {
	case AE_IFCHR:
	case AE_IFBLK:
		if (below_dev(path))
			return 0;
		return -bad_entry(x, path, "is a device; a VE gets its devices from vzlite");
	case AE_IFSOCK:
		return 0;
	case AE_IFREG:
	case AE_IFDIR:
	case AE_IFLNK:
	case AE_IFIFO:
		return 1;
	default:
		return -bad_entry(x, path, "is of no known type");
	}
}

static int copy_data(const struct extraction *x, const char *path)
{
	const void *block;
	int64_t offset;
	size_t size;
	int err;

	while (!archive_interrupted &&
	       (err = archive_read_data_block(x->in, &block, &size, &offset)) != ARCHIVE_EOF) {
		if (err != ARCHIVE_OK)
			return bad_archive(x);
		if (archive_write_data_block(x->out, block, size, offset) < ARCHIVE_OK)
			return bad_disk(x, path);
		progress_update(x->progress, stream_position(x->stream));
	}
	return 0;
}

static int extract_entry(struct extraction *x, struct archive_entry *entry)
{
	int wanted = check_entry(x, entry), status;
	const char *path = archive_entry_pathname(entry);

	if (wanted < 0)
		return -wanted;
	status = wanted ? left_out_forget(&x->left_out, path) : left_out_add(&x->left_out, path);
	if (status || !wanted)
		return status;
	/* A warning here is an owner, a mode or an attribute that could not be set:
	 * the tree would not be what the archive says. */
	if (archive_write_header(x->out, entry) != ARCHIVE_OK)
		return bad_disk(x, path);
	status = copy_data(x, path);
	if (status)
		return status;
	return archive_write_finish_entry(x->out) == ARCHIVE_OK ? 0 : bad_disk(x, path);
}

static int extract_all(struct extraction *x)
{
	struct archive_entry *entry;
	int64_t end = 0;
	int err, status;

	while ((err = archive_read_next_header(x->in, &entry)) != ARCHIVE_EOF) {
		if (archive_interrupted)
			return fail(EXIT_CREATE_FAILED, "template: %s: interrupted", x->name);
		/* A warning is about words that libarchive does not know. */
		if (err < ARCHIVE_WARN || err == ARCHIVE_RETRY)
			return bad_archive(x);
		status = extract_entry(x, entry);
		if (status)
			return status;
		if (archive_read_data_skip(x->in) < ARCHIVE_OK)
			return bad_archive(x);
		progress_update(x->progress, stream_position(x->stream));
		end = archive_filter_bytes(x->in, 0);
	}
	if (archive_interrupted)
		return fail(EXIT_CREATE_FAILED, "template: %s: interrupted", x->name);
	/* libarchive takes the end of the file for the end of the archive. */
	if (!archive_file_count(x->in))
		return fail(EXIT_CREATE_FAILED, "template: %s: holds nothing", x->name);
	if (archive_filter_bytes(x->in, 0) < end + TAR_END)
		return fail(EXIT_CREATE_FAILED, "template: %s: ends without a tar archive's end mark (cut short?)",
			    x->name);
	/* Behind the archive's end there may be a sum of all. */
	if (stream_drain(x->stream, &archive_interrupted))
		return fail(EXIT_CREATE_FAILED, "template: read %s: %s", x->name,
			    archive_interrupted ? "interrupted" : stream_error(x->stream));
	/* Times and modes of directories are set now. */
	return archive_write_close(x->out) == ARCHIVE_OK ? 0 : bad_disk(x, "directories");
}

static la_ssize_t read_block(struct archive *in, void *arg, const void **block)
{
	ssize_t n = stream_read(arg, block);

	if (n < 0)
		archive_set_error(in, EINVAL, "%s", stream_error(arg));
	return n;
}

static int open_reader(struct extraction *x)
{
	archive_read_support_format_tar(x->in);
	return archive_read_open(x->in, x->stream, NULL, read_block, NULL) == ARCHIVE_OK ? 0 : bad_archive(x);
}

int archive_extract(int fd, const char *name, int dirfd, struct progress *progress)
{
	cleanup_stream struct stream *stream = stream_open(fd);
	cleanup_archive struct archive *in = archive_read_new();
	cleanup_archive struct archive *out = archive_write_disk_new();
	struct extraction x = { stream, in, out, name, progress, { } };
	int status;

	if (!stream || !in || !out)
		return fail_memory();
	/* No lookup of names: owners stay the archive's numbers. */
	archive_write_disk_set_options(out, ARCHIVE_EXTRACT_OWNER | ARCHIVE_EXTRACT_PERM |
				       ARCHIVE_EXTRACT_TIME | ARCHIVE_EXTRACT_XATTR |
				       ARCHIVE_EXTRACT_ACL | ARCHIVE_EXTRACT_SPARSE |
				       ARCHIVE_EXTRACT_SECURE_NODOTDOT |
				       ARCHIVE_EXTRACT_SECURE_SYMLINKS |
				       ARCHIVE_EXTRACT_SECURE_NOABSOLUTEPATHS);
	if (fchdir(dirfd))
		return fail_errno(EXIT_SYSTEM, "template: enter the new template's directory");
	status = open_reader(&x);
	if (!status)
		status = extract_all(&x);
	left_out_free(&x.left_out);
	progress_end(progress);
	return status;
}
