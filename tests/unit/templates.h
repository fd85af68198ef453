/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Templates from archives that a test builds: a fixture, and what it is asked. Needs root. */
#ifndef VZLITE_UNIT_TEMPLATES_H
#define VZLITE_UNIT_TEMPLATES_H

#include <sys/stat.h>

#include "unit.h"

/* A scratch directory, the store of templates in it, and where the archive goes. */
extern char template_home[256], template_store[300], template_file[300];
void templates_make(void);
void templates_remove(void);
/* A case with that fixture in @suite, or NULL: not root. */
TCase *templates_case(Suite *suite);

/* An entry of a test's archive. */
struct entry {
	const char *path;
	mode_t type;
	mode_t mode;
	const char *link;	/* symbolic; hard when the type is 0 */
	const char *data;
};
/* Of libarchive, ARCHIVE_FILTER_GZIP unless a test sets it. */
extern int template_filter;
/* Up to the first entry without a path. */
void write_archive(const struct entry *entries, size_t n);

/* The status of `vzlite template import NAME PATH`. */
int template_imported(const char *name, const char *path);
/* How many are in the store, hidden ones, too. */
int templates_stored(void);
/* Importing @path fails with @status and a line that holds @part, and leaves nothing. */
void import_refused(const char *path, int status, const char *part);

#endif
