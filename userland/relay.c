// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>

#include "error.h"
#include "pty.h"
#include "relay.h"
#include "signals.h"
#include "terminal.h"

/* What can be written at once where poll says that there is room. The caller's
 * streams cannot be made not to wait: that would be so for all who have them. */
#define CHUNK PIPE_BUF
/* More than a terminal holds (two pages and three). Who writes on when the command has
 * ended must not keep us. */
#define TERMINAL_REST (1 << 16)

enum { IN, OUT, ERR, TERMINAL, FLOWS };

struct flow {
	int from, to;		/* from < 0: it is over */
	char *data;		/* what was read and is to be written */
	size_t start, len;
};

struct relay {
	const struct container *c;
	struct spawned *s;
	struct streams *streams;
	struct flow flows[FLOWS];
	size_t given;		/* bytes that went to its standard input */
	int lost;		/* why something of its streams is: a status */
	int refused;		/* the same, when we could not write what somebody would read */
};

static char buffers[FLOWS][CHUNK] __large;

static int slave = -1;

/*
 * While nobody in the container has the terminal open, its master says that it has hung up, and
 * what is written later would not be seen (login closes all it has for a moment). So we have it
 * open, too. That keeps nothing alive in there: where it is the session's, processes are hung up by
 * the end of its leader and by ours, which closes the master.
 */
int relay_prepare(const struct container *c, const struct spawned *s)
{
	if (s->terminal < 0)
		return 0;
	terminal_copy_size(c, s->terminal);
	terminal_copy_keys(c, s->terminal);
	return pty_slave(c->id, s->terminal, &slave);
}

/* The terminal stays open: its end would be a hang-up for the command. */
static void finish(struct relay *r, int i)
{
	r->flows[i].from = -1;
	r->flows[i].len = 0;
	if (i < TERMINAL && r->streams->ends[i] >= 0)
		close(steal_fd(r->streams->ends[i]));
}

/* That is how a terminal ends that has hung up, a socket whose other end has gone, and what is open
 * for writing only, which nobody meant to be read. */
static bool is_end(int err)
{
	return err == ECONNRESET || err == EBADF ||
	       (err == EIO && (isatty(STDIN_FILENO) || errno == EIO));
}

/* It is over. */
static void read_failed(struct relay *r, int i)
{
	int err = errno, status;

	if (i == IN && !is_end(err)) {
		errno = err;
		status = fail_errno(EXIT_SYSTEM, "%s %s: read standard input", operation, r->c->id);
		r->lost = r->lost ? r->lost : status;
	}
	finish(r, i);
}

/* False when there is nothing now, or no more. */
static bool fill(struct relay *r, int i)
{
	struct flow *f = &r->flows[i];
	ssize_t n = read(f->from, f->data, CHUNK);
	int sig;

	if (n >= 0 && i == IN)
		n = terminal_typed(f->data, n, CHUNK);
	if (n > 0 && i == IN && (sig = terminal_signal(f->data, n)))
		signals_typed(sig);
	if (n > 0) {
		f->start = 0;
		f->len = n;
		if (i == TERMINAL)
			terminal_used();
		return true;
	}
	if (n == 0)
		finish(r, i);
	else if (errno != EAGAIN && errno != EINTR)
		read_failed(r, i);
	return false;
}

/* A command that writes to its terminal must not wait for one of ours that is gone. */
static void discard(struct flow *f)
{
	static int null = -1;

	if (null < 0)
		null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	f->to = null;
	f->len = 0;
}

/* Does what it writes there count as its output? */
static bool is_output(const struct relay *r, int i)
{
	return i == OUT || i == ERR || (i == TERMINAL && (r->c->stdio[1] == STREAM_TERMINAL ||
							  r->c->stdio[2] == STREAM_TERMINAL));
}

static void empty(struct relay *r, int i)
{
	static const char *const names[] = { "input", "output", "error", "output" };
	struct flow *f = &r->flows[i];
	const char *data = f->data + f->start;
	ssize_t n = i == IN && f->to == r->s->terminal ? terminal_write(slave, data, f->len) :
		    write(f->to, data, f->len);

	if (n >= 0) {
		f->start += n;
		f->len -= n;
		r->given += i == IN ? n : 0;
		return;
	}
	if (errno == EAGAIN || errno == EINTR)
		return;
	if (is_output(r, i) && errno == EPIPE)
		r->lost = 128 + SIGPIPE;
	else if (is_output(r, i))
		r->refused = fail_errno(EXIT_SYSTEM, "%s %s: write to standard %s", operation, r->c->id,
					names[i]);
	if (i == TERMINAL)
		discard(f);
	if (i != TERMINAL || f->to < 0)
		finish(r, i);
}

