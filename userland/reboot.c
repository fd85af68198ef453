// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>

#include "error.h"
#include "reboot.h"
#include "state.h"

static void mark_path(uint32_t ctid, char path[64])
{
	snprintf(path, 64, "%s/%u.reboot", VZLITE_RUNDIR, ctid);
}

int reboot_mark(uint32_t ctid)
{
	char path[64];
	cleanup_close int fd = -1;

	mark_path(ctid, path);
	fd = open(path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	return fd < 0 ? fail_errno(EXIT_SYSTEM, "%s %u: make %s", operation, ctid, path) : 0;
}

void reboot_unmark(uint32_t ctid)
{
	char path[64];

	mark_path(ctid, path);
	unlink(path);
}

bool reboot_marked(uint32_t ctid)
{
	char path[64];

	mark_path(ctid, path);
	return !access(path, F_OK);
}
