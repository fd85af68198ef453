// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Journal fields: VZLITE_CTID of every message; of a limit that was hit also VZLITE_NAME,
 * VZLITE_RESOURCE, _HELD, _BARRIER, _LIMIT, _FAILCNT, _HITS, _PID, _COMM, _ACTION.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <syslog.h>
#include <systemd/sd-journal.h>

#include "error.h"
#include "event.h"
#include "eventd.h"
#include "follow.h"

#define QUIET_MS 60000

static bool journal;

void log_begin(void)
{
	journal = getenv("JOURNAL_STREAM");
}

/* What was logged less than a minute ago. */
struct recent {
	struct recent *next;
	uint32_t ctid;
	enum vzlite_resource resource;
	int64_t when;		/* follow_now() */
	uint64_t hits;		/* since */
};

/* True when @e is to be logged; its hits are then all since the last. */
static bool is_due(struct limit_event *e)
{
	static struct recent *first;
	int64_t now = follow_now();
	struct recent **at = &first, *r;

	while ((r = *at)) {
		if (r->ctid == e->ve.id && r->resource == e->resource) {
			r->hits += e->hits;
			if (now - r->when < QUIET_MS)
				return false;
			e->hits = r->hits;
		} else if (now - r->when < QUIET_MS) {
			at = &r->next;
			continue;
		}
		*at = r->next;
		free(r);
	}
	r = malloc(sizeof(*r));
	if (!r)
		return true;
	*r = (struct recent){ first, e->ve.id, e->resource, now, 0 };
	first = r;
	return true;
}

void log_limit(const struct limit_event *event, const char *action)
{
	struct limit_event copy = *event, *e = &copy;
	const char *resource = resources[e->resource].name;
	char comm[4 * sizeof(e->comm)];

	if (!is_due(e))
		return;
	if (!journal) {
		event_line(stderr, e, time(NULL));
		return;
	}
	escape(comm, sizeof(comm), e->comm);
	sd_journal_send("MESSAGE=VE %" PRIu32 " hit its limit of %s: held %" PRIu64 ", limit %" PRIu64
			", failcnt %" PRIu64, e->ve.id, resource, e->counter.held, e->counter.limit,
			e->counter.failcnt,
			"PRIORITY=%d", LOG_WARNING, "SYSLOG_IDENTIFIER=vzlite-eventd",
			"VZLITE_CTID=%" PRIu32, e->ve.id, "VZLITE_NAME=%s", e->ve.name,
			"VZLITE_RESOURCE=%s", resource, "VZLITE_HELD=%" PRIu64, e->counter.held,
			"VZLITE_BARRIER=%" PRIu64, e->counter.barrier,
			"VZLITE_LIMIT=%" PRIu64, e->counter.limit,
			"VZLITE_FAILCNT=%" PRIu64, e->counter.failcnt, "VZLITE_HITS=%" PRIu64, e->hits,
			"VZLITE_PID=%" PRIu32, e->pid, "VZLITE_COMM=%s", comm,
			"VZLITE_ACTION=%s", action, NULL);
}

void log_ve(int priority, uint32_t ctid, const char *text)
{
	if (journal)
		sd_journal_send("MESSAGE=VE %" PRIu32 " %s", ctid, text, "PRIORITY=%d", priority,
				"SYSLOG_IDENTIFIER=vzlite-eventd", "VZLITE_CTID=%" PRIu32, ctid, NULL);
	else
		warn("eventd: VE %" PRIu32 " %s", ctid, text);
}
