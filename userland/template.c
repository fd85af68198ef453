// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"
#include "follow.h"
#include "paths.h"
#include "template.h"
#include "units.h"

#define DELETE_LOOKS_MS 2000	/* at what is made of a template */

static const char *directory = VZLITE_TEMPLATEDIR;

void template_set_dir(const char *dir)
{
	directory = dir;
}

const char *template_dir(void)
{
	return directory;
}

int template_guard(void)
{
	struct stat st;

	if (lstat(directory, &st))
		return errno == ENOENT ? 0 : fail_errno(EXIT_SYSTEM, "%s: look at %s", operation,
							directory);
	if (S_ISLNK(st.st_mode))
		return file_refuse_link(directory);
	if ((st.st_uid && chown(directory, 0, 0)) ||
	    ((st.st_mode & 07777) != 0700 && chmod(directory, 0700)))
		return fail_errno(EXIT_SYSTEM, "%s: set the mode of %s", operation, directory);
	return 0;
}

static bool is_at(int fd, const char *path)
{
	struct stat ours, there;

	return !fstat(fd, &ours) && !lstat(path, &there) && ours.st_dev == there.st_dev &&
	       ours.st_ino == there.st_ino;
}

/* A delete that finds VEs which use it goes away at once: that is no reason not to make one more. */
static int lock_for_use(int fd, const char *path)
{
	const int64_t until = follow_now() + DELETE_LOOKS_MS;

	while (flock(fd, LOCK_SH | LOCK_NB)) {
		if (errno != EWOULDBLOCK)
			return fail_errno(EXIT_SYSTEM, "%s: lock %s", operation, path);
		if (follow_now() >= until || !is_at(fd, path))
			return EXIT_LOCKED;
		usleep(20000);
	}
	return 0;
}

int template_open(const char *name, int *out)
{
	cleanup_close int fd = -1;
	char path[PATH_SIZE];
	int status;

	if (!valid_name(name))
		return fail(EXIT_BAD_VALUE, "%s: template %.80s: not a template's name", operation, name);
	status = template_guard();
	if (status)
		return status;
	snprintf(path, sizeof(path), "%s/%s", directory, name);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return fail(EXIT_NO_TEMPLATE, "%s: template %s: there is none (vzlite template list)",
			    operation, name);
	if (fd < 0)
		return fail_errno(EXIT_SYSTEM, "%s: open %s", operation, path);
	status = lock_for_use(fd, path);
	if (status && status != EXIT_LOCKED)
		return status;
	/* Deleted before we had it locked. */
	if (!is_at(fd, path))
		return fail(EXIT_NO_TEMPLATE, "%s: template %s: has just been deleted", operation, name);
	if (status)
		return fail(status, "%s: template %s: is being deleted", operation, name);
	*out = steal_fd(fd);
	return 0;
}
