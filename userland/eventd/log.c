// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Journal fields: VZLITE_CTID of every message; of a limit that was hit also VZLITE_NAME,
 * VZLITE_RESOURCE, _HELD, _BARRIER, _LIMIT, _FAILCNT, _HITS, _PID, _COMM, _ACTION.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <syslog.h>
#include <systemd/sd-journal.h>

#include "error.h"
#include "event.h"
#include "eventd.h"
#include "fold.h"
#include "follow.h"
#include "line.h"
#include "units.h"

#define RELAY_MS 1000		/* that a job waits for its last lines to be logged */

static bool journal;

void log_begin(void)
{
	journal = getenv("JOURNAL_STREAM");
}

static void send_limit(const struct limit_event *e, const char *action)
{
	const char *resource = resources[e->resource].name;
	char comm[4 * sizeof(e->comm)], barrier[32], limit[32];

	if (!journal) {
		event_line(stderr, e, time(NULL));
		return;
	}
	escape(comm, sizeof(comm), e->comm);
	format_value(barrier, sizeof(barrier), e->counter.barrier);
	format_value(limit, sizeof(limit), e->counter.limit);
	sd_journal_send("MESSAGE=VE %" PRIu32 " hit its limit of %s: held %" PRIu64 ", barrier %s, limit %s"
			", failcnt %" PRIu64, e->ve.id, resource, e->counter.held, barrier, limit,
			e->counter.failcnt,
			"PRIORITY=%d", LOG_WARNING, "SYSLOG_IDENTIFIER=vzlite-eventd",
			"VZLITE_CTID=%" PRIu32, e->ve.id, "VZLITE_NAME=%s", e->ve.name,
			"VZLITE_RESOURCE=%s", resource, "VZLITE_HELD=%" PRIu64, e->counter.held,
			"VZLITE_BARRIER=%" PRIu64, e->counter.barrier,
			"VZLITE_LIMIT=%" PRIu64, e->counter.limit,
			"VZLITE_FAILCNT=%" PRIu64, e->counter.failcnt, "VZLITE_HITS=%" PRIu64, e->hits,
			"VZLITE_PID=%" PRIu32, e->pid, "VZLITE_COMM=%s", comm,
			"VZLITE_ACTION=%s", action, NULL);
}

void log_limit(const struct limit_event *event, const char *action)
{
	(void)log_limits();
	if (fold_due(event, action, follow_now()))
		send_limit(event, action);
}

static void send_folded(int64_t now)
{
	struct limit_event event;
	const char *action;

	while (fold_next(now, &event, &action))
		send_limit(&event, action);
}

int log_limits(void)
{
	send_folded(follow_now());
	return fold_wait(follow_now());
}

void log_end(void)
{
	send_folded(follow_now() + FOLD_MS);
}

static void send_line(uint32_t ctid, int priority, const char *text)
{
	sd_journal_send("MESSAGE=%s", text, "PRIORITY=%d", priority, "SYSLOG_IDENTIFIER=vzlite-eventd",
			"VZLITE_CTID=%" PRIu32, ctid, NULL);
}

/* Never back to where the daemon's lines go. */
static _Noreturn void relay(uint32_t ctid, int from)
{
	static struct line line;
	char bytes[4096];
	ssize_t n;

	while ((n = read(from, bytes, sizeof(bytes))) > 0 || (n < 0 && errno == EINTR))
		if (n > 0)
			line_add(&line, bytes, n, ctid, send_line);
	line_end(&line, ctid, send_line);
	_exit(0);
}

/* No child of the job's: what the job becomes may wait for all that it has. False: there
 * is none. */
static bool relay_begin(uint32_t ctid, int from, const int *jobs, size_t n)
{
	pid_t middle = fork(), pid;
	int status;

	if (!middle) {
		pid = fork();
		if (pid)
			_exit(pid < 0);
		for (size_t i = 0; i < n; i++)
			close(jobs[i]);
		relay(ctid, from);
	}
	if (middle < 0)
		return false;
	while (waitpid(middle, &status, 0) < 0)
		if (errno != EINTR)
			return false;
	return WIFEXITED(status) && !WEXITSTATUS(status);
}

/* Only the relay has the other end. -1: there is none. */
static int relay_life = -1;

void log_job(uint32_t ctid)
{
	cleanup_close int from = -1, to = -1, held = -1;
	int lines[2], life[2];

	if (!journal || pipe2(lines, O_CLOEXEC))
		return;
	from = lines[0];
	to = lines[1];
	if (pipe2(life, O_CLOEXEC))
		return;
	relay_life = life[0];
	held = life[1];
	/* It does not end before the last who writes, and the job does not wait for it for
	 * long: what a script leaves in the background may keep its output for ever. */
	if (!relay_begin(ctid, from, (int[]){ to, relay_life }, 2)) {
		/* Lines go where the daemon's go, without fields. */
		cleanup_close_(&relay_life);
		relay_life = -1;
		return;
	}
	if (dup2(to, STDOUT_FILENO) < 0 || dup2(to, STDERR_FILENO) < 0)
		fail_errno(EXIT_SYSTEM, "eventd %" PRIu32 ": dup2", ctid);
}

void log_job_end(void)
{
	struct pollfd p = { .fd = relay_life };

	if (relay_life < 0)
		return;
	close(STDOUT_FILENO);
	close(STDERR_FILENO);
	poll(&p, 1, RELAY_MS);
}

void log_ve(int priority, uint32_t ctid, const char *text)
{
	/* By the way of all other lines, so that they stay in order. */
	if (journal)
		error_print("<%d>VE %" PRIu32 " %s\n", priority, ctid, text);
	else
		warn("eventd: VE %" PRIu32 " %s", ctid, text);
}

void log_of(int priority, uint32_t ctid, const char *text)
{
	char line[320];

	snprintf(line, sizeof(line), "VE %" PRIu32 " %s", ctid, text);
	if (journal)
		send_line(ctid, priority, line);
	else
		warn("eventd: %s", line);
}