/* The command has ended: pass on what it has written. */
static void drain(struct relay *r, int i)
{
	struct flow *f = &r->flows[i];
	int left = TERMINAL_REST;

	if (f->from < 0 || (i != TERMINAL && ioctl(f->from, FIONREAD, &left)))
		return;
	while (f->from >= 0 && (f->len || left > 0)) {
		struct pollfd p = { .fd = f->to, .events = POLLOUT };

		if (!f->len) {
			if (!fill(r, i))
				return;
			left -= f->len;
		}
		if (poll(&p, 1, -1) > 0)
			empty(r, i);
	}
}

/* A file on our standard input: what the command has left unread is read by who comes
 * next. What is in its pipe is no more than we have put there, whatever the VE did. */
static void give_back(struct relay *r)
{
	size_t left = r->flows[IN].len;
	int unread;

	if (!r->streams->file)
		return;
	if (!ioctl(r->c->pipes[0], FIONREAD, &unread) && unread > 0)
		left += (size_t)unread < r->given ? (size_t)unread : r->given;
	if (left)
		lseek(STDIN_FILENO, -(off_t)left, SEEK_CUR);
}

static void prepare_polls(const struct relay *r, struct pollfd p[FLOWS + 1])
{
	for (int i = 0; i < FLOWS; i++) {
		const struct flow *f = &r->flows[i];

		p[i] = (struct pollfd){ i == IN && !terminal_ours() ? -1 : f->from, POLLIN, 0 };
		if (f->from >= 0 && f->len)
			p[i] = (struct pollfd){ f->to, POLLOUT, 0 };
	}
	p[FLOWS] = (struct pollfd){ r->s->pidfd, POLLIN, 0 };
}

/* Somebody else's may be what has been typed since. */
static bool still_ours(void)
{
	terminal_look();
	return terminal_ours();
}

/* Until the command has ended, also when nothing flows any more: what it leaves of its input
 * is known only then. */
static void run(struct relay *r)
{
	struct pollfd p[FLOWS + 1];

	for (;;) {
		int ms = terminal_look();

		prepare_polls(r, p);
		if (poll(p, FLOWS + 1, ms) < 0)
			continue;
		for (int i = 0; i < FLOWS; i++) {
			/* One may have ended another. */
			if (!p[i].revents || r->flows[i].from < 0)
				continue;
			if (r->flows[i].len)
				empty(r, i);
			else if (i == IN && !still_ours())
				continue;
			else if ((p[i].revents & (POLLIN | POLLHUP)) == POLLHUP)
				finish(r, i);
			else
				fill(r, i);
		}
		if (p[FLOWS].revents)
			break;
	}
	/* From now on signals are for us alone. */
	spawn_reap(r->s);
	for (int i = OUT; i < FLOWS; i++)
		drain(r, i);
}

static void set_flow(struct relay *r, int i, int from, int to)
{
	r->flows[i] = (struct flow){ .from = to < 0 ? -1 : from, .to = to, .data = buffers[i] };
	if (r->flows[i].from >= 0)
		fcntl(i == IN ? to : from, F_SETFL, O_NONBLOCK);
}

/* When the command has ended with @status. */
static int outcome(const struct relay *r, int status)
{
	if (r->refused && (!status || status == 128 + SIGPIPE))
		return r->refused;
	return status ? status : r->lost;
}

int relay(const struct container *c, struct spawned *s, struct streams *streams)
{
	struct relay relay = { .c = c, .s = s, .streams = streams }, *r = &relay;
	bool typed = c->stdio[0] == STREAM_TERMINAL && s->terminal >= 0;

	set_flow(r, IN, STDIN_FILENO, typed ? s->terminal : streams->ends[0]);
	set_flow(r, OUT, streams->ends[1], STDOUT_FILENO);
	set_flow(r, ERR, streams->ends[2], STDERR_FILENO);
	set_flow(r, TERMINAL, s->terminal, terminal_shown(c));
	if (s->terminal >= 0 && r->flows[TERMINAL].to < 0) {
		discard(&r->flows[TERMINAL]);
		r->flows[TERMINAL].from = r->flows[TERMINAL].to < 0 ? -1 : s->terminal;
	}
	terminal_begin(c, s->terminal);
	signals_running();
	signal(SIGPIPE, SIG_IGN);
	run(r);
	terminal_restore();
	if (slave >= 0)
		close(steal_fd(slave));
	give_back(r);
	return outcome(r, spawn_wait(s));
}
