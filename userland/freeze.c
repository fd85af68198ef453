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

enum freezing { FREEZING, FROZEN, GONE };

static enum freezing look(int events)
{
	char text[256];
	ssize_t n = pread(events, text, sizeof(text) - 1, 0);

	if (n < 0 && errno == ENODEV)
		return GONE;
	text[n < 0 ? 0 : n] = '\0';
	return strstr(text, "frozen 1") ? FROZEN : FREEZING;
}

/* A task that waits for a disk, or a server, cannot be frozen meanwhile. GONE: with its last
 * process systemd has removed the directory, which poll() would report for ever. */
static enum freezing wait_frozen(int dir)
{
	cleanup_close int events = openat(dir, "cgroup.events", O_RDONLY | O_CLOEXEC);
	struct pollfd p = { .fd = events, .events = POLLPRI };
	int64_t until = follow_now() + FREEZE_TIMEOUT_MS, left;
	enum freezing now;

	if (events < 0 && (errno == ENOENT || errno == ENODEV))
		return GONE;
	while ((now = look(events)) == FREEZING) {
		left = until - follow_now();
		if (left <= 0 || (poll(&p, 1, left) < 0 && errno != EINTR))
			break;
	}
	return now;
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
	enum freezing now;

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
	now = wait_frozen(dir);
	if (now == FROZEN)
		return 0;
	if (now == GONE) {
		state_resume(ctid);
		return fail(EXIT_NOT_RUNNING, "%s %u: " JUST_STOPPED, operation, ctid);
	}
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
