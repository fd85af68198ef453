/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vzlite-eventd, the one daemon: what must react to VEs.
 *
 *   a VE reboots from inside      it is started again
 *   a restart was killed          it is started again
 *   a VE powers off, or its init  what is left of it is cleared away
 *   dies
 *   a limit is hit                it is logged, and the VE's ON_LIMIT carried out
 *   others take away what was     it is made again
 *   made for VEs' addresses
 *   a bridge is made anew, or     VEs' ports are put on it again
 *   a port taken off it
 *   an adopted VE loses its       that is told, once
 *   cgroup, or the module it
 *   a destroy was killed          what it has left is removed
 *
 * It keeps nothing that it could not find again: what a VE's init did the module
 * remembers, which VEs there were is in /run/vzlite, and a restart that has begun is marked
 * there (reboot.h), as is what was told of an adopted one (adopted.h). So it may be killed
 * at any moment, and looks at all VEs when it starts and after events were lost. Every job is
 * a process of its own, which holds the VE's lock like any vzlite command.
 */
#ifndef VZLITE_EVENTD_H
#define VZLITE_EVENTD_H

#include <poll.h>

#include "module.h"
#include "network.h"
#include "on_limit.h"

#define EXEC_SECONDS 600	/* what a program of --on-limit may take */

enum job_kind { JOB_END, JOB_FREEZE, JOB_STOP, JOB_EXEC, JOB_MEND, JOB_ADOPTED, JOB_SWEEP, JOB_BRIDGE };

struct job {
	enum job_kind kind;
	uint32_t ctid;			/* of JOB_MEND and JOB_SWEEP, which are for all: 0 */
	unsigned int delay_ms;		/* but of limits: to wait first, in the queue */
	enum network_rules rules;	/* of JOB_MEND; of two that wait the most counts */
	struct limit_event event;	/* of limits, as all that follows */
	uint64_t start;			/* of the VE that it is about, see state_start() */
	char *path;			/* of JOB_EXEC; malloc'ed, the queue's once it is in */
};

/* work.c: in the job's own process; its exit status, with its line printed. */
int job_work(const struct job *job);

/* queue.c: one job of a kind for a VE (and, of limits, a resource) waits; of limits none
 * does while one runs, of the others it waits for the other's end. What mends and fails waits again. */
int __must_check queue_add(struct job *job);
/* Both are the daemon's alone: a job, and what it leaves behind, must not keep them open. */
int __must_check queue_begin(int events, int signals);
/* In a job: wait, @ms milliseconds at most (-1: for ever), until @fd (-1: none) is ready, or the
 * daemon ends, for which a job that has begun nothing need not hold out. */
enum queue_wait { QUEUE_READY, QUEUE_TIME_UP, QUEUE_CLOSED };
enum queue_wait queue_wait(int fd, int ms);
/* Start what waits, as far as there is room. False: there is some that could not be. */
bool queue_run(void);
/* After SIGCHLD. */
void queue_reap(void);
/* Kill programs that take too long. Milliseconds until the next does, or a job that waits for
 * its time can be run; -1: there is none. */
int queue_time(void);
/* How many run that the daemon's end must wait for: all but programs of the admin's. */
unsigned int queue_running(void);
/* What waits will not be begun any more. */
void queue_close(void);

/* watch.c: what the host does to the network of VEs. Without it that is mended when it is next
 * set, so that no failure is more than a line. Ports that have lost their bridge it queues itself. */
void watch_begin(void);
#define WATCH_FDS 2
void watch_fill(struct pollfd fds[WATCH_FDS]);
/* After one of them was ready: is there something to mend? And does that go for the filter? */
bool watch_read(enum network_rules *rules);
/* In a job: they are the daemon's alone. */
void watch_close(void);

/* pace.c: the end of a VE: how long to wait before it is started again. A VE that does
 * nothing but reboot gets a start a second, and soon fewer; ten seconds of a longer life make up
 * for one short one. */
unsigned int pace_delay_ms(uint32_t ctid);
/* What a limit of a VE led to has failed, with its line: for a minute nothing is done about it
 * again. A tenant decides how often it is hit. */
void pace_failed(uint32_t ctid, int resource);
bool pace_rests(uint32_t ctid, int resource);
/* Forget of both what is over, and VEs that there are no more: CTIDs come and go without end. */
void pace_tidy(void);

/* log.c: to the journal with fields of their own where systemd has started us, else
 * to stderr. @priority: syslog's. */
void log_begin(void);
/* Once a minute for each start of a VE and each resource, with all hits since: what tenants do must not
 * push out of the journal what else is in it. @action: a literal. */
void log_limit(const struct limit_event *event, const char *action);
/* What was kept back and is due. Milliseconds until there is more, -1: nothing is kept. */
int log_limits(void);
/* All that was. */
void log_end(void);
/* In a job's own process, first: whatever it, or a program that it runs, writes to standard
 * output and error has the fields of VE @ctid. */
void log_job(uint32_t ctid);
/* Last: the daemon may end now, and systemd then kills who would still log something. Nothing
 * can be written any more. */
void log_job_end(void);
/* Of a job; of the daemon itself. */
void log_ve(int priority, uint32_t ctid, const char *text);
void log_of(int priority, uint32_t ctid, const char *text);

#endif
