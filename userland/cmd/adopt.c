// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * adopt. The record is written first, then the module is told: killed in between,
 * it leaves a record of nothing (adopted.h), and never a VE without a record.
 */
#include <string.h>

#include "adopted.h"
#include "command.h"
#include "error.h"
#include "feature.h"
#include "file.h"
#include "given.h"
#include "hold.h"
#include "lock.h"
#include "options.h"
#include "private.h"

/* Of what was adopted as this CTID before, and is no more. */
#define RECORD_MAX (256 * 1024)

struct adoption {
	struct given given;
	struct config *c;
	int cgroup;
	char *before;		/* an older record's text, NULL: there was none */
};

static int parse_options(int argc, char **argv, struct given *g, uint32_t *ctid)
{
	int status = given_parse(argc, argv, GIVEN_ADOPT, g);

	if (status)
		return status;
	/* As for create: who has a name exists. */
	if (optind < argc && !parse_ctid(argv[optind], ctid))
		return fail(EXIT_BAD_VALUE, "adopt %.80s: a CTID is a number from %d to %d",
			    argv[optind], VZLITE_VE_ID_MIN, VZLITE_VE_ID_MAX);
	status = option_ctid(argc, argv, ctid);
	if (!status)
		status = option_end(argc, argv);
	if (!status && !g->cgroup)
		status = fail(EXIT_BAD_OPTION, "adopt %u: --cgroup is missing", *ctid);
	return status ? status : given_check_adopted(g, *ctid);
}

/* Nobody has this CTID: not in a file, nor in the module. */
static int check_free(uint32_t ctid)
{
	struct module_ve ve;
	int found;

	if ((config_exists(ctid) && !config_adopted(ctid)) || private_exists(ctid))
		return fail(EXIT_PRIVATE_EXISTS, "adopt %u: the VE exists already", ctid);
	found = module_ve_get(ctid, &ve);
	if (found < 0)
		return -found;
	if (!found)
		return 0;
	return config_adopted(ctid) ?
	       fail(EXIT_PRIVATE_EXISTS, "adopt %u: the VE is adopted already (vzlite release %u)",
		    ctid, ctid) :
	       fail(EXIT_PRIVATE_EXISTS, "adopt %u: the module has a VE of this CTID already", ctid);
}

/* A record of what is no more gives way, and comes back if nothing comes of this. */
static int take_before(struct adoption *a)
{
	char path[PATH_MAX];
	int status;

	if (!config_adopted(a->c->ctid))
		return 0;
	config_path(path, a->c->ctid);
	status = file_peek(path, RECORD_MAX, &a->before);
	if (status > 0)
		return status;
	warn("adopt %u: what was adopted by this CTID before is no more; its name and limits are not taken over",
	     a->c->ctid);
	return 0;
}

static int give_back(struct adoption *a)
{
	char dir[PATH_MAX], name[32];

	if (!a->before)
		return config_remove(a->c->ctid);
	config_dir(dir, true);
	snprintf(name, sizeof(name), "%u.conf", a->c->ctid);
	return file_replace(dir, name, 0644, a->before, strlen(a->before));
}

static int make_config(struct adoption *a, uint32_t ctid)
{
	int status;

	config_init(a->c, ctid);
	a->c->adopted = true;
	status = adopted_open(a->c, a->given.cgroup, &a->cgroup);
	return status ? status : given_apply(&a->given, a->c);
}

static int adopt_held(struct adoption *a)
{
	cleanup_close int names = -1;
	char id[16];
	int status = host_lock("ids", &names);

	if (!status)
		status = given_check_name(a->c);
	if (!status)
		status = take_before(a);
	if (!status)
		status = adopted_prepare(a->c->ctid);
	if (!status)
		status = config_save(a->c);
	if (status)
		return status;
	/* Before it runs: whoever is killed here, the next loss is told. */
	adopted_forget_told(a->c->ctid);
	snprintf(id, sizeof(id), "%u", a->c->ctid);
	status = module_ve_new(a->c->ctid, a->c->name && *a->c->name ? a->c->name : id, a->cgroup,
			       a->c->bound, a->c->set, features_views(a->c->features), false);
	if (status && give_back(a))
		warn("adopt %u: vzlite release %u removes what is left", a->c->ctid, a->c->ctid);
	return status;
}

/* Who is stopped meanwhile would keep all others from a name. */
static int adopt(struct adoption *a)
{
	sigset_t old;
	int status;

	hold_stops(&old);
	status = adopt_held(a);
	hold_end(&old);
	return status;
}

int cmd_adopt(int argc, char **argv)
{
	cleanup_config struct config c;
	cleanup_lock int lock = -1;
	struct adoption a = { .c = &c, .cgroup = -1 };
	uint32_t ctid;
	int status;

	config_init(&c, 0);
	status = parse_options(argc, argv, &a.given, &ctid);
	if (!status)
		status = ve_lock(ctid, &lock);
	if (!status)
		status = check_free(ctid);
	if (!status)
		status = make_config(&a, ctid);
	if (!status)
		status = adopt(&a);
	if (!status)
		given_warn(&a.given, &c);
	cleanup_close_(&a.cgroup);
	free(a.before);
	return status;
}
