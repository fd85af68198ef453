// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * boot: start the VEs with ONBOOT="yes", a higher BOOTORDER first, those without one
 * last. shutdown: stop all that run, the other way round. VEs of one order go together;
 * each in a process of its own, like a start or stop by hand, with its lock and its line.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <sys/wait.h>

#include "action.h"
#include "cgroup.h"
#include "command.h"
#include "config.h"
#include "error.h"
#include "follow.h"
#include "lock.h"
#include "options.h"
#include "reboot.h"
#include "state.h"
#include "ve.h"

#define STOPS_AT_ONCE 64	/* they mostly wait */

struct member {
	uint32_t ctid;
	uint64_t order;		/* BOOTORDER + 1; 0: none */
	bool locked;		/* that is all: nothing of it is to be stopped yet. At the end */
	uint64_t seconds;	/* that who has its lock may need when it runs */
	uint64_t down_seconds;	/* and when it does not */
};

struct all {
	bool boot;		/* or shutdown */
	bool fast;
	struct start_options start;
	uint64_t jobs;
	struct member *members;
	size_t n;
};

static int in_order(const void *a, const void *b)
{
	const struct member *x = a, *y = b;

	if (x->locked != y->locked)
		return x->locked ? -1 : 1;
	if (x->order != y->order)
		return x->order > y->order ? -1 : 1;
	return x->ctid < y->ctid ? -1 : 1;
}

static int in_reverse(const void *a, const void *b)
{
	return in_order(b, a);
}

/* What is being started anew is stopped, too. */
static bool to_stop(uint32_t ctid)
{
	return state_exists(ctid) || reboot_marked(ctid) || cgroup_populated(ctid);
}

static bool wanted(const struct all *all, uint32_t ctid, const struct config *c)
{
	if (all->boot)
		return c->onboot && !strcmp(c->onboot, "yes") && !ve_disabled(c) && !ve_running(ctid);
	return to_stop(ctid);
}

/* Those with a file; to be stopped are those, too, whose file is lost, or on a disk that has died:
 * what can be known of them. */
static int candidates(const struct all *all, struct ids *ids)
{
	int status = config_list(&ids->list, &ids->n), running;

	ids->room = ids->n;
	if (all->boot)
		return status;
	running = state_list(ids);
	return status ? status : running;
}

/* A file that cannot be read has had its line, and keeps no other VE from its start; such a VE
 * is stopped all the same. */
static int gather(struct all *all)
{
	cleanup_ids struct ids ids = { };
	int status = candidates(all, &ids), bad, first_bad = 0;

	if (status && all->boot)
		return status;
	all->members = calloc(ids.n + 1, sizeof(*all->members));
	if (!all->members)
		return fail_memory();
	for (size_t i = 0; i < ids.n; i++) {
		cleanup_config struct config c;
		uint32_t ctid = ids.list[i];
		bool locked, runs;

		config_init(&c, ctid);
		/* Or it is destroyed meanwhile. */
		if (config_adopted(ctid) || (all->boot && !config_exists(ctid)))
			continue;
		/* What has its lock may be about to start it, or be long about something else. First:
		 * whoever has it later sees the shutdown, who had it before has written what it started. */
		locked = !all->boot && ve_locked(ctid);
		runs = all->boot || to_stop(ctid);
		if (!runs && !locked)
			continue;
		bad = config_load(&c, ctid);
		if (all->boot && !first_bad)
			first_bad = bad;
		/* --force is for limits, not to let all in. */
		if (all->boot && !bad && c.onboot && !strcmp(c.onboot, "yes") && ve_disabled(&c) &&
		    !ve_running(ctid))
			warn("boot: VE %u is disabled, and not started", ctid);
		if (all->boot && (bad || !wanted(all, ctid, &c)))
			continue;
		all->members[all->n++] = (struct member) {
			.ctid = ctid, .order = c.bootorder == CONFIG_UNSET ? 0 : c.bootorder + 1,
			.locked = !runs, .seconds = ve_stop_seconds(&c), .down_seconds = ve_down_seconds(ctid),
		};
	}
	if (all->n)
		qsort(all->members, all->n, sizeof(*all->members), all->boot ? in_order : in_reverse);
	return status ? status : first_bad;
}

/* In the process of one: how long its shutdown waits for who has its lock. */
static struct {
	const struct member *member;
	int64_t began;
	bool ran;		/* who has stopped it may take a moment to end */
} patience;

/* Who works on a VE may never end (a dead disk): neither the others nor the host wait for that. One that is
 * being started counts as one that runs as soon as there is something to stop, which gives it no less time. */
static bool is_patient(int ms)
{
	const struct member *m = patience.member;
	uint64_t seconds;

	poll(NULL, 0, ms);
	patience.ran = patience.ran || to_stop(m->ctid);
	seconds = patience.ran ? m->seconds : m->down_seconds;
	if (m->locked && seconds < m->down_seconds)
		seconds = m->down_seconds;
	return (uint64_t)(follow_now() - patience.began) / 1000 < seconds;
}

static int lock_one(const struct all *all, const struct member *m, int *lock)
{
	if (all->boot)
		return ve_lock_wait(m->ctid, lock);
	patience.member = m;
	patience.began = follow_now();
	patience.ran = !m->locked;
	return ve_lock_within(m->ctid, lock, is_patient);
}

