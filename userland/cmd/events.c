// SPDX-License-Identifier: GPL-2.0-or-later
#include <inttypes.h>

#include "command.h"
#include "error.h"
#include "event.h"
#include "follow.h"
#include "module.h"
#include "options.h"
#include "ve.h"

/* Some thousand events: more than all VEs of a host can cause in a second. */
#define BUFFER (4 << 20)

struct events_options {
	uint32_t ctid;		/* 0: of all VEs */
	bool json;
	uint64_t count, timeout, buffer;
	bool counted, timed;
};

static int parse_number(const char *option, const char *text, uint64_t max, uint64_t *out)
{
	if (parse_u64(text, max, out) && *out)
		return 0;
	return fail(EXIT_BAD_VALUE, "events: --%s %.80s: must be a number from 1 to %" PRIu64, option,
		    *text ? text : "\"\"", max);
}

static int parse_options(int argc, char **argv, struct events_options *o)
{
	static const struct option longs[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "count", required_argument, NULL, 'n' },
		{ "timeout", required_argument, NULL, 't' },
		{ "buffer", required_argument, NULL, 'b' },
		{ },
	};
	int opt, status = 0;

	while (!status && (opt = option_next(argc, argv, "j", longs)) != -1) {
		switch (opt) {
		case 'j':
			o->json = true;
			break;
		case 'n':
			o->counted = true;
			status = parse_number("count", optarg, UINT32_MAX, &o->count);
			break;
		case 't':
			o->timed = true;
			status = parse_number("timeout", optarg, UINT32_MAX, &o->timeout);
			break;
		case 'b':
			if (!parse_size(optarg, UNIT_BYTES, &o->buffer) || !o->buffer)
				status = fail(EXIT_BAD_VALUE, "events: --buffer %.80s: must be a number of bytes "
					      "(or with K, M, G)", optarg);
			break;
		default:
			return EXIT_BAD_OPTION;
		}
	}
	if (!status && optind < argc)
		status = option_ctid(argc, argv, &o->ctid);
	return status ? status : option_end(argc, argv);
}

/* @end: of the VE, not a limit. */
static enum follow print(const struct limit_event *event, bool end, bool json, int *status)
{
	cleanup_free char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	if (out && end)
		(json ? event_end_json : event_end_line)(out, &event->ve, time(NULL));
	else if (out)
		(json ? event_json : event_line)(out, event, time(NULL));
	if (!out || fclose(out)) {
		*status = fail_memory();
		return FOLLOW_FAILED;
	}
	return follow_print(text, size, status);
}

/* Take one thing of what is there; *@n counts what was printed. */
static enum follow read_event(const struct events_options *o, uint64_t *n, int *status)
{
	struct limit_event event;
	int what = module_event_read(&event);

	switch (what) {
	case MODULE_EVENT_NONE:
		break;
	case MODULE_EVENT_LIMIT:
	case MODULE_EVENT_END:
		if (o->ctid && event.ve.id != o->ctid)
			break;
		++*n;
		return print(&event, what == MODULE_EVENT_END, o->json, status);
	case MODULE_EVENT_LOST:
		warn("events: events lost: they came faster than they were read");
		break;
	case MODULE_EVENT_GONE:
		warn("events: the module was unloaded; waiting for it");
		break;
	case MODULE_EVENT_BACK:
		warn("events: the module is loaded again");
		break;
	default:
		*status = -what;
		return FOLLOW_FAILED;
	}
	return FOLLOW_GO_ON;
}

/* When there is something to do at the latest. */
static int64_t sooner(int64_t until)
{
	int ms = module_events_retry_ms();
	int64_t then = ms < 0 ? -1 : follow_now() + ms;

	return then >= 0 && (until < 0 || then < until) ? then : until;
}

static int go_on(int fd, const struct events_options *o)
{
	int64_t until = o->timed ? follow_now() + (int64_t)o->timeout * 1000 : -1;
	enum follow follow = FOLLOW_GO_ON;
	uint64_t n = 0;
	int status = EXIT_OK;

	while (follow == FOLLOW_GO_ON && !(o->counted && n == o->count)) {
		int64_t soon = sooner(until);

		follow = follow_wait(fd, soon, &status);
		if (follow == FOLLOW_TIME_UP && soon != until)
			follow = FOLLOW_GO_ON;
		if (follow == FOLLOW_GO_ON)
			follow = read_event(o, &n, &status);
	}
	if (follow == FOLLOW_TIME_UP && o->counted)
		return fail(EXIT_WAIT_FAILED, "events: %" PRIu64 " of %" PRIu64 " events in %" PRIu64
			    " seconds", n, o->count, o->timeout);
	return status;
}

int cmd_events(int argc, char **argv)
{
	struct events_options o = { .buffer = BUFFER };
	int status = parse_options(argc, argv, &o), fd;

	if (!status)
		status = follow_begin();
	if (!status)
		status = o.ctid ? ve_known(o.ctid) : 0;
	if (status)
		return status;
	fd = module_events_open(o.buffer, false, &status);
	if (fd < 0)
		return status;
	if (verbosity > 0)
		warn("events: following");
	return go_on(fd, &o);
}
