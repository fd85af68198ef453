// SPDX-License-Identifier: GPL-2.0-or-later
/* vzlite-eventd: run by `vzlite eventd`. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <syslog.h>
#include <systemd/sd-daemon.h>

#include "config.h"
#include "error.h"
#include "eventd.h"
#include "follow.h"
#include "lock.h"
#include "reboot.h"
#include "state.h"

/* More than all VEs of a host can cause while we are at something. */
#define BUFFER (4 << 20)
#define EVENTS_AT_ONCE 256
#define RETRY_MS 1000		/* until what could not be begun is tried again */
#define ADOPTED_MS 3000		/* until the engine of an adopted VE that has ended has removed its cgroup */
#define SWEEP_MS 600000		/* from one look for what nobody tells of to the next */
#define LOSS_MS 200		/* what takes something of a network away may go on with it */

/* A VE of ours, which vzlite has started? Others have engines of their own. */
static bool ours(uint32_t ctid)
{
	return config_exists(ctid) && !config_adopted(ctid);
}

static int add_end(uint32_t ctid)
{
	struct job job = { .kind = JOB_END, .ctid = ctid, .delay_ms = pace_delay_ms(ctid) };

	return queue_add(&job);
}

/* Its engine has ended it, or starts it anew: then mostly in another cgroup. */
static int add_adopted(uint32_t ctid, unsigned int delay_ms)
{
	struct job job = { .kind = JOB_ADOPTED, .ctid = ctid, .delay_ms = delay_ms };

	return queue_add(&job);
}

static int on_end_event(uint32_t ctid)
{
	if (config_adopted(ctid))
		return add_adopted(ctid, ADOPTED_MS);
	return ours(ctid) ? add_end(ctid) : 0;
}

static int add_mend(enum network_rules rules)
{
	struct job job = { .kind = JOB_MEND, .delay_ms = LOSS_MS, .rules = rules };

	return queue_add(&job);
}

/* All of them: after a reboot of the host none has a cgroup, and of a unit without a pid namespace nobody
 * tells that it has ended. A list that cannot be read is no reason to leave the others alone. */
static int add_all_adopted(unsigned int delay_ms)
{
	cleanup_free uint32_t *ids = NULL;
	size_t n = 0;
	int status = 0;

	if (config_list(&ids, &n))
		return 0;
	for (size_t i = 0; !status && i < n; i++)
		if (config_adopted(ids[i]))
			status = add_adopted(ids[i], delay_ms);
	return status;
}

/* At first, and now and then, when it is time: nobody tells that a command was killed, nor of
 * all that adopted VEs lose. */
static int add_sweep(int *timeout)
{
	static int64_t due;
	struct job job = { .kind = JOB_SWEEP };
	int64_t now = follow_now();

	*timeout = due > now ? due - now : SWEEP_MS;
	if (due > now)
		return 0;
	due = now + SWEEP_MS;
	pace_tidy();
	/* At once: one that ends while that waits would be looked at with it, too early. */
	return queue_add(&job) ?: add_all_adopted(0);
}

/* What happened while nobody looked. One whose init is ending still runs; and one that was
 * started again may have kept its mark. */
static int scan(void)
{
	cleanup_ids struct ids ids = { };
	struct module_ve ve;
	int status = state_list(&ids), found;

	for (size_t i = 0; !status && i < ids.n; i++) {
		uint32_t ctid = ids.list[i];

		if (!ours(ctid))
			continue;
		found = ve_running(ctid) && module_loaded_now() ? module_ve_get(ctid, &ve) : 0;
		if (!ve_running(ctid) || reboot_marked(ctid) || found < 0 ||
		    (found && ve.end != VZLITE_END_NONE))
			status = add_end(ctid);
	}
	return status ? status : add_all_adopted(ADOPTED_MS);
}

/* Those that were started without the module stay so when it comes, and look like all others.
 * What has its lock is about to be told of to the module, or not to run any more. */
static void warn_of_unknown(void)
{
	cleanup_ids struct ids ids = { };
	struct module_ve ve;

	if (!module_loaded_now() || state_list(&ids))
		return;
	for (size_t i = 0; i < ids.n; i++) {
		uint32_t ctid = ids.list[i];

		if (ours(ctid) && ve_running(ctid) && !ve_locked(ctid) && !module_ve_get(ctid, &ve) &&
		    ve_running(ctid))
			log_of(LOG_WARNING, ctid, "runs without the module: no beancounters, no views, no guard, until "
			       "it is restarted");
	}
}

static int on_limit_event(const struct limit_event *event)
{
	static const char *const words[] = { "none", "log", "freeze", "stop", "exec" };
	static const enum job_kind kinds[] = {
		[LIMIT_FREEZE] = JOB_FREEZE, [LIMIT_STOP] = JOB_STOP, [LIMIT_EXEC] = JOB_EXEC,
	};
	struct limit_rule rules[VZLITE_RESOURCE_COUNT] = { }, *rule = &rules[event->resource];
	struct job job = { .ctid = event->ve.id, .event = *event, .start = state_start(event->ve.id) };
	cleanup_free char *list = NULL;
	const char *bad;

	if (pace_rests(job.ctid, event->resource)) {
		log_limit(event, "rests");
		return 0;
	}
	/* An error has had its line; the hit is logged all the same. */
	if (ours(job.ctid) && config_peek_effective(job.ctid, "ON_LIMIT", &list))
		pace_failed(job.ctid, event->resource);
	if (list && !on_limit_parse(list, rules, &bad))
		memset(rules, 0, sizeof(rules));
	log_limit(event, words[rule->action]);
	if (rule->action < LIMIT_FREEZE)
		return 0;
	job.kind = kinds[rule->action];
	if (rule->action == LIMIT_EXEC && !(job.path = strndup(rule->path, rule->path_len)))
		return fail_memory();
	return queue_add(&job);
}

