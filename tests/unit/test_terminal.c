// SPDX-License-Identifier: GPL-2.0-or-later
/* The caller's terminal, and what a command's own does to it. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>

#include "relayed.h"

static int master, terminal;	/* the caller's */
static struct termios at_first;

static void open_terminal(void)
{
	int unlock = 0;

	master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	ck_assert_int_eq(ioctl(master, TIOCSPTLCK, &unlock), 0);
	terminal = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY);
	ck_assert_int_eq(tcgetattr(terminal, &at_first), 0);
}

static void close_terminal(void)
{
	close(terminal);
	close(master);
}

static pid_t start(int (*command)(void), int in, int out, int err)
{
	const struct relayed r = { .command = command, .in = in, .out = out, .err = err,
				   .cgroup = -1, .terminal = terminal, .master = master };

	return relayed_start(&r);
}

/* What is shown until @text is part of it, or for 5 s. */
static const char *shown(const char *text)
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

static void type(const char *text)
{
	ck_assert_int_eq(write(master, text, strlen(text)), strlen(text));
}

static void is_as_at_first(void)
{
	struct termios t;

	ck_assert_int_eq(tcgetattr(terminal, &t), 0);
	ck_assert(t.c_lflag == at_first.c_lflag && t.c_oflag == at_first.c_oflag &&
		  t.c_iflag == at_first.c_iflag);
}

/* Within 5 s. */
static bool becomes(tcflag_t lflag, bool set)
{
	struct termios t;

	for (int i = 0; i < 250; i++, usleep(20000))
		if (!tcgetattr(terminal, &t) && !(t.c_lflag & lflag) == !set)
			return true;
	return false;
}

static int say(const char *text)
{
	return write(1, text, strlen(text)) < 0;
}

/* As login does. */
static int let_go_for_a_while(void)
{
	int null = open("/dev/null", O_RDWR), tty;
	char byte = 'x';

	for (int i = 0; i < 3; i++)
		dup2(null, i);
	close(null);
	usleep(300000);
	tty = open("/dev/tty", O_WRONLY);
	/* More than it holds. */
	for (int i = 0; i < 100000; i++)
		if (write(tty, &byte, 1) != 1)
			return 1;
	return write(tty, "end\n", 4) == 4 ? 5 : 2;
}

START_TEST(a_terminal_that_nobody_has_for_a_while_goes_on)
{
	pid_t pid = start(let_go_for_a_while, terminal, terminal, terminal);

	ck_assert_ptr_nonnull(strstr(shown("end"), "xxxend"));
	ck_assert_int_eq(relayed_end(pid), 5);
	is_as_at_first();
}
END_TEST

/* As getpass() does, on the terminal alone. */
static int ask_for_password(void)
{
	struct termios t;
	char text[64];
	int tty = open("/dev/tty", O_RDWR);
	ssize_t n;

	usleep(300000);		/* what is written to the caller's streams meanwhile is plain */
	if (tcgetattr(tty, &t))
		return 1;
	t.c_lflag &= ~ECHO;
	if (tcsetattr(tty, TCSAFLUSH, &t) || write(tty, "Password: ", 10) != 10)
		return 2;
	n = read(tty, text, sizeof(text));
	if (n < 0 || write(tty, "\nthanks\n", 8) != 8 || write(1, text, n) != n)
		return 3;
	return 0;
}

START_TEST(a_password_is_hidden_wherever_output_goes)
{
	int ends[2], out = temporary();
	pid_t pid;
	char text[16] = "";

	pid = start(ask_for_password, terminal, out, terminal);
	ck_assert_ptr_nonnull(strstr(shown("Password: "), "Password: "));
	type("secret\r");
	ck_assert_ptr_null(strstr(shown("thanks\r"), "secret"));
	ck_assert_int_eq(relayed_end(pid), 0);
	ck_assert_int_eq(pread(out, text, sizeof(text), 0), 7);
	is_as_at_first();

	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	pid = start(ask_for_password, terminal, ends[1], terminal);
	ck_assert_ptr_nonnull(strstr(shown("Password: "), "Password: "));
	type("secret\r");
	ck_assert_ptr_null(strstr(shown("thanks\r"), "secret"));
	ck_assert_int_eq(relayed_end(pid), 0);
	ck_assert_int_eq(read(ends[0], text, sizeof(text)), 7);
	ck_assert_str_eq(text, "secret\n");
	is_as_at_first();
}
END_TEST

/* Nothing of this is on its terminal, if output is elsewhere. */
static int read_lines(void)
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

/* Its output comes through a pipe. */
static pid_t start_with_pipe(int (*command)(void), int *output)
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

static pid_t start_in_pipeline(int *output)
{
	return start_with_pipe(read_lines, output);
}

