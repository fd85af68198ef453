// SPDX-License-Identifier: GPL-2.0-or-later
/* The keys of the caller's terminal. */
#include <fcntl.h>
#include <signal.h>

#include "on_terminal.h"

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

static int wait_on(void)
{
	signal(SIGINT, SIG_IGN);
	signal(SIGQUIT, SIG_IGN);
	alarm(15);
	return say("ready") || pause();
}

static int wait_for_key(void)
{
	alarm(15);
	return say("ready") || pause();
}

/* Of who types @key when that command's cgroup is, as the kernel says it, @frozen. */
static int end_by_key(int (*command)(void), const char *frozen, const char *key)
{
	char dir[256];
	int status;
	pid_t pid;

	scratch_make(dir);
	write_text(dir, "cgroup.events", frozen);
	cgroup = open(dir, O_RDONLY | O_DIRECTORY);
	pid = start(command, terminal, terminal, terminal);
	ck_assert_ptr_nonnull(strstr(shown("ready"), "ready"));
	ck_assert(becomes(ICANON, false));
	type(key);
	status = relayed_end(pid);
	close(cgroup);
	cgroup = -1;
	scratch_remove(dir);
	is_as_at_first();
	return status;
}

START_TEST(its_keys_end_us_when_the_command_is_frozen)
{
	static const char frozen[] = "populated 1\nfrozen 1\n", thawed[] = "populated 1\nfrozen 0\n";

	ck_assert_int_eq(end_by_key(wait_on, frozen, "x\003"), 1000 + SIGINT);
	ck_assert_int_eq(end_by_key(wait_on, frozen, "\034"), 1000 + SIGINT);
	/* Else they are the command's alone. Killed by one, it is as if we had been. */
	ck_assert_int_eq(end_by_key(wait_on, thawed, "\003\034"), 128 + SIGALRM);
	ck_assert_int_eq(end_by_key(wait_for_key, thawed, "\003"), 1000 + SIGINT);
	ck_assert_int_eq(end_by_key(wait_for_key, thawed, "\034"), 128 + SIGQUIT);
}
END_TEST

Suite *keys_suite(void)
{
	Suite *suite = suite_create("keys");
	TCase *tcase = tcase_create("keys");

	tcase_set_timeout(tcase, 60);
	tcase_add_checked_fixture(tcase, open_terminal, close_terminal);
	tcase_add_test(tcase, its_keys_are_those_of_the_command_too);
	tcase_add_test(tcase, keys_of_a_raw_one_are_not);
	tcase_add_test(tcase, its_keys_end_us_when_the_command_is_frozen);
	suite_add_tcase(suite, tcase);
	return suite;
}
