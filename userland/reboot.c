// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "module.h"
#include "record.h"
#include "reboot.h"
#include "state.h"
#include "ve.h"

#define KIND "reboot"
#define RESTART "restart"
#define FORCED "forced"

int reboot_mark(uint32_t ctid)
{
	return record_mark(ctid, KIND);
}

void reboot_unmark(uint32_t ctid)
{
	record_remove(ctid, KIND);
	restart_unmark(ctid);
}

bool reboot_marked(uint32_t ctid)
{
	return reboot_by_itself(ctid) || record_there(ctid, RESTART);
}

bool reboot_by_itself(uint32_t ctid)
{
	return record_there(ctid, KIND);
}

int restart_mark(uint32_t ctid)
{
	char text[32];
	int n = snprintf(text, sizeof(text), "%" PRIu64 "\n", state_start(ctid));

	return record_write(ctid, RESTART, text, n);
}

void restart_unmark(uint32_t ctid)
{
	record_remove(ctid, RESTART);
}

bool restart_due(uint32_t ctid)
{
	uint64_t start = state_start(ctid);
	char path[RECORD_PATH], text[32];
	cleanup_close int fd = -1;
	ssize_t n;

	record_path(ctid, RESTART, path);
	fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (n < 0)
		return false;
	text[n] = '\0';
	return !start || strtoull(text, NULL, 10) == start;
}

int reboot_force(uint32_t ctid, bool force)
{
	if (force)
		return record_mark(ctid, FORCED);
	record_remove(ctid, FORCED);
	return 0;
}

bool reboot_forced(uint32_t ctid)
{
	return record_there(ctid, FORCED);
}

bool reboot_allowed(const struct config *c)
{
	return (!c->allowreboot || strcmp(c->allowreboot, "no")) && !ve_disabled(c);
}

bool reboot_due(const struct config *c)
{
	struct module_ve ve;

	return reboot_marked(c->ctid) ||
	       (reboot_allowed(c) && state_exists(c->ctid) && module_loaded() &&
		module_ve_get(c->ctid, &ve) > 0 && ve.end == VZLITE_END_REBOOT);
}
