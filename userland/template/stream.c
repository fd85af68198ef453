// SPDX-License-Identifier: GPL-2.0-or-later
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <zlib.h>

#include "template/stream.h"

struct stream {
	int fd;			/* the caller's */
	gzFile gz;		/* gives what is not gzip as it is */
	struct archive *raw;	/* the other kinds */
	bool opened, empty;
	char block[128 * 1024];
};

static la_ssize_t read_block(struct archive *raw, void *arg, const void **block)
{
	struct stream *s = arg;
	int n = gzread(s->gz, s->block, sizeof(s->block)), error = Z_OK;
	const char *why = gzerror(s->gz, &error);

	*block = s->block;
	/* A file that is cut short ends without an error of read(). */
	if (n > 0 || (!n && (error == Z_OK || error == Z_STREAM_END)))
		return n;
	if (error == Z_ERRNO)
		archive_set_error(raw, errno, "%s", strerror(errno));
	else
		archive_set_error(raw, EINVAL, "%s", error == Z_BUF_ERROR ? "truncated gzip input" : why);
	return -1;
}

struct stream *stream_open(int fd)
{
	struct stream *s = calloc(1, sizeof(*s));
	int own = s ? fcntl(fd, F_DUPFD_CLOEXEC, 0) : -1;

	if (!s)
		return NULL;
	s->fd = fd;
	s->gz = own < 0 ? NULL : gzdopen(own, "r");
	if (own >= 0 && !s->gz)
		close(own);
	s->raw = archive_read_new();
	if (s->gz && s->raw && !gzbuffer(s->gz, sizeof(s->block)))
		return s;
	stream_close(s);
	return NULL;
}

void stream_close(struct stream *s)
{
	if (!s)
		return;
	archive_read_free(s->raw);
	if (s->gz)
		gzclose(s->gz);
	free(s);
}

/* It is one entry to libarchive, of which only the data is of interest. -1 with its error. */
static int begin(struct stream *s)
{
	struct archive_entry *entry;
	int r;

	archive_read_support_format_raw(s->raw);
	archive_read_support_format_empty(s->raw);
	archive_read_support_filter_xz(s->raw);
	archive_read_support_filter_bzip2(s->raw);
	archive_read_support_filter_zstd(s->raw);
	s->opened = true;
	if (archive_read_open(s->raw, s, NULL, read_block, NULL) != ARCHIVE_OK)
		return -1;
	r = archive_read_next_header(s->raw, &entry);
	s->empty = r == ARCHIVE_EOF;
	return r < ARCHIVE_WARN ? -1 : 0;
}

ssize_t stream_read(struct stream *s, const void **block)
{
	int64_t offset;
	size_t size;
	int r;

	if (!s->opened && begin(s))
		return -1;
	if (s->empty)
		return 0;
	do {
		r = archive_read_data_block(s->raw, block, &size, &offset);
	} while (r == ARCHIVE_OK && !size);
	if (r == ARCHIVE_EOF)
		return 0;
	return r == ARCHIVE_OK ? (ssize_t)size : -1;
}

int stream_drain(struct stream *s, const volatile sig_atomic_t *stop)
{
	const void *block;
	ssize_t n;

	do {
		n = stream_read(s, &block);
	} while (n > 0 && !*stop);
	return n ? -1 : 0;
}

const char *stream_error(const struct stream *s)
{
	const char *why = archive_error_string(s->raw);

	return why ? why : "damaged archive";
}

uint64_t stream_position(const struct stream *s)
{
	off_t at = lseek(s->fd, 0, SEEK_CUR);

	return at < 0 ? 0 : at;
}
