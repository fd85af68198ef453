// SPDX-License-Identifier: GPL-2.0-or-later
#include <inttypes.h>
#include <poll.h>
#include <sys/resource.h>
#include <syslog.h>

#include "adopted.h"
#include "error.h"
#include "event.h"
#include "eventd.h"
#include "follow.h"
#include "freeze.h"
#include "fuse.h"
#include "lock.h"
#include "netif_live.h"
#include "network.h"
#include "private.h"
#include "program.h"
#include "rate.h"
#include "reboot.h"
#include "state.h"
#include "ve.h"

#define PATIENCE_MS 60000	/* until an init that does not come to its end is told of */
#define FUSE_MS 1000		/* until it is looked whether they wait for FUSE, and again */
#define HALF_MS 1000		/* until one whose start was killed has gone */
#define LOOK_MS 1000		/* until it is looked whether a shutdown has ended, and again */
#define SWEEP_MS 10000		/* at once, the first time */
#define SWEEP_PAUSE_MS 500	/* who waits for the lock gets it */
#define END_TRIES 5		/* with 1, 2, 4, 8 seconds between */

/* How the VE's init has ended, or begun to; NONE when it has not, or nobody knows. */
static int ask_end(uint32_t ctid, enum vzlite_end *end)
{
	struct module_ve ve;
	int found = module_loaded_now() ? module_ve_get(ctid, &ve) : 0;

	*end = found > 0 ? ve.end : VZLITE_END_NONE;
	return found < 0 ? -found : 0;
}

/* They may wait for file systems of the VE's own. Under the lock, and while @init has not ended:
 * what is started next has the same ids. Who has the lock stops it, and does the same. */
static int abort_fuse(uint32_t ctid, struct pollfd *init)
{
	cleanup_close int lock = -1;

	return ve_trylock(ctid, &lock) && poll(init, 1, 0) == 0 ? fuse_abort(ctid) : 0;
}

/* QUEUE_TIME_UP when @init does not end in PATIENCE_MS. */
static enum queue_wait ends(uint32_t ctid, struct pollfd *init)
{
	int aborted = 0;

	for (int ms = 0; ms < PATIENCE_MS; ms += FUSE_MS) {
		enum queue_wait what = queue_wait(init->fd, FUSE_MS);

		if (what == QUEUE_READY && aborted > 0)
			log_ve(LOG_WARNING, ctid, "came to its end when its FUSE file systems were aborted");
		if (what != QUEUE_TIME_UP)
			return what;
		if (aborted >= 0)
			aborted = abort_fuse(ctid, init) ?: aborted;
	}
	return QUEUE_TIME_UP;
}

/* The module tells of an end when it begins: the VE's processes are killed next, and their
 * parents may take their time to notice. Without the lock, so that nobody is kept from
 * stopping it meanwhile. -1: the daemon ends before. */
static int wait_end(uint32_t ctid)
{
	cleanup_close int pidfd = -1;
	struct pollfd p = { .events = POLLIN };
	enum vzlite_end end;
	enum queue_wait what;
	pid_t pid;
	int status;

	if (!ve_init(ctid, &pid, &pidfd))
		return 0;
	status = ask_end(ctid, &end);
	if (status || end == VZLITE_END_NONE)
		return status;
	p.fd = pidfd;
	what = ends(ctid, &p);
	if (what == QUEUE_TIME_UP) {
		log_ve(LOG_WARNING, ctid, "does not come to its end: a process of it does not die");
		what = queue_wait(pidfd, -1);
	}
	return what == QUEUE_CLOSED ? -1 : 0;
}

/* It runs and is marked: whoever started it was killed then, just before he had taken the
 * mark away, or before init was init, which dies with him. True: it does run. */
static bool started(uint32_t ctid)
{
	cleanup_close int pidfd = -1;
	struct pollfd p = { .events = POLLIN };
	pid_t pid;

	if (!ve_init(ctid, &pid, &pidfd))
		return false;
	p.fd = pidfd;
	return poll(&p, 1, HALF_MS) == 0;
}

/* `vzlite shutdown` stops all: nothing is started any more. */
static bool going_down(void)
{
	return host_locked("shutdown");
}

/* Nothing of it stays; @how it has ended. */
static int on_final_end(uint32_t ctid, const char *how)
{
	reboot_unmark(ctid);
	log_ve(LOG_INFO, ctid, how);
	return ve_clean(ctid, state_exists(ctid));
}

/* What may be otherwise in a moment. */
static bool try_again(int status)
{
	return status == EXIT_SYSTEM || status == EXIT_NO_RESOURCES || status == EXIT_DISK_FULL ||
	       status == EXIT_STOP_FAILED;
}

