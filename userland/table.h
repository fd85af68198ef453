/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What `stats` and `list` print; where the figures come from is not known here. */
#ifndef VZLITE_TABLE_H
#define VZLITE_TABLE_H

#include "config.h"
#include "disk.h"
#include "json.h"
#include "module.h"

const char *enforcer_name(enum vzlite_enforcer enforcer);

/* "240", "unlimited", "12.5M" (of bytes or pages). */
void format_human(char *buf, size_t size, enum unit unit, uint64_t value);

void stats_header(FILE *out);
/* A line a resource; the CTID stands on the first. */
void stats_rows(FILE *out, uint32_t ctid, const struct counter counters[VZLITE_RESOURCE_COUNT]);
/* Members "numproc": {"held": ...}, for an object that is open. */
void stats_json(struct json *j, const struct counter counters[VZLITE_RESOURCE_COUNT]);

/* A VE as `list` sees it. */
struct ve_view {
	uint32_t ctid;
	const char *status;		/* "running", "stopped" ...; NULL: not known */
	const struct config *config;	/* an empty one when it has none */
	const struct counter *counters;	/* of VZLITE_RESOURCE_COUNT, NULL when not running */
	bool uncounted;			/* it runs, or is adopted, and the module does not know it */
	bool views;			/* as it is now, or will be when it runs */
	/* Of its files, NULL when that is not shown or nobody counts them. */
	const struct disk_usage *disk;
	bool known;			/* what @config does not set it does not have */
};

/* A column: a word of its own, a figure of the disk quota, or a resource's figure. */
struct column {
	const struct list_field *field;	/* or NULL */
	const struct disk_field *disk;	/* or NULL */
	int resource;			/* without both */
	/* Of a resource 'h' (held), 'm', 'b', 'l', 'f'; of the quota 'h' (used), 's' or 'l' (hard). */
	char part;
};

#define LIST_COLUMNS_MAX 64
#define LIST_DEFAULT "ctid,numproc,status,ip,hostname"
#define LIST_NAMED "ctid,numproc,status,ip,name"

/* From "ctid,numproc.f": the number of columns, or -1 with a line printed. */
int list_columns(const char *fields, struct column columns[LIST_COLUMNS_MAX]);
/* One, by which to sort. */
int __must_check list_sort_column(const char *name, struct column *column);
/* All columns, each resource and each kind of disk quota once: for --json. */
int list_all_columns(struct column columns[LIST_COLUMNS_MAX]);
/* All names that list_columns() takes, each with its header, a line each. */
void list_names(FILE *out);
/* What VEs are sorted by: by @number, and where that is the same by @text. */
struct list_key {
	uint64_t number;
	char *text;			/* malloc'ed */
};
/* 0, or an exit status: out of memory. */
int __must_check list_key(const struct column *column, const struct ve_view *ve, struct list_key *key);
/* Is one of them what the module knows of a VE, but no counter? */
bool list_shows_features(const struct column *columns, int n);
/* A figure of the disk quota? */
bool list_shows_disk(const struct column *columns, int n);
void list_header(FILE *out, const struct column *columns, int n);
void list_row(FILE *out, const struct column *columns, int n, const struct ve_view *ve);
void list_json(struct json *j, const struct column *columns, int n, const struct ve_view *ve);

#endif
