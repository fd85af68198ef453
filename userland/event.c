// SPDX-License-Identifier: GPL-2.0-or-later
#include <inttypes.h>
#include <string.h>

#include "event.h"
#include "resource.h"

void escape(char *buf, size_t size, const char *text)
{
	size_t n = 0;

	for (; *text && n + 5 <= size; text++) {
		unsigned char c = *text;

		if (c < ' ' || c >= 0x7f)
			n += sprintf(buf + n, "\\x%02x", c);
		else if (c == '\\')
			n += sprintf(buf + n, "\\\\");
		else
			buf[n++] = c;
	}
	buf[n] = '\0';
}

static void format_time(char *buf, size_t size, const char *format, time_t when)
{
	struct tm tm;

	/* A year that does not fit into an int. */
	if (!localtime_r(&when, &tm) || !strftime(buf, size, format, &tm))
		snprintf(buf, size, "-");
}

void time_text(char *buf, size_t size, time_t when)
{
	format_time(buf, size, "%Y-%m-%d %H:%M:%S", when);
}

void time_rfc3339(char *buf, size_t size, time_t when)
{
	size_t n;

	format_time(buf, size, "%Y-%m-%dT%H:%M:%S%z", when);
	/* strftime writes +0100. */
	n = strlen(buf);
	if (n < 5 || n + 2 > size)
		return;
	memmove(buf + n - 1, buf + n - 2, 3);
	buf[n - 2] = ':';
}

/* "barrier=100", "limit=unlimited" */
static void put_bound(FILE *out, const char *name, uint64_t value)
{
	if (value == VZLITE_UNLIMITED)
		fprintf(out, " %s=unlimited", name);
	else
		fprintf(out, " %s=%" PRIu64, name, value);
}

void event_line(FILE *out, const struct limit_event *e, time_t when)
{
	const char *resource = resources[e->resource].name;
	char time[32], comm[4 * sizeof(e->comm)];

	time_text(time, sizeof(time), when);
	escape(comm, sizeof(comm), e->comm);
	fprintf(out, "%s %" PRIu32 " %s held=%" PRIu64, time, e->ve.id, resource ? resource : "dummy",
		e->counter.held);
	put_bound(out, "barrier", e->counter.barrier);
	put_bound(out, "limit", e->counter.limit);
	/* The command's name comes last: it may hold blanks. */
	fprintf(out, " failcnt=%" PRIu64 " hits=%" PRIu64 " pid=%" PRIu32 " comm=%s\n",
		e->counter.failcnt, e->hits, e->pid, comm);
}

void event_json(FILE *out, const struct limit_event *e, time_t when)
{
	struct json j = { .out = out };
	char time[40];

	time_rfc3339(time, sizeof(time), when);
	json_open(&j, NULL, '{');
	json_string(&j, "time", time);
	json_number(&j, "ctid", e->ve.id);
	json_string(&j, "name", module_ve_name(&e->ve));
	json_string(&j, "resource", resources[e->resource].name);
	json_number(&j, "held", e->counter.held);
	json_number(&j, "maxheld", e->counter.maxheld);
	json_number(&j, "barrier", e->counter.barrier);
	json_number(&j, "limit", e->counter.limit);
	json_number(&j, "failcnt", e->counter.failcnt);
	json_number(&j, "hits", e->hits);
	json_number(&j, "pid", e->pid);
	json_string(&j, "comm", e->comm);
	json_close(&j, '}');
	putc('\n', out);
}

const char *end_word(const struct module_ve *ve)
{
	return ve->end == VZLITE_END_REBOOT ? "reboot" : ve->end == VZLITE_END_HALT ? "halt" : "exit";
}

void event_end_line(FILE *out, const struct module_ve *ve, time_t when)
{
	char time[32];

	time_text(time, sizeof(time), when);
	fprintf(out, "%s %" PRIu32 " end how=%s wait_status=%" PRIu32 "\n", time, ve->id,
		end_word(ve), ve->wait_status);
}

void event_end_json(FILE *out, const struct module_ve *ve, time_t when)
{
	struct json j = { .out = out };
	char time[40];

	time_rfc3339(time, sizeof(time), when);
	json_open(&j, NULL, '{');
	json_string(&j, "time", time);
	json_number(&j, "ctid", ve->id);
	json_string(&j, "name", module_ve_name(ve));
	json_string(&j, "end", end_word(ve));
	json_number(&j, "wait_status", ve->wait_status);
	json_close(&j, '}');
	putc('\n', out);
}
