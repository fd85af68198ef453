// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "adopted.h"
#include "command.h"
#include "error.h"
#include "feature.h"
#include "file.h"
#include "lives.h"
#include "options.h"
#include "state.h"
#include "table.h"

struct list_options {
	bool all, stopped, no_header, json, names, reverse;
	const char *fields;
	const char *sort;	/* a field, NULL: by CTID */
	uint32_t *only;		/* CTIDs from the command line */
	size_t n_only;
};

static bool wanted(const struct list_options *o, uint32_t ctid)
{
	for (size_t i = 0; i < o->n_only; i++)
		if (o->only[i] == ctid)
			return true;
	return !o->n_only;
}

/* Does it run? What could not be found out has had its line. */
enum runs { RUNS_NOT, RUNS, RUNS_UNKNOWN };

/* The first error is kept in *@status. */
static enum runs find_out(uint32_t ctid, int *status)
{
	enum ve_state state;
	int unknown = ve_find(ctid, &state, NULL, NULL);

	*status = *status ? *status : unknown;
	return unknown ? RUNS_UNKNOWN : state == VE_RUNS ? RUNS : RUNS_NOT;
}

static int parse_ctids(int argc, char **argv, struct list_options *o)
{
	int status = 0;

	o->only = calloc(argc, sizeof(*o->only));
	if (!o->only)
		return fail_memory();
	while (!status && optind < argc) {
		uint32_t *ctid = &o->only[o->n_only++];

		status = option_ctid(argc, argv, ctid);
		if (!status && !config_exists(*ctid) && find_out(*ctid, &status) == RUNS_NOT)
			status = fail(EXIT_NO_CONFIG, "list %u: no such VE", *ctid);
	}
	return status;
}

static int parse_options(int argc, char **argv, struct list_options *o)
{
	static const struct option longs[] = {
		{ "all", no_argument, NULL, 'a' },
		{ "stopped", no_argument, NULL, 'S' },
		{ "no-header", no_argument, NULL, 'H' },
		{ "output", required_argument, NULL, 'o' },
		{ "json", no_argument, NULL, 'j' },
		{ "name", no_argument, NULL, 'n' },
		{ "sort", required_argument, NULL, 's' },
		{ "list", no_argument, NULL, 'L' },
		{ },
	};
	int opt;

	while ((opt = option_next(argc, argv, "aSH1o:jns:L", longs)) != -1) {
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
		case 'n':
			o->fields = LIST_NAMED;
			break;
		case 's':
			o->reverse = *optarg == '-';
			o->sort = optarg + o->reverse;
			break;
		case 'L':
			o->names = true;
			break;
		default:
			return EXIT_BAD_OPTION;
		}
	}
	return parse_ctids(argc, argv, o);
}

static const char *status_of(const struct lives *lives, uint32_t ctid, enum runs runs)
{
	if (runs == RUNS_UNKNOWN)
		return NULL;
	if (runs == RUNS)
		return ids_have(&lives->suspended, ctid) ? "suspended" : "running";
	return ve_mount_state(ctid) == MOUNT_THERE ? "mounted" : "stopped";
}

/* A VE of which @config is loaded, as far as it could be. Does it run? @runs is of
 * one that is not adopted. */
static enum runs look(const struct lives *lives, const struct config *config, enum runs runs,
		      struct disk_usage *disk, struct ve_view *view)
{
	const struct module_ve *ve = lives_ve(lives, config->ctid);
	bool registered = runs != RUNS_NOT;

	if (config->adopted) {
		enum adopted_state state = adopted_state(config, ve);

		view->status = adopted_status(state);
		runs = state == ADOPTED_RUNNING ? RUNS : RUNS_NOT;
		registered = adopted_registered(state);
	} else {
		view->status = status_of(lives, config->ctid, runs);
	}
	view->ctid = config->ctid;
	view->config = config;
	view->counters = registered ? lives_counters(lives, config->ctid) : NULL;
	view->uncounted = (runs != RUNS_NOT || config->adopted) && !view->counters;
	view->disk = lives->disk && !config->adopted && disk_usage(config->ctid, disk) ? disk : NULL;
	view->views = registered && ve ? ve->views : features_views(config->features);
	return runs;
}

/* Adopted ones that do not run are to be let go: they are shown, as is what may run or not. */
static bool shown(const struct list_options *o, bool adopted, enum runs runs)
{
	return runs == RUNS ? !o->stopped : runs == RUNS_UNKNOWN || o->all || o->stopped || o->n_only || adopted;
}

static void put(const struct list_options *o, struct json *json, const struct column *columns, int n,
		const struct ve_view *view)
{
	if (o->json)
		list_json(json, columns, n, view);
	else
		list_row(json->out, columns, n, view);
}

/* What is printed of the VEs, to be sorted. */
struct rows {
	struct row {
		uint32_t ctid;
		struct list_key key;
		char *text;
	} *list;
	size_t n;
};

static void cleanup_rows(struct rows *rows)
{
	for (size_t i = 0; i < rows->n; i++) {
		free(rows->list[i].text);
		free(rows->list[i].key.text);
	}
	free(rows->list);
}