/* Somebody else's command is waited for: then the VE may be as it should be. */
static int one(const struct all *all, const struct member *m)
{
	const uint32_t ctid = m->ctid;
	const struct stop_options stop = { .fast = all->fast, .anyway = true };
	struct start_options start = all->start;
	cleanup_config struct config c;
	cleanup_close int lock = -1;
	int status;

	start.lock = &lock;
	operation = all->boot ? "start" : "stop";
	config_init(&c, ctid);
	status = lock_one(all, m, &lock);
	if (status)
		return status;
	if (all->boot)
		status = config_exists(ctid) ? config_load(&c, ctid) : 0;
	else if (config_load_partly(&c, ctid))
		status = 0;	/* it had its line */
	/* It has been destroyed meanwhile. */
	if (!wanted(all, ctid, &c) && !config_exists(ctid))
		ve_lock_remove(ctid, lock);
	if (status || !wanted(all, ctid, &c))
		return status;
	return all->boot ? ve_start(&c, &start) : ve_stop_if(&c, &stop);
}

/* Wait for one of the processes: its status. */
static int wait_one(void)
{
	int status;

	while (wait(&status) < 0)
		if (errno != EINTR)
			return fail_errno(EXIT_SYSTEM, "%s: wait", operation);
	return WIFEXITED(status) ? WEXITSTATUS(status) :
	       fail(EXIT_SYSTEM, "%s: a process died of signal %d", operation, WTERMSIG(status));
}

#define FORK_TRIES 5
#define FORK_MS 200

/* A process for one; -1 with errno. When others run their end makes room, and is waited for. */
static pid_t begin(const struct all *all, const struct member *m, bool alone)
{
	for (int tries = 1; ; tries++) {
		pid_t pid = fork();

		if (!pid)
			_exit(one(all, m));
		if (pid > 0 || !alone || tries == FORK_TRIES)
			return pid;
		poll(NULL, 0, FORK_MS);
	}
}

static bool together(const struct member *a, const struct member *b)
{
	return a->locked == b->locked && (a->locked || a->order == b->order);
}

static int go(const struct all *all)
{
	size_t running = 0, failed = 0;
	int status = 0, ended;

	for (size_t i = 0; i < all->n || running; ) {
		bool same = i < all->n && (!running || together(&all->members[i], &all->members[i - 1]));

		if (same && running < all->jobs && begin(all, &all->members[i], !running) > 0) {
			running++;
			i++;
			continue;
		}
		/* It keeps no other from its turn. */
		if (!running) {
			ended = fail_errno(EXIT_SYSTEM, "%s %u: fork", operation, all->members[i++].ctid);
		} else {
			ended = wait_one();
			running--;
		}
		failed += ended != 0;
		status = status ? status : ended;
	}
	if (failed)
		fail(status, "%s: %zu of %zu VEs: see above", operation, failed, all->n);
	else if (verbosity > 0)
		warn("%s: %zu VEs", operation, all->n);
	return status;
}

static int parse(int argc, char **argv, struct all *all)
{
	static const struct option boot[] = {
		{ "wait", no_argument, NULL, 'w' },
		{ "force", no_argument, NULL, 'f' },
		{ "jobs", required_argument, NULL, 'j' },
		{ }
	}, shutdown[] = {
		{ "fast", no_argument, NULL, 'q' },
		{ "jobs", required_argument, NULL, 'j' },
		{ }
	};
	int opt;

	while ((opt = option_next(argc, argv, "", all->boot ? boot : shutdown)) != -1) {
		switch (opt) {
		case 'w':
			all->start.wait = true;
			break;
		case 'f':
			all->start.force = true;
			break;
		case 'q':
			all->fast = true;
			break;
		case 'j':
			if (!parse_u64(optarg, 10000, &all->jobs) || !all->jobs)
				return fail(EXIT_BAD_VALUE, "%s: --jobs %.80s: must be a number from 1 to "
					    "10000", operation, *optarg ? optarg : "\"\"");
			break;
		default:
			return EXIT_BAD_OPTION;
		}
	}
	return option_end(argc, argv);
}

static int run(int argc, char **argv, struct all *all)
{
	int status = parse(argc, argv, all), bad;

	if (status)
		return status;
	bad = gather(all);
	status = all->members ? go(all) : 0;
	free(all->members);
	return status ? status : bad;
}

int cmd_boot(int argc, char **argv)
{
	struct all all = { .boot = true, .jobs = 2 * get_nprocs() };

	return run(argc, argv, &all);
}

int cmd_shutdown(int argc, char **argv)
{
	struct all all = { .jobs = STOPS_AT_ONCE };
	cleanup_close int lock = -1;
	int status;

	/* One that is under way may wait for the script. */
	if (getenv(ACTION_ENV) && host_locked("shutdown"))
		return fail(EXIT_LOCKED, "shutdown: another one is under way");
	/* Without end: the host goes down after us, and what is not stopped then is killed. */
	status = host_lock_wait("shutdown", &lock);
	/* While we have it, eventd starts nothing anew. */
	return status ? status : run(argc, argv, &all);
}