/* @marked: that was decided before; @itself: it has ended by a reboot. */
static int on_reboot(uint32_t ctid, bool marked, bool itself)
{
	struct start_options o = { .force = reboot_forced(ctid) };
	cleanup_config struct config c;
	int status;

	config_init(&c, ctid);
	operation = "start";
	status = config_load(&c, ctid);
	/* As `stop` would, who is not asked to repair its file first. */
	if (status && !try_again(status) && ve_clean(ctid, state_exists(ctid)))
		return EXIT_SYSTEM;
	if (status)
		return status;
	if (!marked && !reboot_allowed(&c))
		return on_final_end(ctid, "has ended: it is not allowed to reboot");
	/* One of a restart says it all, and keeps less than who reboots has. */
	status = restart_due(ctid) && !itself ? 0 : reboot_mark(ctid);
	if (status)
		return status;
	if (!marked)
		log_ve(LOG_INFO, ctid, "reboots");
	return ve_start(&c, &o);
}

/* Under the lock. */
static int on_end_locked(uint32_t ctid)
{
	bool running, restart = restart_due(ctid), marked = restart || reboot_by_itself(ctid);
	enum vzlite_end end;
	enum ve_state state;
	int status = ve_find(ctid, &state, NULL, NULL);

	running = state == VE_RUNS;
	/* Who restarts it was killed: it ends, and we are told. */
	if (!status && running && reboot_marked(ctid) && !restart) {
		running = started(ctid);
		if (running)
			reboot_unmark(ctid);
	}
	/* Somebody has started it since, or has stopped it. */
	if (status || running || (!marked && state == VE_NONE))
		return status;
	status = ask_end(ctid, &end);
	if (status)
		return status;
	/* A mark is older than an end that is known: that of the VE that was started then. But a restart's
	 * is of the very VE that ends. */
	if ((end == VZLITE_END_HALT && !restart) || (!marked && end != VZLITE_END_REBOOT))
		return on_final_end(ctid, end == VZLITE_END_HALT ? "has powered off" : "has ended");
	if (going_down())
		return EXIT_LOCKED;
	return on_reboot(ctid, marked, end == VZLITE_END_REBOOT);
}

static bool daemon_goes_on(int ms)
{
	return queue_wait(-1, ms) != QUEUE_CLOSED;
}

/* -1 without an error: the VE has been destroyed, and nobody knew that we wait; or the daemon ends, and
 * the next one finds what there is to be done: who has the lock may have it for long. */
static int lock_known(uint32_t ctid, int *lock)
{
	int status = ve_lock_while(ctid, lock, daemon_goes_on);

	if (status || config_exists(ctid))
		return status;
	ve_lock_remove(ctid, *lock);
	return -1;
}

/* Without the lock, for which it waits. False: the daemon ends before. */
static bool shutdown_ends(void)
{
	do
		if (!daemon_goes_on(LOOK_MS))
			return false;
	while (going_down());
	return true;
}

static int on_end(uint32_t ctid)
{
	for (int tries = 1; ; tries++) {
		cleanup_close int lock = -1;
		int status = wait_end(ctid);

		if (!status)
			status = lock_known(ctid, &lock);
		if (!status)
			status = on_end_locked(ctid);
		if (status <= 0)
			return 0;
		/* A helper that knows other words: vzlite is being replaced. */
		if (status == EXIT_BAD_OPTION) {
			log_ve(LOG_WARNING, ctid, "has ended, and a part of vzlite is of another version: left to the next vzlite-eventd");
			return 0;
		}
		/* A shutdown: it stops what is to be started, too, or is given up. Or what all share is
		 * not to be had: that is no fault of the VE's, however long it lasts. */
		if (status == EXIT_LOCKED) {
			cleanup_close_(&lock);
			lock = -1;
			if (!shutdown_ends())
				return 0;
			tries = 0;
			continue;
		}
		if (!try_again(status) || tries == END_TRIES) {
			if (lock >= 0) {
				reboot_unmark(ctid);
				rate_forget(ctid);
			}
			log_ve(LOG_ERR, ctid, "has ended, and could not be dealt with: see above");
			return status;
		}
		cleanup_close_(&lock);
		lock = -1;
		/* The next daemon looks for what has ended. */
		if (queue_wait(-1, 1000 << (tries - 1)) == QUEUE_CLOSED)
			return 0;
	}
}

/* A container that is started anew has another cgroup, also at the same path. Under the lock: one that is
 * being adopted has a record, and is not yet in the module. */