START_TEST(a_pipe_is_no_reason_to_change_it)
{
	char text[64] = "";
	int output;
	pid_t pid = start_in_pipeline(&output);

	usleep(300000);
	is_as_at_first();
	/* Once, not by both. */
	type("first\r");
	ck_assert_int_eq(read(output, text, sizeof(text)), 6);
	ck_assert(becomes(ICANON, false));
	type("\004");
	ck_assert_int_eq(relayed_end(pid), 4);
	is_as_at_first();
	type("|\r");
	ck_assert_str_eq(shown("|\r\n"), "first\r\n|\r\n");
	tcflush(terminal, TCIFLUSH);

	/* An end of input that is typed at first, too. */
	pid = start_in_pipeline(&output);
	type("half\004");
	ck_assert_int_eq(read(output, text, sizeof(text)), 4);
	ck_assert(becomes(ICANON, false));
	type("\004");
	ck_assert_int_eq(relayed_end(pid), 4);
	/* Ctrl-C is for all of the pipeline. */
	pid = start_in_pipeline(&output);
	type("\003");
	ck_assert_int_eq(relayed_end(pid), 128 + SIGINT);
}
END_TEST

static unsigned char in_a_byte(tcflag_t iflag)
{
	return (iflag & (IUTF8 | IXON | IXANY | ICRNL)) >> 8;
}

/* On standard output, which is no terminal; then the lines. */
static int tell_keys(void)
{
	struct termios t;
	unsigned char text[5] = "+";

	if (tcgetattr(0, &t) || (~t.c_lflag & (ICANON | ECHO | ISIG)) || !(t.c_oflag & OPOST))
		return 1;
	text[1] = t.c_cc[VERASE];
	text[2] = t.c_cc[VINTR];
	text[3] = t.c_cc[VMIN];
	text[4] = in_a_byte(t.c_iflag);
	return write(1, text, sizeof(text)) != sizeof(text) ? 2 : read_lines();
}

/* As @t is set: its keys are told in @text. Types @end, which is to be the end of its input. */
static void keys_of(const struct termios *t, unsigned char text[4], const char *end)
{
	unsigned char more[1];
	int output;
	pid_t pid;

	ck_assert_int_eq(tcsetattr(terminal, TCSANOW, t), 0);
	pid = start_with_pipe(tell_keys, &output);
	ck_assert_int_eq(read(output, text, 4), 4);
	ck_assert_int_eq(read(output, more, 1), 1);
	/* Before it is raw, and after. */
	type("half");
	type(end);
	ck_assert_int_eq(read(output, more, 1), 1);
	ck_assert(becomes(ICANON, false));
	type(end);
	ck_assert_int_eq(relayed_end(pid), 4);
	close(output);
}

START_TEST(its_keys_are_those_of_the_command_too)
{
	struct termios mine = at_first;
	unsigned char text[4];

	mine.c_iflag = (mine.c_iflag & ~(tcflag_t)(IXON | ICRNL)) | IUTF8 | IXANY;
	mine.c_oflag &= ~(tcflag_t)OPOST;
	mine.c_cc[VERASE] = '\b';
	mine.c_cc[VINTR] = 'X' & 31;
	mine.c_cc[VEOF] = 'F' & 31;
	mine.c_cc[VMIN] = 7;
	keys_of(&mine, text, "\006");
	ck_assert_int_eq(text[0], '\b');
	ck_assert_int_eq(text[1], 'X' & 31);
	ck_assert_int_ne(text[2], 7);
	ck_assert_int_eq(text[3], in_a_byte(IUTF8 | IXANY));
	ck_assert_int_eq(tcsetattr(terminal, TCSANOW, &at_first), 0);
}
END_TEST

static int tell_keys_once(void)
{
	return tell_keys() == 4 ? 0 : 1;
}

/* Of one that somebody has made raw, no key is. */
START_TEST(keys_of_a_raw_one_are_not)
{
	struct termios raw = at_first;
	unsigned char text[5];
	int out = temporary();
	pid_t pid;

	cfmakeraw(&raw);
	raw.c_cc[VERASE] = '\b';
	raw.c_iflag |= IXANY;
	ck_assert_int_eq(tcsetattr(terminal, TCSANOW, &raw), 0);
	pid = start(tell_keys_once, terminal, out, terminal);
	await_text(out);
	type("\004");
	ck_assert_int_eq(relayed_end(pid), 0);
	ck_assert_int_eq(pread(out, text, sizeof(text), 0), 5);
	ck_assert_int_eq(text[1], at_first.c_cc[VERASE]);
	ck_assert_int_eq(text[4], in_a_byte(IXON | ICRNL));
}
END_TEST

