// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "pty.h"
#include "relay.h"
#include "relayed.h"
#include "signals.h"
#include "streams.h"

int temporary(void)
{
	int fd = open("/tmp", O_TMPFILE | O_RDWR, 0600);

	ck_assert_int_ge(fd, 0);
	return fd;
}

void await_text(int file)
{
	struct stat st = { .st_size = 0 };

	for (int i = 0; i < 500 && !st.st_size; i++) {
		usleep(20000);
		ck_assert_int_eq(fstat(file, &st), 0);
	}
	ck_assert_int_gt(st.st_size, 0);
}

static void make_session(const struct relayed *r)
{
	if (!r->terminal)
		return;
	close(r->master);
	if (setsid() < 0 || ioctl(r->terminal, TIOCSCTTY, 0))
		_exit(103);
	/* The leader is a shell that has put it into the background, and for a while leaves it there. */
	if (r->background) {
		pid_t pid = fork();

		if (pid) {
			usleep(1000000);
			signal(SIGTTOU, SIG_IGN);
			_exit(tcsetpgrp(r->terminal, pid) ? 106 : relayed_end(pid));
		}
		setpgid(0, 0);
	}
}

static void open_terminal(const struct container *c, struct spawned *s, int *slave)
{
	int unlock = 0;

	for (int i = 0; i < 3 && s->terminal < 0; i++)
		if (c->stdio[i] == STREAM_TERMINAL)
			s->terminal = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (s->terminal >= 0 && (ioctl(s->terminal, TIOCSPTLCK, &unlock) ||
				 pty_slave("101", s->terminal, slave)))
		_exit(104);
}

static _Noreturn void become_command(const struct relayed *r, const struct container *c, int slave)
{
	/* What CLONE_CLEAR_SIGHAND does to a real one, and leave_session(). */
	for (int sig = 1; sig < SIGRTMAX; sig++)
		signal(sig, SIG_DFL);
	if (setsid() < 0 || streams_keep(c) || streams_take(c, slave))
		_exit(102);
	closefrom(3);
	_exit(r->command());
}

pid_t relayed_start(const struct relayed *r)
{
	struct spawned s = SPAWNED_NONE;
	struct container c = { .id = "101", .cgroup = r->cgroup };
	struct streams streams;
	int status, slave = -1;
	pid_t pid = fork();

	if (pid)
		return pid;
	make_session(r);
	signal(SIGALRM, SIG_DFL);
	alarm(20);
	if (dup2(r->in, 0) || dup2(r->out, 1) != 1 || dup2(r->err, 2) != 2 ||
	    streams_make("101", getuid(), c.stdio, c.pipes, &streams))
		_exit(101);
	open_terminal(&c, &s, &slave);
	signals_begin(&c, &s);
	if (relay_prepare(&c, &s))
		_exit(105);
	s.pid = fork();
	if (!s.pid)
		become_command(r, &c, slave);
	if (slave >= 0)
		close(slave);
	streams_release(&streams, c.pipes);
	s.pidfd = pidfd_open(s.pid, 0);
	status = relay(&c, &s, &streams);
	signals_end();
	_exit(r->repeats ? signals_repeat(status) : status);
}

int relayed_end(pid_t pid)
{
	int status;

	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

int relayed_run(int (*command)(void), int in, int out, int err)
{
	const struct relayed r = { .command = command, .in = in, .out = out, .err = err, .cgroup = -1 };

	return relayed_end(relayed_start(&r));
}
