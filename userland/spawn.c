// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <linux/securebits.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>

#include "bind.h"
#include "channel.h"
#include "error.h"
#include "inherited.h"
#include "inside.h"
#include "pty.h"
#include "rootfs.h"
#include "spawn.h"
#include "syscalls.h"
#include "userns.h"

static int failed(const struct container *c, const char *what)
{
	return fail_errno(EXIT_SYSTEM, "%s %s: %s", operation, c->id, what);
}

#define ENDING_MS 2000
#define ENDING_STEP_MS 10

/* What is joined has ended, or is ending: its init has left its namespaces before those in them
 * are killed, but where all are killed at once it may be the last. It does not end before we
 * have reaped our own process in there, so to wait for its end alone would hold it up. To be
 * asked only when going on is out of the question: it waits, and joins again. */
static bool has_ended(const struct container *c)
{
	struct pollfd ended = { .fd = c->join, .events = POLLIN };

	for (int ms = 0; c->join >= 0 && ms < ENDING_MS; ms += ENDING_STEP_MS)
		if ((setns(c->join, CLONE_NEWPID) && errno == ESRCH) ||
		    poll(&ended, 1, ENDING_STEP_MS) > 0)
			return true;
	return false;
}

static int just_stopped(const struct container *c)
{
	return fail(EXIT_NOT_RUNNING, "%s %s: " JUST_STOPPED, operation, c->id);
}

static int write_file(const struct container *c, const char *path, const char *text, size_t len)
{
	cleanup_close int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, len) != (ssize_t)len)
		return fail_errno(EXIT_SYSTEM, "%s %s: write %s", operation, c->id, path);
	return 0;
}

/* The offset that makes @clock read zero now, as timens_offsets wants it. */
static int clock_line(char *buf, size_t size, const char *name, clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	/* Seconds are floored: the nanoseconds must be positive. */
	if (now.tv_nsec)
		return snprintf(buf, size, "%s %lld %ld\n", name, -(long long)now.tv_sec - 1,
				1000000000L - now.tv_nsec);
	return snprintf(buf, size, "%s %lld 0\n", name, -(long long)now.tv_sec);
}

/* Make the time namespace of our next children: the offsets can be written only
 * before the first of them enters it. */
static int start_clocks(const struct container *c)
{
	char text[128];
	int n;

	if (!(c->namespaces & CLONE_NEWTIME))
		return 0;
	if (unshare(CLONE_NEWTIME))
		return failed(c, "make a time namespace");
	if (!c->clocks_from_zero)
		return 0;
	n = clock_line(text, sizeof(text), "monotonic", CLOCK_MONOTONIC);
	n += clock_line(text + n, sizeof(text) - n, "boottime", CLOCK_BOOTTIME);
	return write_file(c, "/proc/self/timens_offsets", text, n);
}

/* The process's answer, which must be of @kind. */
static int expect(const struct container *c, int channel, enum channel_kind kind,
		  struct channel_message *m)
{
	if (channel_receive(channel, m))
		return failed(c, "hear from its first process");
	if (m->kind == kind)
		return 0;
	if (m->kind == CHANNEL_FAILED && !m->error)
		return m->status;
	if (m->kind == CHANNEL_FAILED) {
		errno = m->error;
		/* By who is used to vzctl, whose exec takes a line for a shell. */
		if (c->search && errno == ENOENT && strpbrk(c->argv[0], " \t\n"))
			return fail(m->status, "%s %s: run %s: not found: %s takes a program and its "
				    "arguments, no line for a shell (sh -c '...')", operation, c->id,
				    c->argv[0], operation);
		return fail_errno(m->status, "%s %s: run %s", operation, c->id,
				  c->login ? "a login shell" : c->argv[0]);
	}
	if (has_ended(c))
		return just_stopped(c);
	return fail(EXIT_SYSTEM, "%s %s: its first process died while it was set up", operation,
		    c->id);
}

/* Give the waiting process its ids, and the mount that only we can make. */
static int map_ids(const struct container *c, pid_t pid, int channel)
{
	struct channel_message m = { .kind = CHANNEL_MAPPED, .fds = { -1, -1 } };
	cleanup_close int userns = -1, mapped = -1;
	char path[64];
	int status;

	if (c->namespaces & CLONE_NEWUSER) {
		status = userns_write_map(c->id, pid, "uid_map", c->uids, c->uid_count);
		if (!status)
			status = userns_write_map(c->id, pid, "gid_map", c->gids, c->gid_count);
		if (status)
			return status;
	}
	if (c->root->idmapped || c->bind_count) {
		snprintf(path, sizeof(path), "/proc/%d/ns/user", pid);
		userns = open(path, O_RDONLY | O_CLOEXEC);
		if (userns < 0)
			return failed(c, "open its user namespace");
		status = binds_make(c, userns);
		if (status)
			return status;
	}
	if (c->root->idmapped) {
		status = rootfs_map(c, userns, &mapped);
		if (status)
			return status;
		m.fds[0] = mapped;
	}
	if (!channel_send(channel, &m))
		return 0;
	/* One that has failed already is not there to listen, but has said why. */
	return errno == EPIPE ? expect(c, channel, CHANNEL_READY, &m)
			      : failed(c, "tell its first process");
}