static int on_adopted(uint32_t ctid)
{
	cleanup_config struct config c;
	cleanup_close int lock = -1;
	struct module_ve ve;
	const char *loss;
	int status, found;

	config_init(&c, ctid);
	if (!config_adopted(ctid) || adopted_told(ctid))
		return 0;
	status = lock_known(ctid, &lock);
	if (status || !config_adopted(ctid))
		return status > 0 ? status : 0;
	status = config_load(&c, ctid);
	if (status)
		return status;
	found = module_loaded_now() ? module_ve_get(ctid, &ve) : 0;
	if (found < 0)
		return -found;
	loss = adopted_loss(adopted_state(&c, found ? &ve : NULL));
	if (!loss)
		return 0;
	log_ve(LOG_WARNING, ctid, loss);
	return adopted_mark_told(ctid);
}

static int on_limit(const struct job *job)
{
	bool freeze = job->kind == JOB_FREEZE;
	uint32_t ctid = job->ctid;
	cleanup_config struct config c;
	cleanup_close int lock = -1;
	enum ve_state state;
	int status;

	operation = freeze ? "suspend" : "stop";
	config_init(&c, ctid);
	status = lock_known(ctid, &lock);
	if (!status)
		status = ve_find(ctid, &state, NULL, NULL);
	/* It came to an end before, and what runs now is another. */
	if (status || state != VE_RUNS || state_start(ctid) != job->start)
		return status > 0 ? status : 0;
	if (freeze)
		return ve_suspend(ctid);
	/* Its limit holds, whatever else is wrong in its file. */
	if (config_load_partly(&c, ctid))
		status = 0;	/* it had its line */
	return ve_stop(&c, false);
}

/* Under the lock: a start or `set` makes, removes and mends the same. */
static int on_bridge(uint32_t ctid)
{
	cleanup_close int lock = -1;
	int status = lock_known(ctid, &lock);

	if (status)
		return status > 0 ? status : 0;
	status = netif_mend(ctid);
	/* A helper of another version: left to the next daemon, which is of that. */
	return status == EXIT_BAD_OPTION ? 0 : status;
}

static int64_t sweep_until;

/* The lock of the VE that had it is ours meanwhile. */
static bool sweep_goes_on(void)
{
	return follow_now() < sweep_until && daemon_goes_on(0);
}

/* A bit at a time: a command for that VE is not to wait for all. Each time a longer one, as a tree that
 * is deep, or was wide, takes long to get to where there is something left. */
static int on_sweep(void)
{
	int64_t ms = SWEEP_MS;
	bool done;

	operation = "sweep";
	/* Its disk accesses are so, too. A failure only takes from others. */
	(void)setpriority(PRIO_PROCESS, 0, 19);
	do {
		sweep_until = follow_now() + ms;
		done = private_sweep_all(sweep_goes_on);
		ms *= 2;
	} while (!done && daemon_goes_on(SWEEP_PAUSE_MS));
	return 0;
}

/* In the program's environment, nothing else is: what a limit event says. */
static int run(const struct job *job)
{
	const struct limit_event *e = &job->event;
	char text[9][96], comm[4 * sizeof(e->comm)], *env[11];

	escape(comm, sizeof(comm), e->comm);
	snprintf(text[0], sizeof(text[0]), "VEID=%" PRIu32, job->ctid);
	snprintf(text[1], sizeof(text[1]), "VE_NAME=%s", e->ve.name);
	snprintf(text[2], sizeof(text[2]), "RESOURCE=%s", resources[e->resource].name);
	snprintf(text[3], sizeof(text[3]), "HELD=%" PRIu64, e->counter.held);
	snprintf(text[4], sizeof(text[4]), "BARRIER=%" PRIu64, e->counter.barrier);
	snprintf(text[5], sizeof(text[5]), "LIMIT=%" PRIu64, e->counter.limit);
	snprintf(text[6], sizeof(text[6]), "FAILCNT=%" PRIu64, e->counter.failcnt);
	snprintf(text[7], sizeof(text[7]), "HITS=%" PRIu64, e->hits);
	snprintf(text[8], sizeof(text[8]), "COMM=%s", comm);
	for (size_t i = 0; i < ARRAY_SIZE(text); i++)
		env[i] = text[i];
	env[9] = PROGRAM_PATH;
	env[10] = NULL;
	/* queue_time() kills the group; where the daemon has ended before, this the program,
	 * if it has no alarm of its own. */
	setsid();
	alarm(EXEC_SECONDS + 10);
	return program_become(job->ctid, job->path, env);
}

int job_work(const struct job *job)
{
	switch (job->kind) {
	case JOB_MEND:
		return network_mend(job->rules);
	case JOB_END:
		return on_end(job->ctid);
	case JOB_ADOPTED:
		return on_adopted(job->ctid);
	case JOB_SWEEP:
		return on_sweep();
	case JOB_BRIDGE:
		return on_bridge(job->ctid);
	case JOB_FREEZE:
	case JOB_STOP:
		return on_limit(job);
	default:
		return run(job);
	}
}
