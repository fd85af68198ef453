/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A bar on stderr, where that is a terminal; nothing where not, or with --quiet. */
#ifndef VZLITE_PROGRESS_H
#define VZLITE_PROGRESS_H

#include <time.h>

#include "util.h"

struct progress {
	const char *what;
	uint64_t total;		/* bytes; 0: unknown, the bar is a count */
	bool shown, terminal;
	struct timespec last;
};

void progress_start(struct progress *p, const char *what, uint64_t total);
void progress_update(struct progress *p, uint64_t done);
/* What it shows, in fewer than @columns: a narrow terminal has a shorter bar, or none, and then a
 * shorter name. */
#define PROGRESS_TEXT 384
void progress_text(const struct progress *p, uint64_t done, int columns, char text[PROGRESS_TEXT]);
/* Clear the line: what comes next starts at its beginning. */
void progress_end(struct progress *p);

#endif
