// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "config.h"
#include "describe.h"
#include "error.h"
#include "fuse.h"
#include "state.h"

/* Has the kernel FUSE? To ask for a file system that it lacks would load it. */
static bool have_fuse(void)
{
	cleanup_file FILE *file = fopen("/proc/filesystems", "re");
	cleanup_free char *line = NULL;
	size_t size = 0;

	while (file && getline(&line, &size, file) > 0)
		if (!strcmp(line, "nodev\tfusectl\n"))
			return true;
	return false;
}

/* The first of the VE's ids as its start wrote it down, or else as its configuration, which
 * may have been changed since, has it. False when nobody knows. */
static bool first_id(uint32_t ctid, uint64_t *first)
{
	cleanup_free char *text = NULL;

	*first = state_first_id(ctid);
	return *first || (!config_peek(ctid, "LOCAL_UID", true, &text) && text &&
			  parse_u64(text, UINT32_MAX, first) && *first >= UID_RANGE);
}

/* The connections' directory, of a mount that nobody sees. -1 with errno. */
static int open_connections(void)
{
	cleanup_close int fs = fsopen("fusectl", FSOPEN_CLOEXEC), mount = -1;

	if (fs < 0 || fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		return -1;
	mount = fsmount(fs, FSMOUNT_CLOEXEC, 0);
	return mount < 0 ? -1 : openat(mount, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* Connection @name of @all, if it is of one of the UID_RANGE ids from @first on; as fuse_abort().
 * One that has ended meanwhile is gone, or takes the write and does nothing. */
static int abort_one(uint32_t ctid, int all, const char *name, uint64_t first)
{
	cleanup_close int dir = openat(all, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	cleanup_close int file = -1;
	struct stat st;

	if (dir < 0 || fstat(dir, &st) || st.st_uid < first || st.st_uid - first >= UID_RANGE)
		return 0;
	file = openat(dir, "abort", O_WRONLY | O_CLOEXEC);
	if (file >= 0 && write(file, "1", 1) == 1)
		return 1;
	if (errno == ENOENT)
		return 0;
	warn("%s %u: abort its FUSE connection %s: %s", operation, ctid, name, strerror(errno));
	return -1;
}

int fuse_abort(uint32_t ctid)
{
	cleanup_dir DIR *dir = NULL;
	struct dirent *entry;
	uint64_t first;
	int fd, any = 0;

	if (!have_fuse())
		return 0;
	if (!first_id(ctid, &first)) {
		warn("%s %u: which FUSE connections are its is not known: neither its state nor its "
		     "configuration says its ids", operation, ctid);
		return -1;
	}
	fd = open_connections();
	dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir) {
		warn("%s %u: look for its FUSE connections: %s", operation, ctid, strerror(errno));
		cleanup_close_(&fd);
		return -1;
	}
	while ((entry = readdir(dir))) {
		int one = entry->d_name[0] == '.' ? 0 :
			  abort_one(ctid, dirfd(dir), entry->d_name, first);

		if (one && any >= 0)
			any = one;
	}
	return any;
}
