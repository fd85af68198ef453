// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <unistd.h>

#include "action.h"
#include "cgroup.h"
#include "error.h"
#include "freeze.h"
#include "module.h"
#include "netif_live.h"
#include "network.h"
#include "privileged.h"
#include "rate.h"
#include "reboot.h"
#include "shutdown.h"
#include "state.h"
#include "ve.h"

bool ve_registered(uint32_t ctid)
{
	char path[64];

	/* A file, not a message: mostly there is nothing to take back. */
	snprintf(path, sizeof(path), "/proc/vzlite/%u", ctid);
	return !access(path, F_OK);
}

/* @init: its pidfd, -1 if it is dead. */
static int clean(uint32_t ctid, int init, bool started)
{
	int status = cgroup_remove(ctid, init);

	if (!status)
		status = network_clear(ctid);
	if (!status)
		status = netif_clear(ctid);
	if (!status && ve_registered(ctid))
		status = module_ve_del(ctid, false);
	if (status)
		return status;
	if (started)
		status = action_run(ctid, "umount");
	/* Else who is held back could free itself by a reboot. */
	if (!reboot_by_itself(ctid))
		rate_forget(ctid);
	privileged_forget(ctid);
	if (started)
		state_remove(ctid);
	else
		state_resume(ctid);
	return status;
}

int ve_clean(uint32_t ctid, bool started)
{
	return clean(ctid, -1, started);
}

static uint64_t stop_seconds(const struct config *c)
{
	return c->stop_timeout == CONFIG_UNSET ? 120 : c->stop_timeout;
}

#define EMPTY_SECONDS 30	/* until its cgroup is given up */

uint64_t ve_stop_seconds(const struct config *c)
{
	static const char *const actions[] = { "start", "stop", "umount" };
	uint64_t scripts = action_seconds(c->ctid, actions, ARRAY_SIZE(actions));

	return scripts == UINT64_MAX ? scripts : stop_seconds(c) + EMPTY_SECONDS + scripts;
}

uint64_t ve_down_seconds(uint32_t ctid)
{
	static const char *const actions[] = { "mount", "umount" };
	uint64_t scripts = action_seconds(ctid, actions, ARRAY_SIZE(actions));

	return scripts == UINT64_MAX ? scripts : EMPTY_SECONDS + scripts;
}

/* What is to be done before it is asked to end. *@late: the status of what failed, with which it ends
 * all the same. */
static int before_end(const struct config *c, const struct stop_options *o, int *late)
{
	int status = 0;

	/* One that is suspended hears nothing, nor what the script runs in it. */
	if (!o->fast && ve_suspended(c->ctid))
		status = ve_resume(c->ctid);
	if (!o->fast && !status)
		status = action_run(c->ctid, "stop");
	if (status && o->anyway) {
		warn("%s %u: it is stopped all the same", operation, c->ctid);
		*late = status;
		status = 0;
	}
	/* The state is there until the script umount has run. */
	return status || !o->again ? status :
	       restart_mark(c->ctid, stop_seconds(c) + action_timeout(c->ctid), o->force);
}

/* *@state: what it was; VE_RUNS also if anything of it did. */
static int stop(const struct config *c, const struct stop_options *o, enum ve_state *state)
{
	cleanup_close int pidfd = -1;
	pid_t pid;
	int status = ve_find(c->ctid, state, &pid, &pidfd), late = 0;

	if (status)
		return status;
	if (*state != VE_RUNS) {
		bool started = *state == VE_ENDED;

		if (reboot_marked(c->ctid))
			*state = VE_ENDED;
		reboot_unmark(c->ctid);
		if (cgroup_populated(c->ctid))
			*state = VE_RUNS;
		return ve_clean(c->ctid, started);
	}
	reboot_unmark(c->ctid);
	status = before_end(c, o, &late);
	if (status)
		return status;
	if (!o->fast)
		shutdown_ask(c->ctid, pid, pidfd, stop_seconds(c));
	status = clean(c->ctid, pidfd, true);
	return status ? status : late;
}

int ve_stop_if(const struct config *c, const struct stop_options *o)
{
	enum ve_state state;

	return stop(c, o, &state);
}

int ve_stop(const struct config *c, bool fast)
{
	const struct stop_options o = { .fast = fast };
	enum ve_state state;
	int status = stop(c, &o, &state);

	if (status || state == VE_RUNS)
		return status;
	if (state == VE_ENDED && !config_exists(c->ctid))
		return 0;
	if (!config_exists(c->ctid))
		return config_not_running(c->ctid);
	/* As with vzctl that is what was asked for, and no failure. */
	warn("%s %u: the VE is not running", operation, c->ctid);
	return 0;
}
