/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an archive is read from, as it was before it was compressed (gzip, xz, bzip2,
 * zstd, or not at all), checked by the sums that it carries: up to its end, which lies
 * behind the archive's own. gzip by zlib, for libarchive does not look at its sum.
 */
#ifndef VZLITE_STREAM_H
#define VZLITE_STREAM_H

#include <signal.h>
#include <sys/types.h>

#include "util.h"

struct stream;

/* Of the file or pipe @fd, which stays the caller's. NULL: out of memory. */
struct stream *stream_open(int fd);
void stream_close(struct stream *s);

/* The next bytes, in *@block until the next call; 0 at the end, -1 with an error. */
ssize_t stream_read(struct stream *s, const void **block);
/* To the end: 0; -1 with an error, or when *@stop is set. */
int stream_drain(struct stream *s, const volatile sig_atomic_t *stop);
/* Why; valid until the next call. */
const char *stream_error(const struct stream *s);

/* Bytes of the file that were read, 0 of a pipe. */
uint64_t stream_position(const struct stream *s);

static inline void cleanup_stream_(struct stream **s) { stream_close(*s); }
#define cleanup_stream __attribute__((cleanup(cleanup_stream_)))

#endif
