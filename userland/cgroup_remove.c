// SPDX-License-Identifier: GPL-2.0-or-later
/* Whether anything is in a VE's cgroup, and the end of all that is. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>

#include "cgroup.h"
#include "cgroup_lift.h"
#include "cgroup_limits.h"
#include "error.h"
#include "follow.h"
#include "fuse.h"
#include "syscalls.h"

#define EMPTY_TIMEOUT_MS 30000
/* As long as that it may take to free much memory; then what may hinder is looked at, this often. */
#define HELP_FIRST_MS 1000
#define HELP_AGAIN_MS 250

static bool populated(int events)
{
	char text[256];
	ssize_t n = pread(events, text, sizeof(text) - 1, 0);

	if (n <= 0)
		return false;	/* the directory is gone */
	text[n] = '\0';
	return strstr(text, "populated 1");
}

bool cgroup_populated(uint32_t ctid)
{
	cleanup_close int dir = cgroup_open(ctid), events = -1;

	events = dir < 0 ? -1 : openat(dir, "cgroup.events", O_RDONLY | O_CLOEXEC);
	return events >= 0 && populated(events);
}

bool cgroup_stays(uint32_t ctid, int ms, bool *none)
{
	cleanup_close int dir = cgroup_open(ctid), events = -1;
	struct pollfd p = { .events = POLLPRI };
	int64_t until = follow_now() + ms;

	*none = dir < 0 && errno == ENOENT;
	p.fd = events = dir < 0 ? -1 : openat(dir, "cgroup.events", O_RDONLY | O_CLOEXEC);
	while (events >= 0 && populated(events)) {
		int64_t left = until - follow_now();

		if (left <= 0)
			return true;
		if (poll(&p, 1, left) < 0 && errno != EINTR)
			return true;
	}
	return false;
}

/* How the end of a VE's processes is waited for. */
struct wait {
	uint32_t ctid;
	int dir;		/* its cgroup */
	int64_t until;		/* of follow_now(), once the first wait was in vain */
	int aborted;		/* connections of FUSE, see fuse_abort() */
};

/*
 * Wait for @p; false when time is up. What does not come soon may have a limit in its way, or
 * wait for a file system of the VE's own: limits are lifted, those are aborted, and again, as a
 * process that was about to make one when it was killed may have made it.
 */
static bool wait_for(struct pollfd *p, struct wait *w)
{
	while (poll(p, 1, w->until ? HELP_AGAIN_MS : HELP_FIRST_MS) == 0) {
		int64_t now = follow_now();

		cgroup_lift(w->ctid, w->dir, verbosity > 0 && !w->until);
		if (!w->until)
			w->until = now + EMPTY_TIMEOUT_MS - HELP_FIRST_MS;
		else if (now >= w->until)
			return false;
		if (w->aborted >= 0)
			w->aborted = fuse_abort(w->ctid) ?: w->aborted;
	}
	return true;
}

/* True once no process is in it. Its init is the last of a VE's processes to go, and
 * its end is told at once; a change of cgroup.events at most every 10 ms. */
static bool wait_empty(struct wait *w, int init)
{
	cleanup_close int events = openat(w->dir, "cgroup.events", O_RDONLY | O_CLOEXEC);
	struct pollfd p = { .fd = events, .events = POLLPRI };
	struct pollfd end = { .fd = init, .events = POLLIN };

	if (init >= 0 && !wait_for(&end, w))
		return false;
	if (events < 0)
		return errno == ENOENT || errno == ENODEV;
	while (populated(events))
		if (!wait_for(&p, w))
			return false;
	return true;
}

/* Bottom up; the depth is bounded (cgroup.c). 0 or -1 with errno. */
static int remove_below(int fd)
{
	cleanup_dir DIR *dir = fdopendir(fd);
	struct dirent *entry;

	if (!dir) {
		close(fd);
		return -1;
	}
	while ((errno = 0, entry = readdir(dir))) {
		int child;

		if (entry->d_type != DT_DIR || !strcmp(entry->d_name, ".") ||
		    !strcmp(entry->d_name, ".."))
			continue;
		child = openat(dirfd(dir), entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (child < 0 && (errno == ENOENT || errno == ENODEV))
			continue;
		if (child < 0 || remove_below(child) ||
		    (unlinkat(dirfd(dir), entry->d_name, AT_REMOVEDIR) && errno != ENOENT))
			return -1;
	}
	return errno && errno != ENOENT && errno != ENODEV ? -1 : 0;
}

int cgroup_remove(uint32_t ctid, int init)
{
	cleanup_close int dir = cgroup_open(ctid);
	struct wait w = { .ctid = ctid, .dir = dir };
	char path[PATH_SIZE];

	cgroup_path(ctid, path);
	if (dir < 0)
		return errno == ENOENT ? 0 : fail_errno(EXIT_SYSTEM, "%s %u: open %s", operation,
							ctid, path);
	if (cgroup_write(dir, "cgroup.kill", "1") && errno != ENOENT && errno != ENODEV)
		return fail_errno(EXIT_STOP_FAILED, "%s %u: kill what is in %s", operation, ctid, path);
	/* 6.1 sends that to first threads only, and to no other where the first has ended. Init's end
	 * is that of all in its pid namespace. */
	if (init >= 0)
		pidfd_send_signal(init, SIGKILL, NULL, 0);
	if (!wait_empty(&w, init))
		return fail(EXIT_STOP_FAILED, "%s %u: processes in %s do not die (nor does one while "
			    "the vzlite exec or enter that waits for it is stopped)", operation, ctid, path);
	if (w.aborted > 0)
		warn("%s %u: processes did not die before its FUSE file systems were aborted",
		     operation, ctid);
	/* Not before: 7.3 removes one with a task that is all but gone, which the module then sees
	 * in it. Mostly there is nothing below. systemd may remove a scope that is empty while
	 * we do. */
	if (rmdir(path) && errno != ENOENT &&
	    (remove_below(fcntl(dir, F_DUPFD_CLOEXEC, 0)) || (rmdir(path) && errno != ENOENT)))
		return fail_errno(EXIT_STOP_FAILED, "%s %u: remove %s", operation, ctid, path);
	return 0;
}