/* What the admin would otherwise find out by asking, on a kernel that is new. A function that
 * another has for himself is not known to lack before there is a VE. */
static void warn_of_missing(void)
{
	struct module_info info;

	if (!module_loaded_now() || module_info(&info))
		return;
	if (*info.end_missing)
		warn("eventd: the module cannot hook %s: nobody is told when a VE reboots",
		     info.end_missing);
	for (size_t i = 0; i < ARRAY_SIZE(info.missing_view) && *info.missing_view[i].name; i++)
		if (info.missing_view[i].guard)
			warn("eventd: guard %s is not in force, or not all of it: the module cannot hook %s",
			     info.missing_view[i].name, info.missing_view[i].missing);
}

/* What has come, but some at a time: what it leads to has its turn, too. A status > 0 ends
 * us. */
static int on_events(void)
{
	struct limit_event event;
	int status = 0;

	for (int n = 0; !status && n < EVENTS_AT_ONCE; n++) {
		int what = module_event_read(&event);

		switch (what) {
		case MODULE_EVENT_NONE:
			return 0;
		case MODULE_EVENT_LIMIT:
			status = on_limit_event(&event);
			break;
		case MODULE_EVENT_END:
			status = on_end_event(event.ve.id);
			break;
		case MODULE_EVENT_LOST:
			warn("eventd: events lost: looking for VEs that have ended; what limits were hit, failcnt tells");
			status = scan();
			break;
		case MODULE_EVENT_GONE:
			warn("eventd: the module was unloaded; waiting for it");
			break;
		case MODULE_EVENT_BACK:
			warn("eventd: the module is loaded");
			warn_of_missing();
			warn_of_unknown();
			status = scan();
			break;
		default:
			return -what;
		}
	}
	return status;
}

/* True when we are to end. */
static bool on_signal(int fd)
{
	struct signalfd_siginfo info;

	if (read(fd, &info, sizeof(info)) != sizeof(info))
		return false;
	queue_reap();
	return info.ssi_signo != SIGCHLD;
}

/* Of two times to wait, of which -1 is for ever. */
static int sooner(int a, int b)
{
	return a < 0 || (b >= 0 && b < a) ? b : a;
}

static int go_on(int events, int signals)
{
	struct pollfd fds[2 + WATCH_FDS] = { { .fd = events, .events = POLLIN }, { .fd = signals, .events = POLLIN } };
	enum network_rules rules;
	bool ending = false;
	int status = scan();

	if (!status)
		status = add_mend(RULES_WRITE);

	warn_of_missing();
	warn_of_unknown();
	sd_notify(true, "READY=1");
	/* What was begun is brought to its end. */
	while (!status && !(ending && !queue_running())) {
		int timeout;
		bool all;

		status = add_sweep(&timeout);
		if (status)
			break;
		all = queue_run();
		timeout = sooner(timeout, sooner(log_limits(), queue_time()));
		timeout = ending ? timeout : sooner(timeout, module_events_retry_ms());
		timeout = all ? timeout : sooner(timeout, RETRY_MS);
		watch_fill(fds + 2);
		if (poll(fds, ARRAY_SIZE(fds), timeout) < 0 && errno != EINTR)
			return fail_errno(EXIT_SYSTEM, "eventd: poll");
		if (fds[1].revents && on_signal(signals)) {
			ending = true;
			queue_close();
			fds[0].fd = -1;
		}
		if (fds[0].fd >= 0 && (fds[0].revents || !module_events_retry_ms()))
			status = on_events();
		if (!status && (fds[2].revents || fds[3].revents) && watch_read(&rules) && !ending)
			status = add_mend(rules);
	}
	log_end();
	return status;
}

int main(int argc, char **argv)
{
	cleanup_close int lock = -1, signals = -1;
	int events, status;
	sigset_t set;

	(void)argv;
	operation = "eventd";
	if (argc != 1)
		return fail(EXIT_BAD_OPTION, "vzlite-eventd: run by vzlite, not by hand");
	log_begin();
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (signals < 0)
		return fail_errno(EXIT_SYSTEM, "eventd: signalfd");
	if (!host_trylock("eventd", &lock) && errno != EAGAIN && errno != EACCES)
		return fail_errno(EXIT_SYSTEM, "eventd: lock %s/eventd.lock", VZLITE_RUNDIR);
	if (lock < 0)
		return fail(EXIT_LOCKED, "eventd: another one runs (%s/eventd.lock is locked)",
			    VZLITE_RUNDIR);
	(void)module_loaded();
	/* First listen, then look: nothing falls in between. */
	events = module_events_open(BUFFER, true, &status);
	if (events < 0)
		return status;
	if (!module_loaded_now())
		warn("eventd: the module is not loaded; waiting for it");
	watch_begin();
	status = queue_begin(events, signals);
	return status ? status : go_on(events, signals);
}
