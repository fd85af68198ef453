// SPDX-License-Identifier: GPL-2.0-or-later
#include "command.h"
#include "config.h"
#include "error.h"
#include "file.h"
#include "module.h"
#include "options.h"
#include "table.h"

/* Where to: nothing is shown before all of it is there. */
struct output {
	FILE *out;
	struct json *json;	/* NULL: a table */
};

static int print(const struct module_ve *ve, const struct counter *counters, void *arg)
{
	struct output *o = arg;

	if (!o->json) {
		stats_rows(o->out, ve->id, counters);
		return 0;
	}
	json_open(o->json, NULL, '{');
	json_number(o->json, "ctid", ve->id);
	json_string(o->json, "name", ve->name);
	stats_json(o->json, counters);
	json_close(o->json, '}');
	return 0;
}

static int print_one(uint32_t ctid, struct output *o)
{
	struct counter counters[VZLITE_RESOURCE_COUNT];
	struct module_ve ve;
	int found = module_ve_get(ctid, &ve), status;

	if (found < 0)
		return -found;
	if (!found)
		return config_exists(ctid) ?
		       fail(EXIT_NOT_RUNNING, "stats %u: the VE is not running", ctid) :
		       fail(EXIT_NO_CONFIG, "stats %u: no such VE", ctid);
	status = module_counters(ctid, counters);
	return status ? status : print(&ve, counters, o);
}

static int print_stats(uint32_t ctid, struct output *o)
{
	int status;

	if (o->json)
		json_open(o->json, NULL, '[');
	else
		stats_header(o->out);
	status = ctid ? print_one(ctid, o) : module_counters_all(print, o);
	if (o->json) {
		json_close(o->json, ']');
		putc('\n', o->out);
	}
	return status;
}

int cmd_stats(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "json", no_argument, NULL, 'j' },
		{ },
	};
	cleanup_free char *text = NULL;
	size_t size = 0;
	struct output o = { };
	struct json json = { };
	uint32_t ctid = 0;
	int opt, status = 0;

	while ((opt = option_next(argc, argv, "j", longs)) != -1) {
		if (opt == '?')
			return EXIT_BAD_OPTION;
		o.json = &json;
	}
	if (optind < argc)
		status = option_ctid(argc, argv, &ctid);
	if (!status)
		status = option_end(argc, argv);
	if (status)
		return status;
	json.out = o.out = open_memstream(&text, &size);
	if (!o.out)
		return fail_memory();
	status = print_stats(ctid, &o);
	if (fclose(o.out) && !status)
		return fail_memory();
	return status ? status : print_all(text, size);
}
