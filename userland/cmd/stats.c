// SPDX-License-Identifier: GPL-2.0-or-later
#include <time.h>

#include "command.h"
#include "config.h"
#include "error.h"
#include "file.h"
#include "follow.h"
#include "module.h"
#include "options.h"
#include "rise.h"
#include "state.h"
#include "table.h"
#include "traffic.h"
#include "ve.h"

#define WATCH_SECONDS 2		/* as watch(1) */

/* Where to: nothing is shown before all of it is there. */
struct output {
	FILE *out;
	struct json *json;	/* NULL: a table */
	char *links;		/* the counters of all links */
	struct ids shown;
	int status;		/* of what could not be told, with its line; the rest is */
};

static void cleanup_output(struct output *o)
{
	free(o->links);
	cleanup_ids_(&o->shown);
}

static void failed(struct output *o, int status)
{
	o->status = o->status ? o->status : status;
}

static int print(const struct module_ve *ve, const struct counter *counters, void *arg)
{
	struct output *o = arg;
	struct traffic traffic;
	bool linked;
	int status = ids_put(&o->shown, ve->id);

	if (status)
		return status;
	failed(o, traffic_find(o->links, ve->id, &traffic, &linked));
	if (!o->json) {
		stats_rows(o->out, ve->id, counters);
		if (linked)
			traffic_rows(o->out, &traffic);
		return 0;
	}
	json_open(o->json, NULL, '{');
	json_number(o->json, "ctid", ve->id);
	json_string(o->json, "name", module_ve_name(ve));
	stats_json(o->json, counters);
	if (linked)
		traffic_json(o->json, &traffic);
	json_close(o->json, '}');
	return 0;
}

/* The module does not have it, but does it run all the same? Its line when it does. */
static int look_elsewhere(uint32_t ctid)
{
	enum ve_state state;
	struct module_ve ve;
	int status = ve_find(ctid, &state, NULL, NULL), found;

	if (status || state != VE_RUNS)
		return status;
	/* It may have started since the module was asked. */
	found = module_ve_get(ctid, &ve);
	return found ? (found < 0 ? -found : 0) :
	       fail(EXIT_NO_MODULE, "stats %u: the VE was started without the module, which knows nothing "
		    "of it (vzlite restart %u)", ctid, ctid);
}

static int print_one(uint32_t ctid, struct output *o)
{
	struct counter counters[VZLITE_RESOURCE_COUNT];
	struct module_ve ve;
	int found = module_ve_get(ctid, &ve), status;

	if (found < 0)
		return -found;
	if (!found) {
		status = look_elsewhere(ctid);
		return status ? status : config_not_running(ctid);
	}
	status = module_counters(ctid, counters);
	return status ? status : print(&ve, counters, o);
}

static int print_all_ves(struct output *o)
{
	cleanup_ids struct ids started = { };
	int status = module_counters_all(MODULE_ALL_COUNTERS, print, o);

	if (status)
		return status;
	failed(o, state_started(&started));
	ids_sort(&started);
	for (size_t i = 0; i < started.n; i++)
		if (!ids_have(&o->shown, started.list[i]))
			failed(o, look_elsewhere(started.list[i]));
	return 0;
}

static int print_stats(uint32_t ctid, struct output *o)
{
	int status;

	if (o->json)
		json_open(o->json, NULL, '[');
	else
		stats_header(o->out);
	status = ctid ? print_one(ctid, o) : print_all_ves(o);
	if (o->json) {
		json_close(o->json, ']');
		putc('\n', o->out);
	}
	return status;
}

static int show(uint32_t ctid, bool as_json)
{
	cleanup_free char *text = NULL;
	size_t size = 0;
	struct json json = { };
	__attribute__((cleanup(cleanup_output))) struct output o = { .json = as_json ? &json : NULL };
	int status = traffic_read(&o.links);

	if (status)
		return status;
	json.out = o.out = open_memstream(&text, &size);
	if (!o.out)
		return fail_memory();
	status = print_stats(ctid, &o);
	if (fclose(o.out) && !status)
		return fail_memory();
	if (!status)
		status = print_all(text, size);
	return status ? status : o.status;
}

/* A look of --watch. */
struct watch {
	uint32_t ctid;		/* 0: all */
	bool json;
	struct looks looks;
	FILE *out;
	time_t when;
};

static void cleanup_watch(struct watch *w)
{
	looks_free(&w->looks);
}

static int print_rise(const struct rise *rise, void *arg)
{
	struct watch *w = arg;

	if (w->json)
		rise_json(w->out, rise, w->when);
	else
		rise_row(w->out, rise, w->when);
	return 0;
}

static int look_at(const struct module_ve *ve, const struct counter *counters, void *arg)
{
	struct watch *w = arg;

	if (w->ctid && ve->id != w->ctid)
		return 0;
	return looks_add(&w->looks, ve, counters, print_rise, w);
}

/* One look, and what rose in one piece: *@follow tells whether somebody reads it. */
static int look(struct watch *w, enum follow *follow)
{
	cleanup_free char *text = NULL;
	size_t size = 0;
	int status = 0;

	w->out = open_memstream(&text, &size);
	if (!w->out)
		return fail_memory();
	w->when = time(NULL);
	if (!w->looks.any && !w->json)
		rise_header(w->out);
	/* A module that is gone has no VEs; it may come back, but not because we ask. */
	if (!w->looks.any || module_loaded_now())
		status = module_counters_all(MODULE_ALL_COUNTERS, look_at, w);
	looks_end(&w->looks);
	if (fclose(w->out) && !status)
		return fail_memory();
	if (!status && size)
		*follow = follow_print(text, size, &status);
	return status;
}

static int watch(uint32_t ctid, bool as_json, uint64_t seconds)
{
	__attribute__((cleanup(cleanup_watch))) struct watch w = { .ctid = ctid, .json = as_json };
	enum follow follow = FOLLOW_GO_ON;
	int status = follow_begin();
	int64_t next;

	if (!status)
		status = ctid ? ve_known(ctid) : 0;
	for (next = follow_now(); !status && follow == FOLLOW_GO_ON; ) {
		status = look(&w, &follow);
		if (status || follow != FOLLOW_GO_ON)
			break;
		/* Not sooner than asked for when a look took longer than that. */
		next = next + (int64_t)seconds * 1000;
		if (next < follow_now())
			next = follow_now();
		follow = follow_wait(-1, next, &status);
		if (follow == FOLLOW_TIME_UP)
			follow = FOLLOW_GO_ON;
	}
	return status;
}

int cmd_stats(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "watch", optional_argument, NULL, 'w' },
		{ },
	};
	uint64_t seconds = WATCH_SECONDS;
	bool as_json = false, watching = false;
	uint32_t ctid = 0;
	int opt, status = 0;

	while ((opt = option_next(argc, argv, "jw::", longs)) != -1) {
		if (opt == '?')
			return EXIT_BAD_OPTION;
		if (opt == 'j') {
			as_json = true;
			continue;
		}
		watching = true;
		if (optarg && (!parse_u64(optarg, 86400, &seconds) || !seconds))
			return fail(EXIT_BAD_VALUE, "stats: --watch=%.80s: must be a number of seconds "
				    "from 1 to 86400", optarg);
	}
	if (optind < argc)
		status = option_ctid(argc, argv, &ctid);
	if (!status)
		status = option_end(argc, argv);
	if (status)
		return status;
	return watching ? watch(ctid, as_json, seconds) : show(ctid, as_json);
}
