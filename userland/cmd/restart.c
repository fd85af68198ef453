// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * restart: of a VE that does not run it is a start, as with vzctl. It is brought to its end when
 * the terminal goes, which may have come by way of the VE; what is killed eventd brings to its end.
 */
#include "adopted.h"
#include "command.h"
#include "error.h"
#include "hold.h"
#include "lock.h"
#include "options.h"
#include "reboot.h"
#include "state.h"
#include "ve.h"

struct restart {
	uint32_t ctid;
	bool fast;
	struct start_options start;
};

static int parse(int argc, char **argv, struct restart *r, int *lock)
{
	static const struct option longs[] = {
		{ "wait", no_argument, NULL, 'w' },
		{ "fast", no_argument, NULL, 'q' },
		{ "force", no_argument, NULL, 'f' },
		{ }
	};
	int opt;

	while ((opt = option_next(argc, argv, "", longs)) != -1) {
		if (opt == '?')
			return EXIT_BAD_OPTION;
		*(opt == 'w' ? &r->start.wait : opt == 'q' ? &r->fast : &r->start.force) = true;
	}
	return option_ve(argc, argv, &r->ctid, lock);
}

/* *@late: what is to be told when it runs again. */
static int stop(const struct config *c, const struct restart *r, int *late)
{
	const struct stop_options o = { .fast = r->fast, .again = true, .force = r->start.force };
	int status = ve_stop_if(c, &o);

	/* The script umount has failed, when all was done: no reason to leave it down. */
	if (status != EXIT_ACTION_SCRIPT || ve_running(c->ctid))
		return status;
	*late = status;
	return 0;
}

/* It could not be started, maybe as a signal that we hold has ended a script: to eventd it is as if that
 * had ended us. */
static bool left(uint32_t ctid, const struct start_options *o)
{
	if (*o->lock < 0 || !hold_pending() || restart_mark(ctid, 0, o->force))
		return false;
	warn("restart %u: interrupted: its start is left to vzlite-eventd", ctid);
	return true;
}

/* It runs, and could be started. */
static int run(const struct config *c, struct restart *r)
{
	cleanup_config struct config now;
	int status, late = 0;
	sigset_t old;

	config_init(&now, c->ctid);
	hold_signals(true, &old);
	r->start.held = &old;
	/* It may end by itself meanwhile. */
	status = stop(c, r, &late);
	/* An admin, or his script umount, may have changed the file. What is odd in it was said. */
	if (!status) {
		int said = verbosity;

		verbosity = -1;
		status = config_load(&now, c->ctid);
		verbosity = said;
	}
	if (!status && (status = ve_start(&now, &r->start)) && left(c->ctid, &r->start))
		return status;
	/* Who reads why it stays down decides what is next. Without the lock it is up. */
	if (status && *r->start.lock >= 0)
		restart_unmark(c->ctid);
	return status ? status : late;
}

int cmd_restart(int argc, char **argv)
{
	cleanup_config struct config c;
	cleanup_lock int lock = -1;
	struct restart r = { .start.lock = &lock };
	enum ve_state state;
	int status;

	config_init(&c, 0);
	status = parse(argc, argv, &r, &lock);
	if (!status)
		status = adopted_refuse(r.ctid);
	if (!status)
		status = config_load(&c, r.ctid);
	if (!status)
		status = ve_find(r.ctid, &state, NULL, NULL);
	/* Not to be found out when it is down. */
	if (!status && state == VE_RUNS)
		status = ve_check(&c, &r.start);
	if (status)
		return status;
	return state == VE_RUNS ? run(&c, &r) : ve_start(&c, &r.start);
}
