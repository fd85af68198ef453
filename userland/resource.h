/* SPDX-License-Identifier: GPL-2.0-or-later */
/* OpenVZ's resources: the one table of names and units that userland has. */
#ifndef VZLITE_RESOURCE_H
#define VZLITE_RESOURCE_H

#include "util.h"
#include "uapi/vzlite.h"

enum unit { UNIT_ITEMS, UNIT_BYTES, UNIT_PAGES };

/* Who refuses what is above the limit. */
enum limited {
	LIMITED_BY_NOBODY,	/* nobody: it is counted, and kept for those who read it */
	LIMITED_BY_MODULE,	/* the module alone, with an event */
	LIMITED_WATCHED,	/* the cgroup; the module looks, and sends events */
	LIMITED_SILENTLY,	/* the cgroup or a namespace, and nobody hears of it */
};

struct resource {
	const char *name;	/* "numproc"; NULL for the dummies */
	const char *key;	/* config key, "NUMPROC" */
	enum unit unit;
	enum limited limited;
};

extern const struct resource resources[VZLITE_RESOURCE_COUNT];

/* Index by option name or config key, case ignored; -1 when there is none. */
int resource_find(const char *name);

#endif
