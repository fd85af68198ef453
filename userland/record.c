// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>

#include "error.h"
#include "file.h"
#include "record.h"

void record_path(uint32_t ctid, const char *kind, char path[RECORD_PATH])
{
	snprintf(path, RECORD_PATH, "%s/%u.%s", VZLITE_RUNDIR, ctid, kind);
}

bool record_there(uint32_t ctid, const char *kind)
{
	char path[RECORD_PATH];

	record_path(ctid, kind, path);
	return !access(path, F_OK);
}

int record_mark(uint32_t ctid, const char *kind)
{
	char path[RECORD_PATH];
	cleanup_close int fd = -1;

	record_path(ctid, kind, path);
	fd = open(path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	return fd < 0 ? fail_errno(EXIT_SYSTEM, "%s %u: make %s", operation, ctid, path) : 0;
}

int record_write(uint32_t ctid, const char *kind, const char *text, size_t len)
{
	char path[RECORD_PATH], temporary[RECORD_PATH + 4];
	cleanup_close int fd = -1;

	record_path(ctid, kind, path);
	snprintf(temporary, sizeof(temporary), "%s.new", path);
	fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0 || write_all(fd, text, len) || rename(temporary, path))
		return fail_errno(EXIT_SYSTEM, "%s %u: write %s", operation, ctid, path);
	return 0;
}

void record_remove(uint32_t ctid, const char *kind)
{
	char path[RECORD_PATH];

	record_path(ctid, kind, path);
	/* Mostly it is not there, which to see costs less. */
	if (!faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW))
		unlink(path);
}
