// SPDX-License-Identifier: GPL-2.0-or-later
/* `list --json`: a VE as vzlist -j has it. */
#include <string.h>

#include "list_field.h"

static void json_resource(struct json *j, int r, const struct ve_view *ve)
{
	static const struct { const char *name; char part; } parts[] = {
		{ "held", 'h' }, { "maxheld", 'm' }, { "barrier", 'b' }, { "limit", 'l' },
		{ "failcnt", 'f' },
	};

	json_open(j, resources[r].name, '{');
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		struct column c = { .resource = r, .part = parts[i].part };
		uint64_t value;

		/* vzlist -j: what a stopped VE does not have is 0; a bound that was
		 * never set is none. */
		if (list_resource_value(&c, ve, &value))
			json_number(j, parts[i].name, value);
		else if (ve->uncounted)
			json_string(j, parts[i].name, NULL);
		else
			json_number(j, parts[i].name, strchr("bl", c.part) ? VZLITE_UNLIMITED : 0);
	}
	json_close(j, '}');
}

/* As vzlist -j; null where neither the file system nor the configuration knows. In that one no line
 * is no limit. */
static void json_disk(struct json *j, const struct disk_field *f, const struct ve_view *ve)
{
	static const struct { const char *name; char part; } parts[] = {
		{ "usage", 'h' }, { "softlimit", 's' }, { "hardlimit", 'l' },
	};

	json_open(j, f->name, '{');
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		uint64_t value = list_disk_value(f, parts[i].part, ve);

		if (value == CONFIG_UNSET && parts[i].part != 'h' && ve->known)
			json_number(j, parts[i].name, VZLITE_UNLIMITED);
		else if (value == CONFIG_UNSET)
			json_string(j, parts[i].name, NULL);
		else
			json_number(j, parts[i].name, value);
	}
	json_close(j, '}');
}

/* An object has all parts, and a name once. */
static bool shown_before(const struct column *columns, int n)
{
	const struct column *c = &columns[n];

	for (int i = 0; i < n; i++)
		if (columns[i].field == c->field && columns[i].disk == c->disk &&
		    (c->field || c->disk || columns[i].resource == c->resource))
			return true;
	return false;
}

void list_json(struct json *j, const struct column *columns, int n, const struct ve_view *ve)
{
	json_open(j, NULL, '{');
	for (int i = 0; i < n; i++) {
		const struct list_field *f = columns[i].field;

		if (shown_before(columns, i))
			continue;
		if (columns[i].disk)
			json_disk(j, columns[i].disk, ve);
		else if (!f)
			json_resource(j, columns[i].resource, ve);
		else if (f->yes_no)
			json_bool(j, f->name, !strcmp(list_text(f, ve), "yes"));
		else if (!f->number)
			json_string(j, f->name, list_text(f, ve));
		else if (list_number(f, ve) == CONFIG_UNSET && f->bound && ve->known)
			json_number(j, f->name, 0);
		else if (list_number(f, ve) == CONFIG_UNSET)
			json_string(j, f->name, NULL);
		else
			json_number(j, f->name, list_number(f, ve));
	}
	json_close(j, '}');
}
