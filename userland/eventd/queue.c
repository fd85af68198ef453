// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <syslog.h>

#include "error.h"
#include "eventd.h"
#include "follow.h"

/* At once. Limits' actions take long, and tenants cause them: they must not be in the way
 * of VEs that end, of which most wait for something, nor programs in that of freeze and stop, nor
 * a VE's in that of another's. */
#define LIMITS_AT_ONCE 32	/* freeze and stop; of a VE one, as they wait for its lock */
#define PROGRAMS_AT_ONCE 32
#define PROGRAMS_OF_ONE 4
#define ENDS_AT_ONCE 128
/* From one try to mend to the next, when that fails: doubled each time. */
#define MEND_MS 5000
#define MEND_MAX_MS 60000

struct entry {
	struct entry *next;
	struct job job;
	pid_t pid;		/* 0: it waits */
	int64_t due;		/* when it may begin (follow_now()) */
	int64_t until;		/* of a program that runs: when it is killed */
	bool late;		/* it was */
};

static struct entry *first;
static unsigned int running, programs;	/* that of these, late ones too */
static bool closed;
static int64_t looked;		/* when queue_run() was last there */
static int daemons[3] = { -1, -1, -1 };	/* descriptors that no job has */
static int closing = -1;		/* at its end when the daemon ends */

int queue_begin(int events, int signals)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC))
		return fail_errno(EXIT_SYSTEM, "eventd: make a pipe");
	closing = ends[0];
	daemons[0] = events;
	daemons[1] = signals;
	daemons[2] = ends[1];
	return 0;
}

enum queue_wait queue_wait(int fd, int ms)
{
	struct pollfd fds[] = { { .fd = fd, .events = POLLIN }, { .fd = closing } };
	int n;

	do
		n = poll(fds, ARRAY_SIZE(fds), ms);
	while (n < 0 && errno == EINTR);
	return fds[0].revents ? QUEUE_READY : n > 0 ? QUEUE_CLOSED : QUEUE_TIME_UP;
}

static bool alike(const struct job *a, const struct job *b)
{
	return a->kind == b->kind && a->ctid == b->ctid && a->event.resource == b->event.resource;
}

/* What it is about may happen once more while it is worked at. */
static bool repeats(const struct job *job)
{
	return job->kind == JOB_END || job->kind == JOB_MEND || job->kind == JOB_ADOPTED ||
	       job->kind == JOB_SWEEP || job->kind == JOB_BRIDGE;
}

/* What it is about stays so until it is done, and is told once. */
static bool mends(const struct job *job)
{
	return job->kind == JOB_MEND || job->kind == JOB_BRIDGE;
}

static void entry_free(struct entry *e)
{
	free(e->job.path);
	free(e);
}

/* Nothing more is to be done for @new than is done for @e. What is done for a life of the VE that has
 * ended is nothing for the next. */
static bool covers(const struct entry *e, const struct job *new)
{
	return alike(&e->job, new) && (!e->pid || (!repeats(new) && e->job.start == new->start));
}

/* What waits is about what was last. What is to be mended since need not wait as long as what is tried
 * again; of others the wait is a VE's. */
static void take_over(struct entry *e, struct entry *other)
{
	struct job *old = &e->job, *new = &other->job;
	char *path = old->path;

	if (mends(old) && other->due < e->due) {
		e->due = other->due;
		old->delay_ms = new->delay_ms;
	}
	if (new->rules > old->rules)
		old->rules = new->rules;
	old->start = new->start;
	old->event = new->event;
	old->path = new->path;
	new->path = path;
}

int queue_add(struct job *job)
{
	struct entry *new = malloc(sizeof(*new)), **at = &first;

	if (!new) {
		free(steal_ptr(job->path));
		return fail_memory();
	}
	*new = (struct entry){ .job = *job, .due = follow_now() + job->delay_ms };
	job->path = NULL;
	for (; *at; at = &(*at)->next) {
		if (covers(*at, &new->job)) {
			if (!(*at)->pid)
				take_over(*at, new);
			entry_free(new);
			return 0;
		}
	}
	*at = new;
	return 0;
}

static _Noreturn void work(const struct job *job)
{
	sigset_t none;
	int status;

	for (size_t i = 0; i < ARRAY_SIZE(daemons); i++)
		cleanup_close_(&daemons[i]);
	watch_close();
	/* Of no VE: its lines go where the daemon's go. */
	if (job->ctid)
		log_job(job->ctid);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	status = job_work(job);
	log_job_end();
	_exit(status);
}

