// SPDX-License-Identifier: GPL-2.0-or-later
/* The caller's side of a command's standard streams. */
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "error.h"
#include "relayed.h"
#include "streams.h"

#define SIZE 1000003		/* more than pipes hold, and no multiple of anything */

static char data[SIZE], got[SIZE + 1];

static int filled(size_t size)
{
	int fd = temporary();

	for (size_t i = 0; i < SIZE; i++)
		data[i] = i * 2654435761u >> 24;
	ck_assert_int_eq(write(fd, data, size), size);
	lseek(fd, 0, SEEK_SET);
	return fd;
}

static int cat(void)
{
	char buf[3001];
	ssize_t n;

	while ((n = read(0, buf, sizeof(buf))) > 0)
		if (write(1, buf, n) != n)
			return 1;
	return n < 0 ? 2 : 7;
}

static void same(int fd, size_t size)
{
	ck_assert_int_eq(pread(fd, got, sizeof(got), 0), size);
	ck_assert(!memcmp(got, data, size));
}

START_TEST(passes_every_byte_and_the_status)
{
	int in = filled(SIZE), out = temporary();

	ck_assert_int_eq(relayed_run(cat, in, out, out), 7);
	same(out, SIZE);
}
END_TEST

static int say_in_turn(void)
{
	for (int i = 0; i < 1000; i++)
		if (write(1 + i % 2, data + i, 1) != 1)
			return 1;
	return 0;
}

START_TEST(keeps_the_order_in_one_file)
{
	int in = filled(SIZE), out = temporary();

	ck_assert_int_eq(relayed_run(say_in_turn, in, out, out), 0);
	same(out, 1000);
}
END_TEST

static int leave_writer(void)
{
	if (write(1, data, 1000) != 1000)
		return 1;
	if (fork())
		return 5;
	/* Endless, as far as the test goes. */
	signal(SIGPIPE, SIG_DFL);
	alarm(15);
	for (;;)
		if (write(2, data, 1000) < 0)
			return 0;
}

START_TEST(ends_with_the_command)
{
	int in = filled(1), out = temporary(), err = temporary();

	/* Whoever holds its streams still, and writes. */
	ck_assert_int_eq(relayed_run(leave_writer, in, out, err), 5);
	same(out, 1000);
}
END_TEST

static int say_until_refused(void)
{
	while (write(1, data, 1000) > 0)
		;
	return 0;
}

static int say_little(void)
{
	return write(1, data, 1000) != 1000;
}

START_TEST(tells_that_nobody_reads)
{
	int in = filled(1), err = temporary(), ends[2];

	ck_assert_int_eq(pipe(ends), 0);
	close(ends[0]);
	ck_assert_int_eq(relayed_run(say_until_refused, in, ends[1], err), 128 + SIGPIPE);
	/* Also when the command has ended before it could know. */
	ck_assert_int_eq(relayed_run(say_little, in, ends[1], err), 128 + SIGPIPE);
}
END_TEST

START_TEST(tells_that_the_disk_is_full)
{
	int in = filled(1), err = temporary(), full = open("/dev/full", O_WRONLY);

	ck_assert_int_eq(relayed_run(say_little, in, full, err), EXIT_DISK_FULL);
	got[pread(err, got, SIZE, 0)] = '\0';
	ck_assert_str_eq(got, "vzlite: unit 101: write to standard output: No space left on device\n");
}
END_TEST

static int say_in_vain(void)
{
	signal(SIGPIPE, SIG_DFL);
	for (;;)
		if (write(1, data, 1000) < 0)
			return 9;
}

static int say_in_vain_and_tell(void)
{
	signal(SIGPIPE, SIG_IGN);
	for (;;)
		if (write(1, data, 1000) < 0)
			return 9;
}

