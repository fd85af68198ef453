// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "follow.h"
#include "module.h"
#include "record.h"
#include "reboot.h"
#include "state.h"
#include "ve.h"

#define KIND "reboot"
#define RESTART "restart"
#define FORCED "forced"

#define MARGIN_SECONDS 60

/* A restart's record. */
struct restart {
	uint64_t start;	/* of the VE that is stopped */
	int64_t until;	/* follow_now(): by then it has ended, or will not */
	int force;
};

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

int restart_mark(uint32_t ctid, uint64_t seconds, bool force)
{
	int64_t until = follow_now() + 1000 * (int64_t)(seconds + MARGIN_SECONDS);
	char text[64];
	int n = snprintf(text, sizeof(text), "%" PRIu64 " %" PRId64 " %d\n", state_start(ctid), until, force);

	return record_write(ctid, RESTART, text, n);
}

void restart_unmark(uint32_t ctid)
{
	record_remove(ctid, RESTART);
}

/* Is there one that counts? */
static bool restart_read(uint32_t ctid, struct restart *r)
{
	uint64_t start = state_start(ctid);
	char path[RECORD_PATH], text[64];
	cleanup_close int fd = -1;
	ssize_t n;

	record_path(ctid, RESTART, path);
	fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (n < 0)
		return false;
	text[n] = '\0';
	*r = (struct restart){ };
	sscanf(text, "%" SCNu64 " %" SCNd64 " %d", &r->start, &r->until, &r->force);
	/* One that is down was not started since, whenever that was. */
	return !start || (r->start == start && follow_now() <= r->until);
}

bool restart_due(uint32_t ctid)
{
	struct restart r;

	return restart_read(ctid, &r);
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
	struct restart r;

	return restart_read(ctid, &r) ? r.force : record_there(ctid, FORCED);
}

bool reboot_allowed(const struct config *c)
{
	return (!c->allowreboot || strcmp(c->allowreboot, "no")) && !ve_disabled(c);
}

bool reboot_due(const struct config *c)
{
	struct module_ve ve;

	return reboot_by_itself(c->ctid) || restart_due(c->ctid) ||
	       (reboot_allowed(c) && state_exists(c->ctid) && module_loaded() &&
		module_ve_get(c->ctid, &ve) > 0 && ve.end == VZLITE_END_REBOOT);
}