static bool limit(const struct job *job)
{
	return job->kind == JOB_FREEZE || job->kind == JOB_STOP;
}

/* Do they share their number? */
static bool same_pool(const struct job *a, const struct job *b)
{
	return a->kind == b->kind || (limit(a) && limit(b));
}

/* Of the same VE, whose end is worked at: what that leads to comes first. A program that was killed
 * and does not die is in nobody's way. */
static bool must_wait(const struct entry *e)
{
	unsigned int all = 0, own = 0;
	enum job_kind kind = e->job.kind;

	for (const struct entry *other = first; other; other = other->next) {
		if (!other->pid || other->late || !same_pool(&other->job, &e->job))
			continue;
		all++;
		own += other->job.ctid == e->job.ctid;
	}
	if (own >= (kind == JOB_EXEC ? PROGRAMS_OF_ONE : 1))
		return true;
	return all >= (kind == JOB_EXEC ? PROGRAMS_AT_ONCE : kind == JOB_END ? ENDS_AT_ONCE : LIMITS_AT_ONCE);
}

bool queue_run(void)
{
	looked = follow_now();
	for (struct entry *e = first; e && !closed; e = e->next) {
		pid_t pid;

		if (e->pid || e->due > looked || must_wait(e))
			continue;
		pid = fork();
		if (!pid)
			work(&e->job);
		if (pid < 0) {
			fail_errno(EXIT_SYSTEM, "eventd %u: fork", e->job.ctid);
			return false;
		}
		e->pid = pid;
		if (e->job.kind == JOB_EXEC)
			e->until = looked + EXEC_SECONDS * 1000;
		running++;
		programs += e->job.kind == JOB_EXEC;
	}
	return true;
}

/* And what it has begun, if that is still in its group. */
static void kill_late(struct entry *e)
{
	e->late = true;
	kill(-e->pid, SIGKILL);
	kill(e->pid, SIGKILL);
}

int queue_time(void)
{
	int64_t now = follow_now(), next = INT64_MAX;

	for (struct entry *e = first; e; e = e->next) {
		/* One that was due when it was looked at waits for another's end. */
		int64_t at = e->pid ? e->until : e->due > looked ? e->due : 0;

		if (!at || e->late)
			continue;
		/* Then another may begin at once. */
		if (e->pid && at <= now) {
			kill_late(e);
			at = now;
		}
		if (at < next)
			next = at;
	}
	if (next == INT64_MAX)
		return -1;
	next = next > now ? next - now : 0;
	return next < INT_MAX ? next : INT_MAX;
}

/* Its own lines are all that a job of ours has to say; of a program nobody else tells. */
static void tell(const struct entry *e, int status)
{
	const struct job *job = &e->job;
	char text[256];

	if (repeats(job) || !status)
		return;
	pace_failed(job->ctid, job->event.resource);
	if (job->kind != JOB_EXEC)
		return;
	if (e->late)
		snprintf(text, sizeof(text), "%.160s took longer than %d seconds, and was killed", job->path, EXEC_SECONDS);
	else if (WIFSIGNALED(status))
		snprintf(text, sizeof(text), "%.160s was killed by signal %d", job->path, WTERMSIG(status));
	else
		snprintf(text, sizeof(text), "%.160s failed with status %d", job->path, WEXITSTATUS(status));
	log_of(LOG_WARNING, job->ctid, text);
}

/* True: @e waits once more. */
static bool again(struct entry *e, int status)
{
	struct job *job = &e->job;

	if (!mends(job) || !status)
		return false;
	job->delay_ms = job->delay_ms < MEND_MS ? MEND_MS : 2 * job->delay_ms;
	if (job->delay_ms > MEND_MAX_MS)
		job->delay_ms = MEND_MAX_MS;
	e->due = follow_now() + job->delay_ms;
	e->pid = 0;
	for (struct entry *other = first; other; other = other->next) {
		if (other != e && covers(other, job)) {
			take_over(other, e);
			return false;
		}
	}
	return true;
}

void queue_reap(void)
{
	pid_t pid;
	int status;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		for (struct entry **at = &first; *at; at = &(*at)->next) {
			struct entry *e = *at;

			if (e->pid != pid)
				continue;
			running--;
			programs -= e->job.kind == JOB_EXEC;
			tell(e, status);
			if (!again(e, status)) {
				*at = e->next;
				entry_free(e);
			}
			break;
		}
	}
}

unsigned int queue_running(void)
{
	return running - programs;
}

void queue_close(void)
{
	closed = true;
	cleanup_close_(&daemons[2]);
	daemons[2] = -1;
}
