// SPDX-License-Identifier: GPL-2.0-or-later
#include <inttypes.h>
#include <string.h>

#include "table.h"

const char *enforcer_name(enum vzlite_enforcer enforcer)
{
	static const char *const names[] = {
		[VZLITE_ENFORCER_NONE] = "none",
		[VZLITE_ENFORCER_MODULE] = "module",
		[VZLITE_ENFORCER_CGROUP] = "cgroup",
		[VZLITE_ENFORCER_NAMESPACE] = "namespace",
		[VZLITE_ENFORCER_ACCOUNTED] = "accounted",
	};

	return enforcer < ARRAY_SIZE(names) ? names[enforcer] : "unknown";
}

void format_human(char *buf, size_t size, enum unit unit, uint64_t value)
{
	static const char suffixes[] = "BKMGTPE";
	size_t s = 0;
	uint64_t rest = 0;

	if (value == VZLITE_UNLIMITED) {
		snprintf(buf, size, "unlimited");
		return;
	}
	if (unit == UNIT_ITEMS) {
		snprintf(buf, size, "%" PRIu64, value);
		return;
	}
	/* P would read as "pages" on the way back: such sizes stay in T. Pages are
	 * four to the K, so that no multiplication can overflow. */
	if (unit == UNIT_PAGES && value) {
		s = 1;
		if (value > UINT64_MAX / 4) {
			value /= 256;
			s = 2;
		} else {
			value *= 4;
		}
	}
	while (value >= 1024 && suffixes[s + 1] != 'P') {
		rest = value % 1024;
		value /= 1024;
		s++;
	}
	/* One decimal, cut off: a held of 1023.99M below a limit of 1G must not look
	 * like it. */
	if (rest * 10 / 1024)
		snprintf(buf, size, "%" PRIu64 ".%" PRIu64 "%c", value, rest * 10 / 1024, suffixes[s]);
	else if (s)
		snprintf(buf, size, "%" PRIu64 "%c", value, suffixes[s]);
	else
		snprintf(buf, size, "%" PRIu64, value);
}

#define STATS_FORMAT "%10s  %-12s %11s %11s %11s %11s %10s  %s\n"

void stats_header(FILE *out)
{
	fprintf(out, STATS_FORMAT, "CTID", "RESOURCE", "HELD", "MAXHELD", "BARRIER", "LIMIT",
		"FAILCNT", "ENFORCER");
}

void stats_rows(FILE *out, uint32_t ctid, const struct counter counters[VZLITE_RESOURCE_COUNT])
{
	char id[16], held[24], maxheld[24], barrier[24], limit[24], failcnt[24];

	snprintf(id, sizeof(id), "%" PRIu32, ctid);
	for (int r = 0; r < VZLITE_RESOURCE_COUNT; r++) {
		const struct counter *c = &counters[r];
		enum unit unit = resources[r].unit;

		if (!c->present || !resources[r].name)
			continue;
		format_human(held, sizeof(held), unit, c->held);
		format_human(maxheld, sizeof(maxheld), unit, c->maxheld);
		format_human(barrier, sizeof(barrier), unit, c->barrier);
		format_human(limit, sizeof(limit), unit, c->limit);
		format_human(failcnt, sizeof(failcnt), UNIT_ITEMS, c->failcnt);
		fprintf(out, STATS_FORMAT, id, resources[r].name, held, maxheld, barrier, limit,
			failcnt, enforcer_name(c->enforcer));
		id[0] = '\0';
	}
}

void stats_json(struct json *j, const struct counter counters[VZLITE_RESOURCE_COUNT])
{
	for (int r = 0; r < VZLITE_RESOURCE_COUNT; r++) {
		const struct counter *c = &counters[r];

		if (!c->present || !resources[r].name)
			continue;
		json_open(j, resources[r].name, '{');
		json_number(j, "held", c->held);
		json_number(j, "maxheld", c->maxheld);
		json_number(j, "barrier", c->barrier);
		json_number(j, "limit", c->limit);
		json_number(j, "failcnt", c->failcnt);
		json_string(j, "enforcer", enforcer_name(c->enforcer));
		json_number(j, "age_ms", c->age);
		json_close(j, '}');
	}
}
