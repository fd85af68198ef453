// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "adopted.h"
#include "cgroup.h"
#include "config.h"
#include "describe.h"
#include "error.h"
#include "privileged.h"
#include "relay.h"
#include "run.h"
#include "signals.h"
#include "spawn.h"
#include "state.h"
#include "streams.h"

#define MOVES_MAX 100	/* of an init that does nothing else: then it is told */

/*
 * systemd leaves the VE's topmost directory in its first moments, and no process can be put
 * there from then on. Had we looked there before, it is elsewhere now. Owns what *cgroup is.
 */
static int prepare(struct container *c, uint32_t ctid, pid_t pid, int *cgroup, struct spawned *s)
{
	int status = spawn_prepare(c, s), moves;

	for (moves = 0; status == SPAWN_MOVED && moves < MOVES_MAX; moves++) {
		close(steal_fd(*cgroup));
		status = cgroup_open_of(ctid, pid, c->join, cgroup);
		if (status)
			return status;
		c->cgroup = *cgroup;
		status = spawn_prepare(c, s);
	}
	return status != SPAWN_MOVED ? status :
	       fail(EXIT_SYSTEM, "%s %s: its init goes from cgroup to cgroup", operation, c->id);
}

/* Owns what *cgroup is, too. */
static int run(uint32_t ctid, pid_t pid, int init, int *cgroup, char *const *argv, struct spawned *s)
{
	static struct description d __large;	/* signals' handlers look at it */
	enum stream stdio[3];
	struct streams streams;
	struct rlimit locked;
	int status, pipes[3];
	struct stat top;
	char id[16];

	snprintf(id, sizeof(id), "%u", ctid);
	/* Of the VE's cgroup the VE's root is the owner. */
	if (fstat(*cgroup, &top))
		return fail_errno(EXIT_SYSTEM, "%s %u: look at its cgroup", operation, ctid);
	/* Should this be another process by now, then @init, which is joined, has ended. */
	if (prlimit(pid, RLIMIT_MEMLOCK, NULL, &locked))
		return errno == ESRCH ? fail(EXIT_NOT_RUNNING, "%s %u: " JUST_STOPPED, operation, ctid) :
		       fail_errno(EXIT_SYSTEM, "%s %u: look at its init's limits", operation, ctid);
	status = streams_make(id, top.st_uid, stdio, pipes, &streams);
	if (status)
		return status;
	ve_describe_exec(ctid, init, *cgroup, argv, privileged_runs(ctid), locked.rlim_max, stdio, pipes, &d);
	signals_begin(&d.container, s);
	status = prepare(&d.container, ctid, pid, cgroup, s);
	if (status)
		return status;
	streams_release(&streams, pipes);
	status = relay_prepare(&d.container, s);
	if (!status)
		status = spawn_go(&d.container, s);
	return status ? status : relay(&d.container, s, &streams);
}

int ve_run(uint32_t ctid, char *const *argv)
{
	static struct spawned s = SPAWNED_NONE;
	cleanup_close int init = -1, cgroup = -1;
	enum ve_state state;
	pid_t pid;
	int status = ve_find(ctid, &state, &pid, &init);

	if (status)
		return status;
	if (state != VE_RUNS) {
		/* None of adopted ones has an init here. */
		status = adopted_refuse(ctid);
		return status ? status : config_not_running(ctid);
	}
	/* It would be frozen in turn, and nobody knew why. */
	if (ve_suspended(ctid))
		return fail(EXIT_NOT_RUNNING, "%s %u: the VE is suspended (vzlite resume %u)",
			    operation, ctid, ctid);
	/* Where its init is: in the VE's topmost directory no process may be once
	 * controllers are enabled below it. */
	status = cgroup_open_of(ctid, pid, init, &cgroup);
	if (status)
		return status;
	status = run(ctid, pid, init, &cgroup, argv, &s);
	signals_end();
	spawn_close(&s);
	return status;
}