/* SIGPIPE is what it hears of a full disk: it has no other way to. */
START_TEST(tells_of_a_full_disk_also_when_the_command_dies_of_it)
{
	int in = filled(1), err = temporary(), full = open("/dev/full", O_WRONLY), ends[2];

	ck_assert_int_eq(relayed_run(say_in_vain, in, full, err), EXIT_DISK_FULL);
	got[pread(err, got, SIZE, 0)] = '\0';
	ck_assert_str_eq(got, "vzlite: unit 101: write to standard output: No space left on device\n");
	/* What it says itself comes first, and nobody reads a pipe. */
	ck_assert_int_eq(relayed_run(say_in_vain_and_tell, in, full, err), 9);
	ck_assert_int_eq(pipe(ends), 0);
	close(ends[0]);
	ck_assert_int_eq(relayed_run(say_in_vain, in, ends[1], err), 128 + SIGPIPE);
}
END_TEST

static int read_five(void)
{
	char buf[5];

	return read(0, buf, 5) != 5;
}

static int forge_input(void)
{
	int fd = open("/proc/self/fd/0", O_RDWR | O_NONBLOCK);

	if (fd < 0)
		return 1;
	while (write(fd, data, 100) > 0)
		;
	return 0;
}

static int close_input(void)
{
	close(0);
	usleep(300000);
	return 0;
}

static int count_input(void)
{
	char c;
	int n = 0;

	while (read(0, &c, 1) == 1)
		n++;
	return n;
}

/* A memory where nothing is cannot be read; what a disk does when it is broken. */
START_TEST(tells_that_input_cannot_be_read)
{
	int in = open("/proc/self/mem", O_RDONLY), out = temporary(), err = temporary();

	ck_assert_int_eq(relayed_run(count_input, in, out, err), EXIT_SYSTEM);
	got[pread(err, got, SIZE, 0)] = '\0';
	ck_assert_str_eq(got, "vzlite: unit 101: read standard input: Input/output error\n");
	/* The command's own status is the first. */
	ck_assert_int_eq(relayed_run(cat, in, out, err), 7);
}
END_TEST

/* Who had its other end is gone. */
START_TEST(ends_with_a_terminal)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY), out = temporary(), err = temporary(), slave;

	ck_assert(master >= 0 && !unlockpt(master));
	slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY);
	close(slave);
	/* A master whose terminal nobody has any more. */
	ck_assert_int_eq(relayed_run(close_input, master, out, err), 0);
	ck_assert_int_eq(pread(err, got, SIZE, 0), 0);
}
END_TEST

START_TEST(gives_back_what_was_not_read)
{
	int in = filled(SIZE), out = temporary();

	lseek(in, 100, SEEK_SET);
	ck_assert_int_eq(relayed_run(read_five, in, out, out), 0);
	ck_assert_int_eq(lseek(in, 0, SEEK_CUR), 105);
	/* But never more than was taken, whatever the command puts there. */
	ck_assert_int_eq(relayed_run(forge_input, in, out, out), 0);
	ck_assert_int_ge(lseek(in, 0, SEEK_CUR), 105);
	lseek(in, SIZE - 10, SEEK_SET);
	ck_assert_int_eq(relayed_run(forge_input, in, out, out), 0);
	ck_assert_int_eq(lseek(in, 0, SEEK_CUR), SIZE - 10);
	ck_assert_int_eq(relayed_run(close_input, in, out, out), 0);
	ck_assert_int_eq(lseek(in, 0, SEEK_CUR), SIZE - 10);
}
END_TEST

static int read_late(void)
{
	usleep(300000);
	return read(0, got, SIZE) != 1000;
}

START_TEST(waits_for_the_command_when_nothing_flows)
{
	int in = filled(1000), null = open("/dev/null", O_WRONLY);

	/* It reads its input when that is all there is to be done, and no one else does. */
	ck_assert_int_eq(relayed_run(read_late, in, null, null), 0);
	ck_assert_int_eq(lseek(in, 0, SEEK_CUR), 1000);
}
END_TEST

static int choose(int in, int out, int err, enum stream stdio[3])
{
	int saved[3], fds[3] = { in, out, err }, pipes[3], status;
	struct streams streams;

	for (int i = 0; i < 3; i++) {
		saved[i] = fcntl(i, F_DUPFD_CLOEXEC, 10);
		dup2(fds[i], i);
	}
	status = streams_make("101", getuid(), stdio, pipes, &streams);
	for (int i = 0; i < 3; i++) {
		dup2(saved[i], i);
		close(saved[i]);
	}
	return status;
}

