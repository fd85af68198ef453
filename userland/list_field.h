/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The fields of `list`, and what they are of a VE. */
#ifndef VZLITE_LIST_FIELD_H
#define VZLITE_LIST_FIELD_H

#include "table.h"

struct list_field {
	const char *name;
	const char *header;
	int width;		/* negative: aligned left */
	/* A word of struct ve_view, or a field of the configuration. */
	const char *(*word)(const struct ve_view *ve);
	size_t offset;
	uint64_t (*count)(const struct config *c);	/* a number that the configuration has as text;
							 * of a text what it is sorted by */
	bool number, yes_no;
	bool bound;		/* a number, and without one there is no limit: 0 */
};

struct disk_field {
	const char *name;
	const char *header;
	bool inodes;
};

/* A resource's figure; false when there is nothing to show. */
bool list_resource_value(const struct column *c, const struct ve_view *ve, uint64_t *value);
/* The part 'h', 's' or 'l' of a quota, as it is in force or will be; CONFIG_UNSET when that is
 * not known. */
uint64_t list_disk_value(const struct disk_field *f, char part, const struct ve_view *ve);
/* A field with @number, and without; CONFIG_UNSET, NULL: not set. */
uint64_t list_number(const struct list_field *f, const struct ve_view *ve);
const char *list_text(const struct list_field *f, const struct ve_view *ve);

#endif
