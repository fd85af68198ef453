// SPDX-License-Identifier: GPL-2.0-or-later
/* The caller's terminal, and what a command's own does to it. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>

#include "on_terminal.h"

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

/* A pager has the terminal's keys while @pid runs, which is ended then. */
static void pager_reads(pid_t pid)
{
	struct termios pager = at_first, t;
	char text[8];

	pager.c_lflag &= ~(ICANON | ECHO);
	pager.c_cc[VMIN] = 0;
	ck_assert_int_eq(tcsetattr(terminal, TCSANOW, &pager), 0);
	type("q");
	usleep(300000);
	ck_assert_int_eq(read(terminal, text, sizeof(text)), 1);
	ck_assert_int_eq(kill(pid, SIGTERM), 0);
	ck_assert_int_eq(relayed_end(pid), 128 + SIGTERM);
	/* Nor is it taken from it at our end. */
	ck_assert_int_eq(tcgetattr(terminal, &t), 0);
	ck_assert_int_eq(t.c_lflag, pager.c_lflag);
	ck_assert_int_eq(tcsetattr(terminal, TCSANOW, &at_first), 0);
}

START_TEST(a_pager_has_it_for_itself)
{
	int output;

	pager_reads(start_in_pipeline(&output));
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
		int ends[2];
		char text[8];
		pid_t pid;

		ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
		pid = start(complain, terminal, outs[i], ends[1]);
		ck_assert_int_eq(read(ends[0], text, sizeof(text)), 1);
		pager_reads(pid);
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