START_TEST(a_pager_has_it_for_itself)
{
	struct termios pager = at_first, t;
	char text[8];
	int output;
	pid_t pid = start_in_pipeline(&output);

	pager.c_lflag &= ~(ICANON | ECHO);
	ck_assert_int_eq(tcsetattr(terminal, TCSANOW, &pager), 0);
	type("q");
	usleep(300000);
	ck_assert_int_eq(read(terminal, text, sizeof(text)), 1);
	ck_assert_int_eq(kill(pid, SIGTERM), 0);
	ck_assert_int_eq(relayed_end(pid), 128 + SIGTERM);
	/* Nor is it taken from it at our end. */
	ck_assert_int_eq(tcgetattr(terminal, &t), 0);
	ck_assert_int_eq(t.c_lflag, pager.c_lflag);
}
END_TEST

/* "2>&1 >/dev/null | less" */
static int complain(void)
{
	char text[8];

	return write(2, "+", 1) != 1 || read(0, text, sizeof(text)) < 0;
}

START_TEST(a_pager_of_errors_has_it_too)
{
	const int outs[] = { open("/dev/null", O_WRONLY), terminal };

	for (size_t i = 0; i < 2; i++) {
		struct termios pager = at_first, t;
		int ends[2];
		char text[8];
		pid_t pid;

		ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
		pid = start(complain, terminal, outs[i], ends[1]);
		ck_assert_int_eq(read(ends[0], text, sizeof(text)), 1);
		pager.c_lflag &= ~(ICANON | ECHO);
		pager.c_cc[VMIN] = 0;
		ck_assert_int_eq(tcsetattr(terminal, TCSANOW, &pager), 0);
		type("q");
		usleep(300000);
		ck_assert_int_eq(read(terminal, text, sizeof(text)), 1);
		ck_assert_int_eq(kill(pid, SIGTERM), 0);
		ck_assert_int_eq(relayed_end(pid), 128 + SIGTERM);
		ck_assert_int_eq(tcgetattr(terminal, &t), 0);
		ck_assert_int_eq(t.c_lflag, pager.c_lflag);
		ck_assert_int_eq(tcsetattr(terminal, TCSANOW, &at_first), 0);
	}
}
END_TEST

static int say_a_line(void)
{
	usleep(200000);
	return say("a\nb\n");
}

START_TEST(lines_of_others_stay_lines)
{
	int out = temporary();
	pid_t pid = start(read_lines, terminal, out, terminal);

	/* Of who reads the file, say. */
	ck_assert(becomes(ICANON, false));
	ck_assert_int_eq(write(terminal, "a\nb\n", 4), 4);
	ck_assert_str_eq(shown("b\r\n"), "a\r\nb\r\n");
	type("\004");
	ck_assert_int_eq(relayed_end(pid), 4);
	/* But when all goes there it is the command's terminal that makes them. */
	pid = start(say_a_line, terminal, terminal, terminal);
	ck_assert_str_eq(shown("b\r\n"), "a\r\nb\r\n");
	ck_assert_int_eq(relayed_end(pid), 0);
}
END_TEST

static int write_to_tty(void)
{
	int tty = open("/dev/tty", O_WRONLY);
	char text[4096];

	memset(text, 'x', sizeof(text));
	for (int i = 0; i < 50; i++)
		if (write(tty, text, sizeof(text)) != sizeof(text))
			return 1;
	return 0;
}

START_TEST(a_terminal_that_is_only_read_is_no_error)
{
	char path[64];
	int out = temporary(), in;
	pid_t pid;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", terminal);
	in = open(path, O_RDONLY | O_NOCTTY);
	pid = start(say_a_line, in, out, out);
	ck_assert_int_eq(relayed_end(pid), 0);
	/* Nor one that has gone: nobody sees it, but nobody has to wait either. */
	signal(SIGHUP, SIG_IGN);
	pid = start(write_to_tty, in, out, out);
	ck_assert_ptr_nonnull(strstr(shown("xxx"), "xxx"));
	close(master);
	ck_assert_int_eq(relayed_end(pid), 0);
	master = -1;
}
END_TEST

static volatile sig_atomic_t resized;

static void note_size(int sig)
{
	(void)sig;
	resized = 1;
}

/* A child of a command that takes its input from elsewhere. */
static int look_for_a_typist(void)
{
	struct winsize size = { };

	if (open("/dev/tty", O_RDWR) >= 0 || errno != ENXIO)
		return 1;
	if (!isatty(1) || !isatty(2) || ioctl(1, TIOCGWINSZ, &size) || size.ws_col != 66)
		return 2;
	signal(SIGWINCH, note_size);
	if (say("ready"))
		return 3;
	for (int i = 0; i < 250 && !resized; i++)
		usleep(20000);
	if (!resized || ioctl(1, TIOCGWINSZ, &size) || size.ws_col != 55 || say("resized"))
		return 4;
	pause();
	return 5;
}

