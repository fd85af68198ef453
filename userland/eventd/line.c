// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>
#include <syslog.h>

#include "line.h"

/* A line's priority is in front as sd-daemon(3) has it; or it is vzlite's own, or of a
 * program of the admin's. What is worse than an error goes to every terminal of the host:
 * no script of one VE is. Returns what follows. */
static const char *begin(struct line *l)
{
	const char *text = l->text;

	l->priority = LOG_INFO;
	if (text[0] == '<' && text[1] >= '0' && text[1] <= '7' && text[2] == '>') {
		l->priority = text[1] - '0' > LOG_ERR ? text[1] - '0' : LOG_ERR;
		text += 3;
	} else if (!strncmp(text, "vzlite: ", 8)) {
		l->priority = LOG_WARNING;
	}
	return text;
}

static void flush(struct line *l, uint32_t ctid, line_send *send)
{
	const char *text = l->text;

	l->text[l->len] = '\0';
	if (!l->goes_on)
		text = begin(l);
	if (*text)
		send(ctid, l->priority, text);
	l->len = 0;
}

void line_add(struct line *l, const char *bytes, size_t n, uint32_t ctid, line_send *send)
{
	for (size_t i = 0; i < n; i++) {
		if (bytes[i] == '\n') {
			line_end(l, ctid, send);
			continue;
		}
		if (l->len == sizeof(l->text) - 1) {
			flush(l, ctid, send);
			l->goes_on = true;
		}
		l->text[l->len++] = bytes[i] ? bytes[i] : '?';
	}
}

void line_end(struct line *l, uint32_t ctid, line_send *send)
{
	flush(l, ctid, send);
	l->goes_on = false;
}
