// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * create. The area is built beside its place, under a name that says whose it is;
 * the configuration file, written last, is what makes it a VE. Killed before that,
 * it leaves what the next create or destroy removes.
 */
#include <inttypes.h>
#include <string.h>

#include "command.h"
#include "error.h"
#include "idrange.h"
#include "options.h"
#include "private.h"
#include "setting.h"
#include "state.h"
#include "template.h"

#define OPTIONS_MAX 128

struct given {
	struct { const char *option, *value; } option[OPTIONS_MAX];
	size_t n;
	uint32_t ctid;
};

/* Every setting and every resource can be given at once. */
static void make_longs(struct option *longs)
{
	for (size_t i = 0; i < setting_count; i++)
		*longs++ = (struct option){ settings[i].option, required_argument, NULL, 'v' };
	for (int r = 0; r < VZLITE_RESOURCE_COUNT; r++)
		if (resources[r].name)
			*longs++ = (struct option){ resources[r].name, required_argument, NULL, 'v' };
	*longs = (struct option){ };
}

static int parse_options(int argc, char **argv, struct given *g)
{
	struct option longs[OPTIONS_MAX];
	int opt, which, status;

	make_longs(longs);
	while ((opt = option_next_index(argc, argv, "", longs, &which)) != -1) {
		if (opt == '?')
			return EXIT_BAD_OPTION;
		if (g->n == OPTIONS_MAX)
			return fail(EXIT_BAD_OPTION, "create: too many options");
		g->option[g->n].option = longs[which].name;
		g->option[g->n++].value = optarg;
	}
	if (optind < argc && !parse_ctid(argv[optind], &g->ctid))
		return fail(EXIT_BAD_VALUE, "create %.80s: a CTID is a number from %d to %d",
			    argv[optind], VZLITE_VE_ID_MIN, VZLITE_VE_ID_MAX);
	status = option_ctid(argc, argv, &g->ctid);
	return status ? status : option_end(argc, argv);
}

/* As a line of the VE's own file. (@value may be the field that is replaced.) */
static int keep(struct config *c, const char *key, const char *value)
{
	cleanup_free char *copy = strdup(value);

	return copy ? config_set(c, key, copy) : fail_memory();
}

/* The defaults, then what was given; written out where a later change of
 * a default must not change the VE. */
static int make_config(const struct given *g, struct config *c)
{
	int status;

	config_init(c, g->ctid);
	status = config_load_defaults(c);
	for (size_t i = 0; !status && i < g->n; i++)
		status = config_set_option(c, g->option[i].option, g->option[i].value);
	if (status)
		return status;
	if (!c->ostemplate || !*c->ostemplate)
		return fail(EXIT_BAD_OPTION, "create %u: --ostemplate is missing (vzlite template list)",
			    c->ctid);
	status = keep(c, "OSTEMPLATE", c->ostemplate);
	return status ? status : keep(c, "VE_LAYOUT", c->layout ? c->layout : "overlay");
}

static int check_name(const struct config *c)
{
	uint32_t other;

	if (!c->name || !*c->name || !config_find_name(c->name, &other))
		return 0;
	return fail(EXIT_BAD_NAME, "create %u: --name %s: is the name of VE %u", c->ctid, c->name,
		    other);
}

/* Choose ids and make it a VE; nobody else chooses ids or a name meanwhile. */
static int commit(struct config *c)
{
	cleanup_close int lock = -1;
	char uid[24];
	int status = host_lock("ids", &lock);

	if (!status)
		status = check_name(c);
	if (!status)
		status = idrange_choose(c->ctid, c->local_uid, &c->local_uid);
	if (status)
		return status;
	snprintf(uid, sizeof(uid), "%" PRIu64, c->local_uid);
	status = config_set(c, "LOCAL_UID", uid);
	if (!status)
		status = private_commit(c);
	if (status)
		return status;
	status = config_save(c);
	if (!status) {
		private_finish(c->ctid);
		return 0;
	}
	if (private_retire(c->ctid) || private_remove_retired(c->ctid))
		warn("create %u: its private area is left; vzlite destroy %u removes it", c->ctid,
		     c->ctid);
	return status;
}

/* Is the place free? What an interrupted create has left does not count. */
static int check_place(uint32_t ctid)
{
	char path[PATH_MAX];
	int status;

	if (config_exists(ctid))
		return fail(EXIT_PRIVATE_EXISTS, "create %u: the VE exists already", ctid);
	private_sweep(ctid);
	if (!private_exists(ctid))
		return 0;
	if (!private_unfinished(ctid)) {
		private_path(ctid, NULL, path);
		return fail(EXIT_PRIVATE_EXISTS, "create %u: there is %s, without a configuration: "
			    "vzlite destroy %u removes it", ctid, path, ctid);
	}
	status = private_retire(ctid);
	return status ? status : private_remove_retired(ctid);
}

int cmd_create(int argc, char **argv)
{
	cleanup_config struct config c;
	cleanup_close int lock = -1, template = -1;
	struct given g = { };
	int status;

	config_init(&c, 0);
	status = parse_options(argc, argv, &g);
	if (!status)
		status = make_config(&g, &c);
	if (!status)
		status = ve_lock(g.ctid, &lock);
	if (!status)
		status = check_place(g.ctid);
	if (!status)
		status = template_open(c.ostemplate, &template);
	/* Early, for the message's sake; commit() asks again. */
	if (!status)
		status = check_name(&c);
	if (!status)
		status = private_build(&c, template);
	if (status)
		return status;
	status = commit(&c);
	if (status)
		private_abandon(g.ctid);
	return status;
}
