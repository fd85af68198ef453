// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "adopted.h"
#include "command.h"
#include "error.h"
#include "feature.h"
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

/* What the module knows: two dumps, of which the second may tell of more. */
struct lives {
	struct live {
		uint32_t ctid;
		struct counter counters[VZLITE_RESOURCE_COUNT];
	} *list;
	size_t n;
	struct module_ve *ves;
	size_t n_ves;
};

static void cleanup_lives(struct lives *l)
{
	free(l->list);
	free(l->ves);
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

static int ask_module(struct lives *l)
{
	int status = module_counters_all(add_live, l);

	return status ? status : module_ve_all(&l->ves, &l->n_ves);
}

static const struct counter *find_counters(const struct lives *l, uint32_t ctid)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->list[i].ctid == ctid)
			return l->list[i].counters;
	return NULL;
}

static const struct module_ve *find_ve(const struct lives *l, uint32_t ctid)
{
	for (size_t i = 0; i < l->n_ves; i++)
		if (l->ves[i].id == ctid)
			return &l->ves[i];
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

/* A VE of which @config is loaded, as far as it could be. Does it run? */
static bool look(const struct lives *lives, const struct config *config, struct ve_view *view)
{
	const struct module_ve *ve = find_ve(lives, config->ctid);
	bool running, registered;

	if (config->adopted) {
		enum adopted_state state = adopted_state(config, ve);

		view->status = adopted_status(state);
		running = state == ADOPTED_RUNNING;
		registered = adopted_registered(state);
	} else {
		running = registered = ve_running(config->ctid);
		view->status = !running ? "stopped" :
			       ve_suspended(config->ctid) ? "suspended" : "running";
	}
	view->ctid = config->ctid;
	view->config = config;
	view->counters = registered ? find_counters(lives, config->ctid) : NULL;
	view->views = registered && ve ? ve->views : features_views(config->features);
	return running;
}

/* Adopted ones that do not run are to be let go: they are shown. */
static bool shown(const struct list_options *o, bool adopted, bool running)
{
	return running ? !o->stopped : o->all || o->stopped || o->n_only || adopted;
}

static int print_ves(const struct list_options *o, const struct lives *lives,
		     const struct column *columns, int n, FILE *out)
{
	cleanup_free uint32_t *ids = NULL;
	struct json json = { .out = out };
	size_t count = 0;
	int status = config_list(&ids, &count);

	if (o->json)
		json_open(&json, NULL, '[');
	else if (!o->no_header)
		list_header(out, columns, n);
	for (size_t i = 0; i < count; i++) {
		cleanup_config struct config config;
		struct ve_view view;

		config_init(&config, ids[i]);
		/* Not to be told of a broken file of a VE that is not shown. */
		if (!wanted(o, ids[i]) || (!config_adopted(ids[i]) &&
					   !shown(o, false, ve_running(ids[i]))))
			continue;
		/* It has had its line; the VE is listed all the same. */
		if (config_load(&config, ids[i]))
			status = EXIT_BAD_VALUE;
		if (!shown(o, config.adopted, look(lives, &config, &view)))
			continue;
		if (o->json)
			list_json(&json, columns, n, &view);
		else
			list_row(out, columns, n, &view);
	}
	if (o->json) {
		json_close(&json, ']');
		putc('\n', out);
	}
	return status;
}

static int print_list(const struct list_options *o, FILE *out)
{
	__attribute__((cleanup(cleanup_lives))) struct lives lives = { };
	struct column columns[LIST_COLUMNS_MAX];
	int n, status;

	n = o->json && !o->fields ? list_all_columns(columns) :
	    list_columns(o->fields ? o->fields : LIST_DEFAULT, columns);
	if (n < 0)
		return EXIT_BAD_VALUE;
	/* Without the module there are still VEs to list, but no figures. */
	status = module_loaded() ? ask_module(&lives) : 0;
	return status ? status : print_ves(o, &lives, columns, n, out);
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