struct first {
	const struct container *c;
	int channel;
};

static void run_first(void *arg)
{
	struct first *first = arg;

	inside_run(first->c, first->channel);
}

/* A script without a "#!" makes execvp() copy the arguments to the stack. */
static bool few_arguments(const struct container *c)
{
	size_t n = 0;

	while (c->argv && c->argv[n] && n < 1000)
		n++;
	return n < 1000;
}

/*
 * What joins a container runs in our memory until it executes its program, on a stack of
 * its own, while we wait for it: a copy of all that we have would be an eighth of what
 * exec costs. What it leaves in memory is nothing that we read. The first process of
 * a container cannot, because no memory is shared with another time namespace.
 */
static pid_t clone_running(struct clone_args *args, struct first *first)
{
	static unsigned char stack[64 * 1024] __large __attribute__((aligned(16)));

	if (first->c->join >= 0 && few_arguments(first->c)) {
		args->flags |= CLONE_VM;
		args->stack = (uintptr_t)stack;
		args->stack_size = sizeof(stack);
	}
	return sys_clone3_on_stack(args, run_first, first);
}

/*
 * Clone as the host's uid that will be root in the new user namespace, but with our
 * capabilities and our access to files: the kernel sums what it counts in a user
 * namespace (queued signals, namespaces, watches) for the user who made it, and all
 * would have one count if root made them all. The limit of queued signals that we
 * have then becomes the one of that sum.
 */
static int clone_as_owner(const struct container *c, struct clone_args *args, struct first *first,
			  pid_t *pid)
{
	const struct rlimit unlimited = { RLIM_INFINITY, RLIM_INFINITY };
	struct rlimit old, signals;
	int bits = prctl(PR_GET_SECUREBITS), error;

	if (c->signals)
		signals = (struct rlimit){ *c->signals, *c->signals };
	if (bits < 0 || (c->signals && (getrlimit(RLIMIT_SIGPENDING, &old) ||
					setrlimit(RLIMIT_SIGPENDING, &signals))))
		return failed(c, "limit its queued signals");
	if (prctl(PR_SET_SECUREBITS, bits | SECBIT_NO_SETUID_FIXUP) ||
	    setresuid(-1, c->uids[0].outside, -1))
		return failed(c, "become the owner of its user namespace");
	setfsuid(0);
	*pid = clone_running(args, first);
	error = errno;
	if (setresuid(-1, 0, -1) || prctl(PR_SET_SECUREBITS, bits) ||
	    (c->signals && setrlimit(RLIMIT_SIGPENDING, &old)))
		return failed(c, "become root again");
	/* For what it may queue itself the sum decides. */
	if (*pid > 0 && c->signals && prlimit(*pid, RLIMIT_SIGPENDING, &unlimited, NULL))
		return failed(c, "lift its own limit of queued signals");
	errno = error;
	return 0;
}

static int clone_first(const struct container *c, struct spawned *s)
{
	/* For the time namespace see start_clocks(). */
	uint64_t made = c->namespaces & ~(UNSHARED_INSIDE | CLONE_NEWTIME |
					  (c->bind_count ? CLONE_NEWNS : 0));
	struct clone_args args = {
		.flags = CLONE_PIDFD | CLONE_CLEAR_SIGHAND | (c->join < 0 ? made : 0),
		.pidfd = (uintptr_t)&s->pidfd,
		.exit_signal = SIGCHLD,
	};
	static struct first first;	/* is read when we may have returned */
	int ends[2], status = 0, error;

	if (c->cgroup >= 0) {
		args.flags |= CLONE_INTO_CGROUP;
		args.cgroup = c->cgroup;
	}
	if (channel_open(ends))
		return failed(c, "socketpair");
	first = (struct first){ .c = c, .channel = ends[1] };
	if (args.flags & CLONE_NEWUSER)
		status = clone_as_owner(c, &args, &first, &s->pid);
	else
		s->pid = clone_running(&args, &first);
	error = errno;
	close(ends[1]);
	s->channel = ends[0];
	if (status || s->pid > 0)
		return status;
	errno = error;
	s->pid = 0;
	s->pidfd = -1;
	if (errno == EAGAIN)
		return fail(EXIT_NO_RESOURCES, "%s %s: clone: its process limit is reached",
			    operation, c->id);
	/* What a pid namespace without an init says to who joins it. */
	if (errno == ENOMEM && c->join >= 0)
		return fail(EXIT_NOT_RUNNING, "%s %s: clone: it is about to end (or no memory is left)",
			    operation, c->id);
	/* The kernel clears network namespaces away later, and counts them till then. */
	if (errno == ENOSPC)
		return fail(EXIT_NO_RESOURCES, "%s %s: clone: its namespaces reach sysctl user.max_*_namespaces; "
			    "those of a VE that has ended count until the kernel has removed them",
			    operation, c->id);
	/* Its cgroup has been removed: by the VE itself, or with it. */
	if (error == ENOENT && has_ended(c))
		return just_stopped(c);
	/* Its init has left that cgroup since it was looked for. */
	if (c->join >= 0 && (error == EBUSY || error == ENOENT))
		return SPAWN_MOVED;
	errno = error;
	return failed(c, "clone its first process");
}