static int wait_for_a_typist(void)
{
	int status;
	pid_t pid = fork();

	if (!pid)
		_exit(look_for_a_typist());
	signal(SIGINT, SIG_IGN);
	if (waitpid(pid, &status, 0) != pid)
		return 50;
	return WIFSIGNALED(status) ? 60 + WTERMSIG(status) : WEXITSTATUS(status);
}

START_TEST(where_nobody_types_it_is_for_output_alone)
{
	const struct winsize size = { .ws_col = 66 }, other = { .ws_col = 55 };
	int in = open("/dev/zero", O_RDONLY);
	pid_t pid;

	ck_assert_int_eq(ioctl(terminal, TIOCSWINSZ, &size), 0);
	pid = start(wait_for_a_typist, in, terminal, terminal);
	ck_assert_ptr_nonnull(strstr(shown("ready"), "ready"));
	ck_assert_int_eq(ioctl(terminal, TIOCSWINSZ, &other), 0);
	ck_assert_ptr_nonnull(strstr(shown("resized"), "resized"));
	is_as_at_first();
	/* Ours says Ctrl-C. */
	type("\003");
	ck_assert_int_eq(relayed_end(pid), 60 + SIGINT);
}
END_TEST

static int read_lines_and_size(void)
{
	struct winsize size;

	return read_lines() != 4 || ioctl(0, TIOCGWINSZ, &size) ? 1 : size.ws_col;
}

START_TEST(the_background_does_not_touch_it)
{
	int out = temporary();
	const struct relayed r = { .command = read_lines_and_size, .in = terminal, .out = out, .err = out,
				   .cgroup = -1, .terminal = terminal, .master = master,
				   .background = true };
	pid_t pid = relayed_start(&r);
	const struct winsize size = { .ws_col = 77 };
	char text[16];

	type("early\r");
	usleep(300000);
	is_as_at_first();
	ck_assert_int_eq(ioctl(terminal, TIOCSWINSZ, &size), 0);
	/* It is not told when that is over. */
	ck_assert(becomes(ICANON, false));
	/* What was typed before is read now. */
	usleep(300000);
	ck_assert_int_eq(pread(out, text, sizeof(text), 0), 7);
	type("\004");
	ck_assert_int_eq(relayed_end(pid), 77);
}
END_TEST

START_TEST(it_is_raw_again_after_a_stop)
{
	pid_t pid = start(read_lines, terminal, terminal, terminal);

	for (int i = 0; i < 2; i++) {
		ck_assert(becomes(ICANON, false));
		/* As the shell does when it is stopped. */
		ck_assert_int_eq(tcsetattr(terminal, TCSANOW, &at_first), 0);
		ck_assert_int_eq(kill(pid, SIGCONT), 0);
	}
	ck_assert(becomes(ICANON, false));
	type("\004");
	ck_assert_int_eq(relayed_end(pid), 4);
	is_as_at_first();
}
END_TEST

START_TEST(what_others_have_set_is_left)
{
	struct termios other = at_first, t;
	pid_t pid = start(read_lines, terminal, terminal, terminal);

	ck_assert(becomes(ICANON, false));
	other.c_cc[VINTR] = 1;
	other.c_lflag &= ~(ICANON | ECHO);
	ck_assert_int_eq(tcsetattr(terminal, TCSANOW, &other), 0);
	type("\004");
	ck_assert_int_eq(relayed_end(pid), 4);
	ck_assert_int_eq(tcgetattr(terminal, &t), 0);
	ck_assert_int_eq(t.c_cc[VINTR], 1);
}
END_TEST

Suite *terminal_suite(void)
{
	Suite *suite = suite_create("terminal");
	TCase *tcase = tcase_create("terminal");

	tcase_set_timeout(tcase, 60);
	tcase_add_checked_fixture(tcase, open_terminal, close_terminal);
	tcase_add_test(tcase, a_terminal_that_nobody_has_for_a_while_goes_on);
	tcase_add_test(tcase, a_password_is_hidden_wherever_output_goes);
	tcase_add_test(tcase, a_pipe_is_no_reason_to_change_it);
	tcase_add_test(tcase, its_keys_are_those_of_the_command_too);
	tcase_add_test(tcase, keys_of_a_raw_one_are_not);
	tcase_add_test(tcase, a_pager_has_it_for_itself);
	tcase_add_test(tcase, a_pager_of_errors_has_it_too);
	tcase_add_test(tcase, lines_of_others_stay_lines);
	tcase_add_test(tcase, a_terminal_that_is_only_read_is_no_error);
	tcase_add_test(tcase, where_nobody_types_it_is_for_output_alone);
	tcase_add_test(tcase, the_background_does_not_touch_it);
	tcase_add_test(tcase, it_is_raw_again_after_a_stop);
	tcase_add_test(tcase, what_others_have_set_is_left);
	suite_add_tcase(suite, tcase);
	return suite;
}
