// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/ttydefaults.h>
#include <termios.h>

#include "pty.h"
#include "terminal.h"

/* A shell that puts a job that runs into the foreground does not say so. */
#define LOOK_MS 100

static struct {
	int master;		/* of the command's */
	bool typed;		/* it is our standard input, and the command's is one */
	bool keep_output;	/* it is not our standard output */
	bool shared;		/* our output or error is a pipe */
	bool unused;		/* by the command, so far */
	bool echoed;		/* what is to be written there */
	volatile bool ours, raw;
	struct termios found, set;
} the;

static bool is_written_to(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	return flags >= 0 && (flags & O_ACCMODE) != O_RDONLY;
}

int terminal_shown(const struct container *c)
{
	static const int order[] = { STDOUT_FILENO, STDERR_FILENO, STDIN_FILENO };
	static int shown = -1;

	for (size_t i = 0; shown < 0 && i < ARRAY_SIZE(order); i++)
		if (c->stdio[order[i]] == STREAM_TERMINAL && is_written_to(order[i]))
			shown = order[i];
	/* "</dev/tty" is to be read only. */
	if (shown < 0 && c->stdio[0] == STREAM_TERMINAL)
		shown = open("/proc/self/fd/0", O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	return shown;
}

/* Ours; -1: none. */
static int descriptor(const struct container *c)
{
	for (int fd = 0; fd < 3; fd++)
		if (c->stdio[fd] == STREAM_TERMINAL)
			return fd;
	return -1;
}

void terminal_copy_size(const struct container *c, int master)
{
	if (master >= 0)
		pty_copy_size(master, descriptor(c));
}

void terminal_copy_keys(const struct container *c, int master)
{
	pty_copy_keys(master, descriptor(c));
}

/* Not by bytes: they have holes. */
static bool same(const struct termios *a, const struct termios *b)
{
	return a->c_iflag == b->c_iflag && a->c_oflag == b->c_oflag && a->c_cflag == b->c_cflag &&
	       a->c_lflag == b->c_lflag && !memcmp(a->c_cc, b->c_cc, sizeof(a->c_cc));
}

/* Where it is not our session's, nobody else is in its foreground. */
static bool in_foreground(void)
{
	pid_t group = tcgetpgrp(STDIN_FILENO);

	return group < 0 || group == getpgrp();
}

/* Not TCSADRAIN: a terminal that is stopped would keep us, with signals blocked. */
static void set_raw(const struct termios *now)
{
	struct termios raw = *now;

	cfmakeraw(&raw);
	if (the.keep_output)
		raw.c_oflag = now->c_oflag;
	/* What it did not take it does not show later. */
	if (tcsetattr(STDIN_FILENO, TCSANOW, &raw) || tcgetattr(STDIN_FILENO, &the.set))
		return;
	the.found = *now;
	the.raw = true;
}

/* Somebody asks for a password, or edits lines. */
static bool command_has_set_its_own(void)
{
	struct termios t;

	return !tcgetattr(the.master, &t) && (~t.c_lflag & (ECHO | ICANON));
}

static int look(void)
{
	struct termios now;

	the.ours = false;
	if (!in_foreground() || tcgetattr(STDIN_FILENO, &now))
		return LOOK_MS;
	if (!the.raw || !same(&now, &the.set)) {
		/* Somebody else has it, for now. */
		if (the.shared && !same(&now, &the.found))
			return LOOK_MS;
		the.raw = false;
		the.ours = true;
		if (the.unused && !command_has_set_its_own())
			return LOOK_MS;
		the.unused = false;
		set_raw(&now);
		/* Who is in the background is not told of a change. */
		pty_copy_size(the.master, STDIN_FILENO);
	}
	the.ours = true;
	return -1;
}

int terminal_look(void)
{
	sigset_t all, old;
	int ms;

	/* While it is ours alone, whoever sets it from elsewhere does so for us. */
	if (!the.typed || (the.ours && the.raw && !the.shared))
		return -1;
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &old);
	ms = look();
	sigprocmask(SIG_SETMASK, &old, NULL);
	return ms;
}

bool terminal_ours(void)
{
	return !the.typed || the.ours;
}

void terminal_used(void)
{
	the.unused = false;
}

/* As the command's terminal has it. */
static char end_of_input(void)
{
	struct termios t;

	if (tcgetattr(the.master, &t) || t.c_cc[VEOF] == _POSIX_VDISABLE)
		return CEOF;
	return t.c_cc[VEOF];
}

size_t terminal_typed(char *data, size_t n, size_t size)
{
	if (!the.typed || the.raw)
		return n;
	the.unused = false;
	the.echoed = the.found.c_lflag & ECHO;
	if ((the.found.c_lflag & ICANON) && (!n || data[n - 1] != '\n') && n < size)
		data[n++] = end_of_input();
	return n;
}

int terminal_signal(const char *data, size_t n)
{
	const char keys[] = { the.found.c_cc[VINTR], the.found.c_cc[VQUIT] };

	if (!the.typed || !the.raw)
		return 0;
	for (size_t i = 0; i < sizeof(keys); i++)
		if (keys[i] != _POSIX_VDISABLE && memchr(data, keys[i], n))
			return i ? SIGQUIT : SIGINT;
	return 0;
}

ssize_t terminal_write(int slave, const char *data, size_t n)
{
	struct termios was, silent, now;
	ssize_t written;
	int error;

	if (!the.echoed || tcgetattr(the.master, &was))
		return write(the.master, data, n);
	silent = was;
	silent.c_lflag &= ~(ECHO | ECHONL);
	if (tcsetattr(the.master, TCSANOW, &silent))
		return write(the.master, data, n);
	written = write(the.master, data, n);
	error = errno;
	the.echoed = written < 0;
	/* The kernel takes it in when it likes; who asks for it waits for that. */
	poll(&(struct pollfd){ .fd = slave, .events = POLLIN }, 1, 0);
	if (!tcgetattr(the.master, &now) && same(&now, &silent))
		tcsetattr(the.master, TCSANOW, &was);
	errno = error;
	return written;
}

void terminal_continued(void)
{
	if (the.typed)
		look();
}

static bool is_pipe(int fd)
{
	struct stat st;

	return !fstat(fd, &st) && (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode));
}

void terminal_begin(const struct container *c, int master)
{
	if (c->stdio[0] != STREAM_TERMINAL || master < 0 || tcgetattr(STDIN_FILENO, &the.found))
		return;
	the.keep_output = c->stdio[1] != STREAM_TERMINAL;
	the.shared = is_pipe(STDOUT_FILENO) || is_pipe(STDERR_FILENO);
	the.unused = the.shared;
	the.master = master;
	the.typed = true;
	atexit(terminal_restore);
}

void terminal_restore(void)
{
	struct termios now;

	the.typed = false;
	if (the.raw && in_foreground() && !tcgetattr(STDIN_FILENO, &now) && same(&now, &the.set))
		tcsetattr(STDIN_FILENO, TCSANOW, &the.found);
	the.raw = false;
}