/* A new container's process, with its ids. */
static int clone_mapped(const struct container *c, struct spawned *s)
{
	cleanup_close int home = -1;
	int status = binds_begin(c, &home), back;

	if (!status)
		status = clone_first(c, s);
	if (!status)
		status = map_ids(c, s->pid, s->channel);
	back = binds_end(c, &home);
	return status ? status : back;
}

static int prepare(const struct container *c, struct spawned *s)
{
	struct channel_message m;
	int status;

	/* The process shows itself in the container before it is part of it: it
	 * must not be traced, nor its descriptors be opened, from there
	 * (CVE-2016-9962). Inherited; exec ends it. */
	if (prctl(PR_SET_DUMPABLE, 0))
		return failed(c, "prctl");
	if (c->join >= 0) {
		/* The first for our children only, and only this one: a process cannot move.
		 * The other cannot be joined by who shares memory: see clone_running(). */
		if (setns(c->join, c->namespaces & (CLONE_NEWPID | CLONE_NEWTIME)))
			return errno == ESRCH ? just_stopped(c) :
			       failed(c, "join its pid and time namespaces");
	} else if ((status = start_clocks(c))) {
		return status;
	}
	status = inherited_reset(c);
	if (!status)
		status = c->join < 0 ? clone_mapped(c, s) : clone_first(c, s);
	if (status || c->at_once)
		return status;
	status = expect(c, s->channel, CHANNEL_READY, &m);
	if (status)
		return status;
	s->terminal = m.fds[0];
	s->notify = m.fds[1];
	if (s->terminal >= 0 && !pty_valid(s->terminal))
		return fail(EXIT_EXEC_FAILED, "%s %s: not given a terminal", operation, c->id);
	return 0;
}

int spawn_prepare(const struct container *c, struct spawned *s)
{
	int status;

	*s = (struct spawned)SPAWNED_NONE;
	status = prepare(c, s);
	if (status)
		spawn_close(s);
	return status;
}

int spawn_go(const struct container *c, struct spawned *s)
{
	struct channel_message m = { .kind = CHANNEL_GO, .fds = { -1, -1 } };
	int status;

	if (!c->at_once && channel_send(s->channel, &m))
		status = has_ended(c) ? just_stopped(c) :
			 fail(EXIT_SYSTEM, "%s %s: its first process died before it ran", operation,
			      c->id);
	else
		status = expect(c, s->channel, CHANNEL_END, &m);
	if (status) {
		spawn_close(s);
		return status;
	}
	close(steal_fd(s->channel));
	return 0;
}

static int wait_for(struct spawned *s, int options)
{
	siginfo_t info = { .si_pid = 0 };

	if (waitid(P_PIDFD, s->pidfd, &info, WEXITED | WNOWAIT | options))
		return -1;
	if (info.si_pid) {
		s->killed = info.si_code == CLD_EXITED ? 0 : info.si_status;
		s->status = s->killed ? 128 + info.si_status : info.si_status;
		/* First of all, for signals' handlers: the next moment @pid may be another's. */
		s->ended = true;
		(void)waitid(P_PIDFD, s->pidfd, &info, WEXITED | WNOHANG);
	}
	return 0;
}

void spawn_reap(struct spawned *s)
{
	int err = errno;

	(void)wait_for(s, WNOHANG);
	errno = err;
}

int spawn_wait(struct spawned *s)
{
	/* A handler may be first. */
	while (!s->ended)
		if (wait_for(s, 0) && errno != EINTR && !s->ended)
			return fail_errno(EXIT_SYSTEM, "%s: wait", operation);
	s->pid = 0;
	return s->status;
}

void spawn_close(struct spawned *s)
{
	siginfo_t info;

	if (s->pid > 0 && s->channel >= 0) {
		pidfd_send_signal(s->pidfd, SIGKILL, NULL, 0);
		/* As in wait_for(). */
		s->ended = true;
		waitid(P_PIDFD, s->pidfd, &info, WEXITED);
	}
	cleanup_close_(&s->channel);
	cleanup_close_(&s->pidfd);
	cleanup_close_(&s->terminal);
	cleanup_close_(&s->notify);
	*s = (struct spawned)SPAWNED_NONE;
}
