/* SPDX-License-Identifier: GPL-2.0-or-later */
/* OpenVZ's resources: the one table of names and units that userland has. */
#ifndef VZLITE_RESOURCE_H
#define VZLITE_RESOURCE_H

#include "util.h"
#include "uapi/vzlite.h"

enum unit { UNIT_ITEMS, UNIT_BYTES, UNIT_PAGES };

struct resource {
	const char *name;	/* "numproc"; NULL for the dummies */
	const char *key;	/* config key, "NUMPROC" */
	enum unit unit;
};

extern const struct resource resources[VZLITE_RESOURCE_COUNT];

/* Index by option name or config key, case ignored; -1 when there is none. */
int resource_find(const char *name);

#endif
