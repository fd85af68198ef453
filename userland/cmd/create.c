// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * create. The area is built beside its place, under a name that says whose it is;
 * the configuration file, written last, is what makes it a VE. Killed before that,
 * it leaves what the next create or destroy removes.
 */
#include <inttypes.h>
#include <string.h>

#include "action.h"
#include "cgroup.h"
#include "command.h"
#include "disk.h"
#include "error.h"
#include "given.h"
#include "hold.h"
#include "idrange.h"
#include "io.h"
#include "lock.h"
#include "netif_live.h"
#include "network.h"
#include "options.h"
#include "private.h"
#include "privileged.h"
#include "state.h"
#include "template.h"

static int parse_options(int argc, char **argv, struct given *g, uint32_t *ctid)
{
	int status = given_parse(argc, argv, GIVEN_CREATE, g);

	if (status)
		return status;
	/* A name is no CTID here: the VE that has it exists. */
	if (optind < argc && !parse_ctid(argv[optind], ctid))
		return fail(EXIT_BAD_VALUE, "create %.80s: a CTID is a number from %d to %d",
			    argv[optind], VZLITE_VE_ID_MIN, VZLITE_VE_ID_MAX);
	status = option_ctid(argc, argv, ctid);
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
static int make_config(const struct given *g, uint32_t ctid, struct config *c)
{
	int status;

	config_init(c, ctid);
	status = config_load_defaults(c);
	if (!status)
		status = given_apply(g, c);
	if (!status && c->netif)
		status = given_complete_netifs(c, NULL);
	if (status)
		return status;
	if (!c->ostemplate || !*c->ostemplate)
		return fail(EXIT_BAD_OPTION, "create %u: --ostemplate is missing (vzlite template list)",
			    c->ctid);
	status = keep(c, "OSTEMPLATE", c->ostemplate);
	return status ? status : keep(c, "VE_LAYOUT", c->layout ? c->layout : "overlay");
}

static int check_network(const struct config *c)
{
	int status = network_check(c->ctid, c->ip_address, true);

	return status || !c->netif ? status : netif_check(c->ctid, c->netif, NULL, true);
}

/* It is no VE. */
static void forget(uint32_t ctid)
{
	if (config_remove(ctid))
		warn("create %u: vzlite destroy %u removes what is left", ctid, ctid);
}

/* Choose ids, and write down that they are the VE's; nobody else chooses ids or a name meanwhile. */
static int choose(struct config *c)
{
	cleanup_close int lock = -1;
	char uid[24];
	int status = host_lock("ids", &lock);

	if (!status)
		status = given_check_name(c);
	if (!status)
		status = check_network(c);
	if (!status)
		status = idrange_choose(c->ctid, c->local_uid, &c->local_uid);
	if (status)
		return status;
	snprintf(uid, sizeof(uid), "%" PRIu64, c->local_uid);
	status = config_set(c, "LOCAL_UID", uid);
	if (!status)
		status = private_give(c);
	/* Left where the former VE's file was lost or removed by hand. */
	if (!status)
		status = action_retire(c->ctid, true);
	if (status)
		return status;
	status = config_save(c);
	/* The file may be there though writing it has failed, in its last sync. */
	if (status)
		forget(c->ctid);
	return status;
}

/* Who is stopped meanwhile would keep all others from it. */
static int choose_held(struct config *c)
{
	sigset_t old;
	int status;

	hold_stops(&old);
	status = choose(c);
	hold_end(&old);
	return status;
}

/* Make it a VE. What waits for a disk and needs no others to keep off comes when the ids are written down. */
static int commit(struct config *c)
{
	struct disk_quota none = { };
	int status = choose_held(c);

	if (status)
		return status;
	/* Killed before this, whatever comes next does it. */
	status = private_settle(c->ctid, true);
	/* As --save has it of one that does not run. */
	if (!status && disk_wanted(c)) {
		status = disk_apply(c, &none);
		if (status)
			private_unsettle(c->ctid);
	}
	if (status)
		forget(c->ctid);
	return status;
}

/* Is the place free? What an interrupted create has left does not count. */
static int check_place(uint32_t ctid)
{
	enum ve_state state;
	bool known = config_exists(ctid);
	char path[PATH_SIZE];
	int status;

	/* By the file alone its files may be away only, on a disk that is not mounted. */
	if (known && !private_exists(ctid))
		return fail(EXIT_PRIVATE_EXISTS, "create %u: there is a configuration of the VE, but none of its "
			    "files: move one that was copied here away; vzlite destroy %u ends a destroy that was "
			    "killed", ctid, ctid);
	if (known)
		return fail(EXIT_PRIVATE_EXISTS, "create %u: the VE exists already", ctid);
	/* Else what runs, of whoever had this CTID, would be the new VE. Its state may be lost, too. */
	status = ve_find(ctid, &state, NULL, NULL);
	if (status)
		return status;
	if (state == VE_RUNS || cgroup_populated(ctid))
		return fail(EXIT_RUNNING, "create %u: a VE of this CTID, which has no configuration, "
			    "is running (vzlite stop %u)", ctid, ctid);
	private_sweep(ctid);
	if (!private_exists(ctid))
		return 0;
	private_path(ctid, NULL, path);
	return fail(EXIT_PRIVATE_EXISTS, "create %u: there is %s, without a configuration: "
		    "vzlite destroy %u removes it", ctid, path, ctid);
}

int cmd_create(int argc, char **argv)
{
	cleanup_config struct config c;
	cleanup_lock int lock = -1;
	cleanup_close int template = -1;
	struct given g = { };
	uint32_t ctid;
	int status;

	config_init(&c, 0);
	status = parse_options(argc, argv, &g, &ctid);
	if (!status)
		status = make_config(&g, ctid, &c);
	if (!status)
		status = ve_lock(ctid, &lock);
	if (!status)
		status = check_place(ctid);
	if (!status)
		status = template_open(c.ostemplate, &template);
	/* Early, for the message's sake; commit() asks again. */
	if (!status)
		status = given_check_name(&c);
	if (!status)
		status = check_network(&c);
	if (!status)
		status = private_build(&c, template);
	if (status)
		return status;
	if (disk_wanted(&c))
		status = disk_check(ctid);
	if (!status && io_wanted(&c))
		status = io_check(&c);
	if (!status)
		status = commit(&c);
	if (status)
		private_abandon(ctid);
	if (!status) {
		privileged_warn(&c);
		given_warn(&g, &c);
	}
	return status;
}
