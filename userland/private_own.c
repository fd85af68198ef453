// SPDX-License-Identifier: GPL-2.0-or-later
/* The files of a VE come to belong to the project of its disk quota, by a copy of them. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "copy.h"
#include "disk.h"
#include "private.h"
#include "tree.h"

static int open_below(int dir, const char *name)
{
	return openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static const char *const area_parts[] = { PRIVATE_UPPER, PRIVATE_WORK, PRIVATE_ROOT };

/* Nothing is in it that would not be copied. */
static int check_parts(uint32_t ctid, int area)
{
	int fd = fcntl(area, F_DUPFD_CLOEXEC, 0);
	cleanup_dir DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (!dir)
		return fail_errno(EXIT_SYSTEM, "%s %u: read its private area", operation, ctid);
	while ((entry = readdir(dir))) {
		size_t i = 0;

		while (i < ARRAY_SIZE(area_parts) && strcmp(entry->d_name, area_parts[i]))
			i++;
		if (i == ARRAY_SIZE(area_parts) && strcmp(entry->d_name, ".") &&
		    strcmp(entry->d_name, ".."))
			return fail(EXIT_SYSTEM, "%s %u: %s/%u/%s is no part of a VE: move it away",
				    operation, ctid, VZLITE_PRIVATEDIR, ctid, entry->d_name);
	}
	return 0;
}

/* What an overlay works in is of no mount's but the one that goes on; its owner stays. */
static int copy_part(int from, int to, const char *part, const char *where)
{
	cleanup_close int fd = open_below(from, part);
	struct stat st;

	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0 || fstat(fd, &st))
		return fail_errno(EXIT_SYSTEM, "%s: copy %s to %s: open", operation, part, where);
	if (tree_mounted(fd))
		return errno = EBUSY, fail_errno(EXIT_SYSTEM, "%s: copy %s to %s", operation, part, where);
	if (strcmp(part, PRIVATE_WORK))
		return tree_copy(fd, to, part, where);
	return mkdirat(to, part, 0700) || fchownat(to, part, st.st_uid, st.st_gid, AT_SYMLINK_NOFOLLOW) ?
	       fail_errno(EXIT_SYSTEM, "%s: make %s/%s", operation, where, part) : 0;
}

static int copy_area(uint32_t ctid, int area, int from, const char *name)
{
	cleanup_close int to = -1;
	char where[PATH_SIZE];
	int status = 0;

	snprintf(where, sizeof(where), "%s/%s", VZLITE_PRIVATEDIR, name);
	if (mkdirat(area, name, 0700) || (to = open_below(area, name)) < 0)
		return fail_errno(EXIT_SYSTEM, "%s %u: make %s", operation, ctid, where);
	if (disk_own(ctid, to))
		return disk_own_failed(ctid);
	if (!disk_owned(ctid, to))
		return fail(EXIT_DISK_QUOTA, "%s %u: %s cannot belong to a project", operation, ctid, where);
	for (size_t i = 0; !status && i < ARRAY_SIZE(area_parts); i++)
		status = copy_part(from, to, area_parts[i], where);
	return !status && syncfs(to) ? fail_errno(EXIT_SYSTEM, "%s %u: sync %s", operation, ctid,
						  where) : status;
}

/* Until it is sure which of the two is in place neither is removed. */
static int exchange(uint32_t ctid, int area, const char *name, const char *copy)
{
	if (renameat2(area, copy, area, name, RENAME_EXCHANGE))
		return fail_errno(EXIT_SYSTEM, "%s %u: put %s/%s in its place", operation, ctid,
				  VZLITE_PRIVATEDIR, copy);
	if (fsync(area))
		return fail_errno(EXIT_SYSTEM, "%s %u: sync %s", operation, ctid, VZLITE_PRIVATEDIR);
	return tree_remove(area, VZLITE_PRIVATEDIR, copy) ? EXIT_SYSTEM : 0;
}

int private_own(uint32_t ctid)
{
	cleanup_close int from = -1;
	int area = private_area();
	char name[32], copy[32];
	int status;

	if (area < 0)
		return EXIT_SYSTEM;
	snprintf(name, sizeof(name), "%u", ctid);
	snprintf(copy, sizeof(copy), ".copy-%u", ctid);
	/* Of one that was killed. */
	if (tree_remove(area, VZLITE_PRIVATEDIR, copy))
		return EXIT_SYSTEM;
	from = open_below(area, name);
	if (from < 0)
		return fail_errno(EXIT_NO_PRIVATE, "%s %u: open %s/%s", operation, ctid,
				  VZLITE_PRIVATEDIR, name);
	if (disk_owned(ctid, from))
		return 0;
	status = check_parts(ctid, from);
	if (status)
		return status;
	warn("%s %u: its files are copied, so that its disk quota counts them", operation, ctid);
	/* One of former times: a copy is root's work, whom XFS limits, too. */
	disk_forget(ctid);
	status = copy_area(ctid, area, from, copy);
	if (!status)
		return exchange(ctid, area, name, copy);
	return tree_remove(area, VZLITE_PRIVATEDIR, copy) ? EXIT_SYSTEM : status;
}
