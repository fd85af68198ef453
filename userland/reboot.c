// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "config.h"
#include "module.h"
#include "record.h"
#include "reboot.h"
#include "state.h"
#include "ve.h"

#define KIND "reboot"
#define FORCED "forced"

int reboot_mark(uint32_t ctid)
{
	return record_mark(ctid, KIND);
}

void reboot_unmark(uint32_t ctid)
{
	record_remove(ctid, KIND);
}

bool reboot_marked(uint32_t ctid)
{
	return record_there(ctid, KIND);
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
