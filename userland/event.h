/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How an event is told: `events` prints it. */
#ifndef VZLITE_EVENT_H
#define VZLITE_EVENT_H

#include <time.h>

#include "json.h"
#include "module.h"

/* @text with everything in it escaped that is not plain ASCII: "\n" is "\x0a", a
 * backslash "\\". A tenant chooses the names of his commands. @size: 4 times the
 * length and the NUL. */
void escape(char *buf, size_t size, const char *text);

/* Local time: "2026-11-26 03:29:26". */
void time_text(char *buf, size_t size, time_t when);
/* The same with the zone, RFC 3339: "2026-11-26T03:29:26+01:00". */
void time_rfc3339(char *buf, size_t size, time_t when);

/* One line. Values are in the resource's unit. */
void event_line(FILE *out, const struct limit_event *event, time_t when);
/* One object on one line. */
void event_json(FILE *out, const struct limit_event *event, time_t when);

/* "exit", "reboot", "halt": how its init ended. */
const char *end_word(const struct module_ve *ve);
/* The same of a VE's end. */
void event_end_line(FILE *out, const struct module_ve *ve, time_t when);
void event_end_json(FILE *out, const struct module_ve *ve, time_t when);

#endif
