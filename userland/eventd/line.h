/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a job and its programs write, line by line for the journal. Nothing of it is ours
 * to trust, but that it is an admin's, and it costs no memory that is not there. */
#ifndef VZLITE_EVENTD_LINE_H
#define VZLITE_EVENTD_LINE_H

#include "util.h"

#define LINE_BYTES 4096		/* longer ones go in pieces, of the priority of the first */

struct line {
	size_t len;
	int priority;		/* syslog's, of the line whose pieces these are */
	bool goes_on;		/* a piece of it was sent */
	char text[LINE_BYTES];
};

/* @text: without an end of line, never empty. */
typedef void line_send(uint32_t ctid, int priority, const char *text);

void line_add(struct line *l, const char *bytes, size_t n, uint32_t ctid, line_send *send);
/* What has no end of line is one, too. */
void line_end(struct line *l, uint32_t ctid, line_send *send);

#endif