/* There is room for one more. */
static int keep(const struct list_options *o, struct rows *rows, const struct column *columns, int n,
		const struct ve_view *view)
{
	struct row *row = &rows->list[rows->n];
	struct json json = { };
	size_t size;
	int status;

	json.out = open_memstream(&row->text, &size);
	if (!json.out)
		return fail_memory();
	rows->n++;
	put(o, &json, columns, n, view);
	row->ctid = view->ctid;
	/* Behind those that are shown. */
	status = list_key(&columns[n], view, &row->key);
	return fclose(json.out) ? fail_memory() : status;
}

static int by_key(const void *a, const void *b)
{
	const struct row *one = a, *other = b;
	int order = one->key.number < other->key.number ? -1 : one->key.number > other->key.number;

	if (!order)
		order = strcmp(one->key.text, other->key.text);
	return order ? order : one->ctid < other->ctid ? -1 : 1;
}

static void put_sorted(const struct list_options *o, struct json *json, struct rows *rows)
{
	qsort(rows->list, rows->n, sizeof(*rows->list), by_key);
	for (size_t i = 0; i < rows->n; i++) {
		const char *text = rows->list[o->reverse ? rows->n - 1 - i : i].text;

		if (o->json)
			json_text(json, text);
		else
			fputs(text, json->out);
	}
}

/* Is all of it known? What cannot be read has had its line; the VE is listed all the same. */
static bool load(const struct lives *lives, struct config *config, uint32_t ctid, int *status)
{
	int bad;

	if (ids_have(&lives->lost, ctid))
		return false;
	bad = config_shared_load(&lives->shared, config, ctid);
	*status = *status ? *status : bad;
	return !bad && lives->defaults && !config->adopted;
}

static int print_rows(const struct list_options *o, const struct lives *lives, const uint32_t *ids, size_t count,
		      const struct column *columns, int n, struct json *json)
{
	__attribute__((cleanup(cleanup_rows))) struct rows rows = { .list = calloc(count + 1, sizeof(*rows.list)) };
	int status = rows.list ? 0 : fail_memory();

	for (size_t i = 0; rows.list && i < count; i++) {
		cleanup_config struct config config;
		struct disk_usage disk;
		struct ve_view view;
		enum runs runs = RUNS_NOT;

		config_init(&config, ids[i]);
		if (!wanted(o, ids[i]))
			continue;
		/* Not to be told of a broken file of a VE that is not shown. */
		if (!config_shared_adopted(&lives->shared, ids[i]) &&
		    !shown(o, false, runs = find_out(ids[i], &status)))
			continue;
		/* Destroyed, or released, since the names were read; or nothing of it runs. */
		if (runs == RUNS_NOT && !config_exists(ids[i]))
			continue;
		view.known = load(lives, &config, ids[i], &status);
		if (!shown(o, config.adopted, look(lives, &config, runs, &disk, &view)))
			continue;
		if (!o->sort)
			put(o, json, columns, n, &view);
		else if (keep(o, &rows, columns, n, &view))
			return EXIT_NO_RESOURCES;
	}
	put_sorted(o, json, &rows);
	return status;
}

/* Those with a file, and those that may be lost, in order. */
static int list_ids(struct lives *lives, struct ids *ids)
{
	cleanup_ids struct ids started = { };
	int status = config_list(&ids->list, &ids->n);

	ids->room = ids->n;
	if (!status)
		status = state_started(&started);
	for (size_t i = 0; i < started.n && !status; i++) {
		uint32_t ctid = started.list[i];

		if (ids_have(ids, ctid))
			continue;
		status = ids_put(&lives->lost, ctid);
		if (!status)
			status = ids_put(ids, ctid);
	}
	if (lives->lost.n)
		ids_sort(ids);
	return status;
}

static int print_ves(const struct list_options *o, struct lives *lives,
		     const struct column *columns, int n, FILE *out)
{
	cleanup_ids struct ids ids = { };
	struct json json = { .out = out };
	int status = list_ids(lives, &ids), printed;

	if (o->json)
		json_open(&json, NULL, '[');
	else if (!o->no_header)
		list_header(out, columns, n);
	printed = print_rows(o, lives, ids.list, ids.n, columns, n, &json);
	if (o->json) {
		json_close(&json, ']');
		putc('\n', out);
	}
	return printed ? printed : status;
}

static int print_list(const struct list_options *o, FILE *out)
{
	cleanup_lives struct lives lives = { };
	struct column columns[LIST_COLUMNS_MAX + 1];
	int n, asked, status, shared;

	n = o->json && !o->fields ? list_all_columns(columns) :
	    list_columns(o->fields ? o->fields : LIST_DEFAULT, columns);
	if (n < 0)
		return EXIT_BAD_VALUE;
	asked = n;
	if (o->sort) {
		status = list_sort_column(o->sort, &columns[asked++]);
		if (status)
			return status;
	}
	/* Defaults that cannot be read have had their line; VEs are listed all the same. */
	shared = config_shared_read(&lives.shared);
	lives.defaults = !shared;
	lives.disk = list_shows_disk(columns, asked);
	/* Without the module there are still VEs to list, but no figures. */
	status = module_loaded() ? lives_ask(&lives, columns, asked) : 0;
	if (!status)
		status = state_suspended(&lives.suspended);
	if (status)
		return status;
	status = print_ves(o, &lives, columns, n, out);
	return status ? status : shared;
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
		if (out && o.names)
			list_names(out);
		else
			status = out ? print_list(&o, out) : fail_memory();
		if (out && fclose(out) && !status)
			status = fail_memory();
		printed = text ? print_all(text, size) : 0;
		status = status ? status : printed;
	}
	free(o.only);
	return status;
}
