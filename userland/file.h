/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Small files of ours, read and replaced whole. */
#ifndef VZLITE_FILE_H
#define VZLITE_FILE_H

#include "error.h"

/*
 * Read a file that must be ours: a regular file, owned by root or by whom we
 * are, not writable by others, at most @max bytes, without NUL bytes. *text is
 * malloc'ed and NUL terminated. Returns 0, an exitcode with its line, or -1
 * without a line when the file does not exist.
 */
int file_read(const char *path, size_t max, char **text);
/* The same of a file that may be anybody's: for what its mere being there means. */
int file_peek(const char *path, size_t max, char **text);

/* The line of a directory of vzlite's that is a symbolic link, and a status. Its place is
 * where a disk is mounted: what is behind a link others may be able to change. */
int file_refuse_link(const char *path);

/* What is to replace a file, written beside it and synced. */
struct file_draft {
	int dirfd;
	bool written;
	char dir[256], name[64], tmp[72];
};
#define FILE_DRAFT_NONE { .dirfd = -1 }

/* Begin to replace @dir/@name, whose mode, if it is there, is never widened. The
 * caller holds the lock that keeps a second writer away, and ends with file_drop(). */
int __must_check file_draft(struct file_draft *d, const char *dir, const char *name, mode_t mode,
			    const char *text, size_t len);
/* Rename it into its place. */
int __must_check file_commit(struct file_draft *d);
/* Remove what was not renamed. */
void file_drop(struct file_draft *d);
#define cleanup_file_draft __attribute__((cleanup(file_drop)))

/* What was renamed in the directory @dir, which may be absent, stays so after a power failure. */
int __must_check file_sync_dir(const char *dir);

/* All in one. */
int file_replace(const char *dir, const char *name, mode_t mode, const char *text, size_t len);

/* @text is all that the open file then holds: for one that must stay the same file. -1 with errno;
 * on a full disk some of what it held is still there, not nothing. */
int file_overwrite(int fd, const char *text, size_t len);

/* To stdout; a line when it cannot take it (a full disk, a closed pipe). */
int print_all(const char *text, size_t len);

/* write(2) all of it; -1 with errno. */
int write_all(int fd, const void *data, size_t len);

#endif