/* /dev/tty is another name for it. */
static int is_one_by_two_names(void)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY), slave, tty;
	enum stream s[3];

	if (setsid() < 0 || master < 0 || unlockpt(master))
		return 1;
	slave = ioctl(master, TIOCGPTPEER, O_RDWR);
	tty = open("/dev/tty", O_RDWR);
	if (slave < 0 || tty < 0 || choose(tty, slave, tty, s))
		return 2;
	return s[0] == STREAM_TERMINAL && s[1] == STREAM_TERMINAL && s[2] == STREAM_TERMINAL ? 0 : 3;
}

START_TEST(knows_a_terminal_by_any_name)
{
	pid_t pid = fork();

	if (!pid)
		_exit(is_one_by_two_names());
	ck_assert_int_eq(relayed_end(pid), 0);
}
END_TEST

START_TEST(chooses_by_what_they_are)
{
	int null = open("/dev/null", O_RDWR), zero = open("/dev/zero", O_RDONLY);
	int directory = open("/", O_RDONLY), file = filled(1), other = temporary();
	int terminal = posix_openpt(O_RDWR | O_NOCTTY), quiet = temporary(), ends[2];
	enum stream s[3];

	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(choose(null, null, null, s), 0);
	ck_assert(s[0] == STREAM_CALLER && s[1] == STREAM_CALLER && s[2] == STREAM_CALLER);
	ck_assert_int_eq(choose(file, file, file, s), 0);
	ck_assert(s[0] == STREAM_FILE && s[1] == STREAM_PIPE && s[2] == STREAM_OUTPUT);
	ck_assert_int_eq(choose(zero, file, other, s), 0);
	ck_assert(s[0] == STREAM_PIPE && s[1] == STREAM_PIPE && s[2] == STREAM_PIPE);
	ck_assert_int_eq(choose(ends[0], ends[1], ends[1], s), 0);
	ck_assert(s[0] == STREAM_PIPE && s[1] == STREAM_PIPE && s[2] == STREAM_OUTPUT);
	ck_assert_int_eq(choose(terminal, file, terminal, s), 0);
	ck_assert(s[0] == STREAM_TERMINAL && s[1] == STREAM_PIPE && s[2] == STREAM_TERMINAL);
	/* Two are two; the other is written to as a file is. */
	ck_assert_int_eq(choose(terminal, terminal, posix_openpt(O_RDWR | O_NOCTTY), s), 0);
	ck_assert(s[0] == STREAM_TERMINAL && s[1] == STREAM_TERMINAL && s[2] == STREAM_PIPE);
	ck_assert_int_eq(choose(null, terminal, posix_openpt(O_RDWR | O_NOCTTY), s), 0);
	ck_assert(s[0] == STREAM_CALLER && s[1] == STREAM_TERMINAL && s[2] == STREAM_PIPE);
	ck_assert_int_eq(choose(directory, null, quiet, s), EXIT_EXEC_FAILED);
	ck_assert_int_eq(choose(null, directory, quiet, s), EXIT_EXEC_FAILED);
}
END_TEST

Suite *relay_suite(void)
{
	Suite *suite = suite_create("relay");
	TCase *tcase = tcase_create("relay");

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, passes_every_byte_and_the_status);
	tcase_add_test(tcase, keeps_the_order_in_one_file);
	tcase_add_test(tcase, ends_with_the_command);
	tcase_add_test(tcase, tells_that_nobody_reads);
	tcase_add_test(tcase, tells_that_the_disk_is_full);
	tcase_add_test(tcase, tells_of_a_full_disk_also_when_the_command_dies_of_it);
	tcase_add_test(tcase, tells_that_input_cannot_be_read);
	tcase_add_test(tcase, ends_with_a_terminal);
	tcase_add_test(tcase, gives_back_what_was_not_read);
	tcase_add_test(tcase, waits_for_the_command_when_nothing_flows);
	tcase_add_test(tcase, knows_a_terminal_by_any_name);
	tcase_add_test(tcase, chooses_by_what_they_are);
	suite_add_tcase(suite, tcase);
	return suite;
}
