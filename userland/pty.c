// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/pidfd.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <termios.h>

#include "error.h"
#include "file.h"
#include "pty.h"

bool pty_valid(int fd)
{
	struct statfs fs;
	struct stat st;

	return !fstatfs(fd, &fs) && fs.f_type == DEVPTS_SUPER_MAGIC && !fstat(fd, &st) &&
	       S_ISCHR(st.st_mode) && st.st_rdev == makedev(5, 2);
}

int pty_open(const char *id, int *master, int *slave)
{
	cleanup_close int fd = -1;
	int unlock = 0;

	/* The path is the tenant's: a fifo there must not hold us up, and what is
	 * opened must be the device. The slave is asked of the master, not opened
	 * by a name that could be another file (CVE-2025-52565). */
	fd = open("/dev/pts/ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return fail_errno(EXIT_EXEC_FAILED, "%s %s: open /dev/pts/ptmx in the VE",
				  operation, id);
	if (!pty_valid(fd))
		return fail(EXIT_EXEC_FAILED, "%s %s: /dev/pts/ptmx in the VE is no terminal device",
			    operation, id);
	if (ioctl(fd, TIOCSPTLCK, &unlock))
		return fail_errno(EXIT_EXEC_FAILED, "%s %s: unlock a terminal", operation, id);
	*slave = ioctl(fd, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (*slave < 0)
		return fail_errno(EXIT_EXEC_FAILED, "%s %s: open a terminal", operation, id);
	*master = steal_fd(fd);
	return 0;
}

static struct termios saved;
static bool raw;

static void restore(void)
{
	if (raw)
		tcsetattr(STDIN_FILENO, TCSADRAIN, &saved);
	raw = false;
}

static void make_raw(void)
{
	struct termios t;

	if (tcgetattr(STDIN_FILENO, &saved))
		return;
	t = saved;
	cfmakeraw(&t);
	if (tcsetattr(STDIN_FILENO, TCSADRAIN, &t))
		return;
	raw = true;
	atexit(restore);
}

void pty_copy_size(int master, bool input)
{
	struct winsize size;

	if (!ioctl(input ? STDIN_FILENO : STDOUT_FILENO, TIOCGWINSZ, &size))
		ioctl(master, TIOCSWINSZ, &size);
}

/* Signals that end us are the command's business while it runs. */
static const int caught[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGWINCH };

static int catch_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < ARRAY_SIZE(caught); i++)
		sigaddset(&set, caught[i]);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void pass_signals(int signals, int pidfd, int master, bool input)
{
	struct signalfd_siginfo info;

	while (read(signals, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo != SIGWINCH)
			pidfd_send_signal(pidfd, info.ssi_signo, NULL, 0);
		else if (master >= 0)
			pty_copy_size(master, input);
	}
}

static int forward_to;

static void forward(int sig)
{
	int err = errno;

	pidfd_send_signal(forward_to, sig, NULL, 0);
	errno = err;
}

void signal_forward(int pidfd)
{
	const struct sigaction action = { .sa_handler = forward };

	forward_to = pidfd;
	for (size_t i = 0; i < ARRAY_SIZE(caught); i++)
		if (caught[i] != SIGWINCH)
			sigaction(caught[i], &action, NULL);
}

/* What could not be written yet; a program that does not read its terminal must
 * not keep its output from being shown. */
struct pending {
	char data[4096];
	size_t start, len;
};

static bool read_some(int fd, struct pending *b)
{
	ssize_t n = read(fd, b->data, sizeof(b->data));

	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	b->start = 0;
	b->len = n;
	return n > 0;
}

static bool write_some(int fd, struct pending *b)
{
	ssize_t n = write(fd, b->data + b->start, b->len);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	b->start += n;
	b->len -= n;
	return true;
}

/* Show what is left of the output of a process that has ended. */
static void drain(int master)
{
	struct pending out = { .len = 0 };

	while (read_some(master, &out) && out.len) {
		if (write_all(STDOUT_FILENO, out.data, out.len))
			return;
		out.len = 0;
	}
}

enum { EVENT_MASTER, EVENT_INPUT, EVENT_SIGNAL, EVENT_END, EVENT_COUNT };

static void relay_loop(int master, int pidfd, int signals, bool input)
{
	struct pending in = { .len = 0 }, out = { .len = 0 };
	bool open = true;

	for (;;) {
		struct pollfd p[EVENT_COUNT] = {
			[EVENT_MASTER] = { open ? master : -1, (in.len ? POLLOUT : 0) | POLLIN, 0 },
			[EVENT_INPUT] = { input && !in.len ? STDIN_FILENO : -1, POLLIN, 0 },
			[EVENT_SIGNAL] = { signals, POLLIN, 0 },
			[EVENT_END] = { pidfd, POLLIN, 0 },
		};

		if (poll(p, EVENT_COUNT, -1) < 0 && errno != EINTR)
			return;
		pass_signals(signals, pidfd, master, input);
		if (p[EVENT_MASTER].revents & (POLLIN | POLLHUP)) {
			open = read_some(master, &out);
			if (out.len && write_all(STDOUT_FILENO, out.data, out.len))
				return;
			out.len = 0;
		}
		if (p[EVENT_INPUT].revents)
			input = read_some(STDIN_FILENO, &in);
		if (open && in.len)
			open = write_some(master, &in);
		if (p[EVENT_END].revents) {
			drain(master);
			return;
		}
	}
}

void pty_relay(int master, int pidfd, bool input)
{
	cleanup_close int signals = catch_signals();

	fcntl(master, F_SETFL, O_NONBLOCK);
	if (input)
		make_raw();
	relay_loop(master, pidfd, signals, input);
	restore();
}
