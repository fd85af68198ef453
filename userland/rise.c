// SPDX-License-Identifier: GPL-2.0-or-later
#include <inttypes.h>
#include <string.h>

#include "error.h"
#include "event.h"
#include "rise.h"
#include "table.h"

struct look {
	uint32_t ctid;
	uint64_t failcnt[VZLITE_RESOURCE_COUNT];
};

void looks_free(struct looks *l)
{
	free(l->last);
	free(l->now);
	memset(l, 0, sizeof(*l));
}

static int compare(const void *key, const void *look)
{
	uint32_t a = *(const uint32_t *)key, b = ((const struct look *)look)->ctid;

	return (a > b) - (a < b);
}

/* Both lists have room for one more. */
static int make_room(struct looks *l)
{
	size_t room = l->room * 2 + 8;
	struct look *list;

	if (l->n_now < l->room)
		return 0;
	list = realloc(l->now, room * sizeof(*list));
	if (!list)
		return fail_memory();
	l->now = list;
	list = realloc(l->last, room * sizeof(*list));
	if (!list)
		return fail_memory();
	l->last = list;
	l->room = room;
	return 0;
}

int looks_add(struct looks *l, const struct module_ve *ve,
	      const struct counter counters[VZLITE_RESOURCE_COUNT],
	      int (*cb)(const struct rise *rise, void *arg), void *arg)
{
	const struct look *last = NULL;
	struct look *now;
	int status = make_room(l);

	if (status)
		return status;
	if (l->n_last)
		last = bsearch(&ve->id, l->last, l->n_last, sizeof(*last), compare);
	/* Of another start: also what has risen meanwhile rose from 0. What the VE's cgroup counts can
	 * be unknown for a while. */
	for (int r = 0; last && r < VZLITE_RESOURCE_COUNT; r++)
		if (resources[r].limited == LIMITED_BY_MODULE && counters[r].failcnt < last->failcnt[r])
			last = NULL;
	now = &l->now[l->n_now++];
	now->ctid = ve->id;
	for (int r = 0; r < VZLITE_RESOURCE_COUNT; r++) {
		uint64_t failcnt = counters[r].present ? counters[r].failcnt : 0;
		uint64_t before = last && last->failcnt[r] <= failcnt ? last->failcnt[r] : 0;
		struct rise rise = { ve, r, &counters[r], failcnt - before };

		now->failcnt[r] = failcnt;
		if (!l->any || !rise.by || !resources[r].name)
			continue;
		status = cb(&rise, arg);
		if (status)
			return status;
	}
	return 0;
}

void looks_end(struct looks *l)
{
	struct look *list = l->last;

	l->last = l->now;
	l->n_last = l->n_now;
	l->now = list;
	l->n_now = 0;
	l->any = true;
}

#define RISE_FORMAT "%-8s %10s  %-12s %11s %11s %11s %10s %10s\n"

void rise_header(FILE *out)
{
	fprintf(out, RISE_FORMAT, "TIME", "CTID", "RESOURCE", "HELD", "BARRIER", "LIMIT", "FAILCNT",
		"ROSE");
}

void rise_row(FILE *out, const struct rise *rise, time_t when)
{
	char time[32], id[16], held[24], barrier[24], limit[24], failcnt[24], by[24];
	enum unit unit = resources[rise->resource].unit;
	const struct counter *c = rise->counter;
	const char *clock;

	time_text(time, sizeof(time), when);
	clock = strchr(time, ' ');
	snprintf(id, sizeof(id), "%" PRIu32, rise->ve->id);
	format_human(held, sizeof(held), unit, c->held);
	format_human(barrier, sizeof(barrier), unit, c->barrier);
	format_human(limit, sizeof(limit), unit, c->limit);
	format_human(failcnt, sizeof(failcnt), UNIT_ITEMS, c->failcnt);
	snprintf(by, sizeof(by), "+%" PRIu64, rise->by);
	fprintf(out, RISE_FORMAT, clock ? clock + 1 : time, id, resources[rise->resource].name, held,
		barrier, limit, failcnt, by);
}

void rise_json(FILE *out, const struct rise *rise, time_t when)
{
	const struct counter *c = rise->counter;
	struct json j = { .out = out };
	char time[40];

	time_rfc3339(time, sizeof(time), when);
	json_open(&j, NULL, '{');
	json_string(&j, "time", time);
	json_number(&j, "ctid", rise->ve->id);
	json_string(&j, "name", module_ve_name(rise->ve));
	json_string(&j, "resource", resources[rise->resource].name);
	json_number(&j, "held", c->held);
	json_number(&j, "maxheld", c->maxheld);
	json_number(&j, "barrier", c->barrier);
	json_number(&j, "limit", c->limit);
	json_number(&j, "failcnt", c->failcnt);
	json_number(&j, "rose", rise->by);
	json_close(&j, '}');
	putc('\n', out);
}
