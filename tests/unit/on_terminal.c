// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>

#include "on_terminal.h"

int master, terminal;
int cgroup = -1;
struct termios at_first;

void open_terminal(void)
{
	int unlock = 0;

	master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	ck_assert_int_eq(ioctl(master, TIOCSPTLCK, &unlock), 0);
	terminal = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY);
	ck_assert_int_eq(tcgetattr(terminal, &at_first), 0);
}

void close_terminal(void)
{
	close(terminal);
	close(master);
}

pid_t start(int (*command)(void), int in, int out, int err)
{
	const struct relayed r = { .command = command, .in = in, .out = out, .err = err, .cgroup = cgroup,
				   .terminal = terminal, .master = master, .repeats = cgroup >= 0 };

	return relayed_start(&r);
}

const char *shown(const char *text)
{
	static char all[1 << 20];
	size_t n = 0;
	struct pollfd p = { .fd = master, .events = POLLIN };

	all[0] = '\0';
	while (!strstr(all, text) && n < sizeof(all) - 1 && poll(&p, 1, 5000) > 0) {
		ssize_t more = read(master, all + n, sizeof(all) - 1 - n);

		if (more <= 0)
			break;
		n += more;
		all[n] = '\0';
	}
	return all;
}

void type(const char *text)
{
	ck_assert_int_eq(write(master, text, strlen(text)), strlen(text));
}

void is_as_at_first(void)
{
	struct termios t;

	ck_assert_int_eq(tcgetattr(terminal, &t), 0);
	ck_assert(t.c_lflag == at_first.c_lflag && t.c_oflag == at_first.c_oflag &&
		  t.c_iflag == at_first.c_iflag);
}

bool becomes(tcflag_t lflag, bool set)
{
	struct termios t;

	for (int i = 0; i < 250; i++, usleep(20000))
		if (!tcgetattr(terminal, &t) && !(t.c_lflag & lflag) == !set)
			return true;
	return false;
}

int say(const char *text)
{
	return write(1, text, strlen(text)) < 0;
}

int read_lines(void)
{
	char text[64];
	ssize_t n;

	if (say("+"))
		return 2;
	while ((n = read(0, text, sizeof(text))) > 0)
		if (write(1, text, n) != n)
			return 1;
	return 4;
}

pid_t start_with_pipe(int (*command)(void), int *output)
{
	int ends[2];
	char text[1];
	pid_t pid;

	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	pid = start(command, terminal, ends[1], terminal);
	close(ends[1]);
	ck_assert_int_eq(read(ends[0], text, sizeof(text)), 1);
	*output = ends[0];
	return pid;
}
