// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "command.h"
#include "error.h"
#include "file.h"
#include "module.h"
#include "options.h"
#include "state.h"
#include "table.h"

struct list_options {
	bool all, stopped, no_header, json;
	const char *fields;
	uint32_t *only;		/* CTIDs from the command line */
	size_t n_only;
};

/* What the module knows, by CTID. */
struct live {
	uint32_t ctid;
	struct counter counters[VZLITE_RESOURCE_COUNT];
};

struct lives {
	struct live *list;
	size_t n;
};

static void cleanup_lives(struct lives *l)
{
	free(l->list);
}

static int add_live(const struct module_ve *ve, const struct counter *counters, void *arg)
{
	struct lives *l = arg;
	struct live *list = realloc(l->list, (l->n + 1) * sizeof(*list));

	if (!list)
		return fail_memory();
	l->list = list;
	list[l->n].ctid = ve->id;
	memcpy(list[l->n].counters, counters, sizeof(list->counters));
	l->n++;
	return 0;
}

static const struct live *find_live(const struct lives *l, uint32_t ctid)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->list[i].ctid == ctid)
			return &l->list[i];
	return NULL;
}

static bool wanted(const struct list_options *o, uint32_t ctid)
{
	for (size_t i = 0; i < o->n_only; i++)
		if (o->only[i] == ctid)
			return true;
	return !o->n_only;
}

static int parse_options(int argc, char **argv, struct list_options *o)
{
	static const struct option longs[] = {
		{ "all", no_argument, NULL, 'a' },
		{ "stopped", no_argument, NULL, 'S' },
		{ "no-header", no_argument, NULL, 'H' },
		{ "output", required_argument, NULL, 'o' },
		{ "json", no_argument, NULL, 'j' },
		{ },
	};
	int opt, status;

	while ((opt = option_next(argc, argv, "aSH1o:j", longs)) != -1) {
		switch (opt) {
		case 'a':
			o->all = true;
			break;
		case 'S':
			o->stopped = true;
			break;
		case '1':
			o->fields = "ctid";
			/* fallthrough */
		case 'H':
			o->no_header = true;
			break;
		case 'o':
			o->fields = optarg;
			break;
		case 'j':
			o->json = true;
			break;
		default:
			return EXIT_BAD_OPTION;
		}
	}
	o->only = calloc(argc, sizeof(*o->only));
	if (!o->only)
		return fail_memory();
	while (optind < argc) {
		status = option_ctid(argc, argv, &o->only[o->n_only]);
		if (status)
			return status;
		if (!config_exists(o->only[o->n_only]))
			return fail(EXIT_NO_CONFIG, "list %u: no such VE", o->only[o->n_only]);
		o->n_only++;
	}
	return 0;
}

static int print_list(const struct list_options *o, FILE *out)
{
	__attribute__((cleanup(cleanup_lives))) struct lives lives = { };
	struct column columns[LIST_COLUMNS_MAX];
	cleanup_free uint32_t *ids = NULL;
	struct json json = { .out = out };
	int n, status;
	size_t count;

	n = o->json && !o->fields ? list_all_columns(columns) :
	    list_columns(o->fields ? o->fields : LIST_DEFAULT, columns);
	if (n < 0)
		return EXIT_BAD_VALUE;
	/* Without the module there are still VEs to list, but no figures. */
	status = config_list(&ids, &count);
	if (!status && module_loaded())
		status = module_counters_all(add_live, &lives);
	if (status)
		return status;
	if (o->json)
		json_open(&json, NULL, '[');
	else if (!o->no_header)
		list_header(out, columns, n);
	for (size_t i = 0; i < count; i++) {
		const struct live *live = find_live(&lives, ids[i]);
		cleanup_config struct config config;
		bool running = ve_running(ids[i]);
		struct ve_view ve = { ids[i], running ? "running" : "stopped", &config,
				      running && live ? live->counters : NULL };

		config_init(&config, ids[i]);
		if (!wanted(o, ids[i]) || (running ? o->stopped : !o->all && !o->stopped && !o->n_only))
			continue;
		/* A broken file has had its line; the VE is listed all the same. */
		if (config_load(&config, ids[i]))
			status = EXIT_BAD_VALUE;
		if (o->json)
			list_json(&json, columns, n, &ve);
		else
			list_row(out, columns, n, &ve);
	}
	if (o->json) {
		json_close(&json, ']');
		putc('\n', out);
	}
	return status;
}

int cmd_list(int argc, char **argv)
{
	struct list_options o = { };
	cleanup_free char *text = NULL;
	size_t size = 0;
	FILE *out;
	int status = parse_options(argc, argv, &o), printed;

	if (!status) {
		out = open_memstream(&text, &size);
		status = out ? print_list(&o, out) : fail_memory();
		if (out && fclose(out) && !status)
			status = fail_memory();
		printed = text ? print_all(text, size) : 0;
		status = status ? status : printed;
	}
	free(o.only);
	return status;
}
