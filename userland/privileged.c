// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "config.h"
#include "error.h"
#include "privileged.h"
#include "record.h"

#define KIND "privileged"

bool privileged_wanted(const struct config *c)
{
	return c->privileged && !strcmp(c->privileged, "yes");
}

void privileged_warn(const struct config *c)
{
	if (privileged_wanted(c))
		warn("%s %u: PRIVILEGED: no system call is kept from it, and its root has all "
		     "capabilities in it: a fault of the kernel is the host's end sooner", operation,
		     c->ctid);
}

int privileged_mark(const struct config *c)
{
	return privileged_wanted(c) ? record_mark(c->ctid, KIND) : 0;
}

void privileged_forget(uint32_t ctid)
{
	record_remove(ctid, KIND);
}

bool privileged_runs(uint32_t ctid)
{
	return record_there(ctid, KIND);
}
