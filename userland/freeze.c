// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>

#include "cgroup.h"
#include "cgroup_limits.h"
#include "config.h"
#include "error.h"
#include "follow.h"
#include "freeze.h"
#include "state.h"

#define FREEZE_TIMEOUT_MS 30000

static bool frozen(int events)
{
	char text[256];
	ssize_t n = pread(events, text, sizeof(text) - 1, 0);

	text[n < 0 ? 0 : n] = '\0';
	return strstr(text, "frozen 1");
}

/* A task that waits for a disk, or a server, cannot be frozen meanwhile. */
static bool wait_frozen(int dir)
{
	cleanup_close int events = openat(dir, "cgroup.events", O_RDONLY | O_CLOEXEC);
	struct pollfd p = { .fd = events, .events = POLLPRI };
	int64_t until = follow_now() + FREEZE_TIMEOUT_MS, left;

	while (!frozen(events)) {
		left = until - follow_now();
		if (left <= 0 || (poll(&p, 1, left) < 0 && errno != EINTR))
			return false;
	}
	return true;
}

static int open_running(uint32_t ctid, int *dir)
{
	*dir = cgroup_open(ctid);
	if (*dir >= 0)
		return 0;
	return errno == ENOENT ? config_not_running(ctid) :
	       fail_errno(EXIT_SYSTEM, "%s %u: open its cgroup", operation, ctid);
}

int ve_suspend(uint32_t ctid)
{
	cleanup_close int dir = -1;
	int status = open_running(ctid, &dir);

	if (status)
		return status;
	status = state_suspend(ctid);
	if (status)
		return status;
	if (cgroup_write(dir, "cgroup.freeze", "1")) {
		fail_errno(EXIT_SYSTEM, "%s %u: freeze its cgroup", operation, ctid);
		state_resume(ctid);
		return EXIT_SYSTEM;
	}
	if (wait_frozen(dir))
		return 0;
	/* The mark last: what is frozen must never be without. */
	if (cgroup_write(dir, "cgroup.freeze", "0"))
		return fail_errno(EXIT_SYSTEM, "%s %u: a process of it does not freeze, and it could not be let go on",
				  operation, ctid);
	state_resume(ctid);
	return fail(EXIT_SYSTEM, "%s %u: a process of it does not freeze; it goes on", operation, ctid);
}

int ve_resume(uint32_t ctid)
{
	cleanup_close int dir = -1;
	int status = open_running(ctid, &dir);

	if (!status && cgroup_write(dir, "cgroup.freeze", "0"))
		return fail_errno(EXIT_SYSTEM, "%s %u: let its cgroup go on", operation, ctid);
	if (!status)
		state_resume(ctid);
	return status;
}
