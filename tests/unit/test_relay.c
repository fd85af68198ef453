// SPDX-License-Identifier: GPL-2.0-or-later
/* The caller's side of a command's standard streams. The command is a process with
 * the pipes that it would have in a VE. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "error.h"
#include "signals.h"
#include "relay.h"
#include "streams.h"
#include "unit.h"

#define SIZE 1000003		/* more than pipes hold, and no multiple of anything */

static char data[SIZE], got[SIZE + 1];

static int temporary(void)
{
	int fd = open("/tmp", O_TMPFILE | O_RDWR, 0600);

	ck_assert_int_ge(fd, 0);
	return fd;
}

static int filled(size_t size)
{
	int fd = temporary();

	for (size_t i = 0; i < SIZE; i++)
		data[i] = i * 2654435761u >> 24;
	ck_assert_int_eq(write(fd, data, size), size);
	lseek(fd, 0, SEEK_SET);
	return fd;
}

static int cgroup = -1;		/* of the command, a directory */

/* A vzlite that runs @command with these streams. */
static pid_t start(int (*command)(void), int in, int out, int err)
{
	struct spawned s = SPAWNED_NONE;
	struct container c = { .id = "101", .cgroup = cgroup };
	struct streams streams;
	int status, lost;
	pid_t pid = fork();

	if (pid)
		return pid;
	alarm(20);
	if (dup2(in, 0) || dup2(out, 1) != 1 || dup2(err, 2) != 2 ||
	    streams_make("101", getuid(), c.stdio, c.pipes, &streams))
		_exit(101);
	signals_begin(&c, &s);
	s.pid = fork();
	if (!s.pid) {
		/* What CLONE_CLEAR_SIGHAND does to a real one, and leave_session(). */
		for (int sig = 1; sig < SIGRTMAX; sig++)
			signal(sig, SIG_DFL);
		if (setsid() < 0 || streams_keep(&c) || streams_take(&c, -1))
			_exit(102);
		closefrom(3);
		_exit(command());
	}
	streams_release(&streams, c.pipes);
	s.pidfd = pidfd_open(s.pid, 0);
	lost = relay(&c, &s, &streams);
	status = spawn_wait(&s);
	signals_end();
	_exit(status ? status : lost);
}

/* Its exit status. */
static int ended(pid_t pid)
{
	int status;

	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

static int run(int (*command)(void), int in, int out, int err)
{
	return ended(start(command, in, out, err));
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

	ck_assert_int_eq(run(cat, in, out, out), 7);
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

	ck_assert_int_eq(run(say_in_turn, in, out, out), 0);
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
	ck_assert_int_eq(run(leave_writer, in, out, err), 5);
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
	ck_assert_int_eq(run(say_until_refused, in, ends[1], err), 128 + SIGPIPE);
	/* Also when the command has ended before it could know. */
	ck_assert_int_eq(run(say_little, in, ends[1], err), 128 + SIGPIPE);
}
END_TEST

START_TEST(tells_that_the_disk_is_full)
{
	int in = filled(1), err = temporary(), full = open("/dev/full", O_WRONLY);

	ck_assert_int_eq(run(say_little, in, full, err), EXIT_DISK_FULL);
	got[pread(err, got, SIZE, 0)] = '\0';
	ck_assert_str_eq(got, "vzlite: unit 101: write to standard output: No space left on device\n");
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

START_TEST(gives_back_what_was_not_read)
{
	int in = filled(SIZE), out = temporary();

	lseek(in, 100, SEEK_SET);
	ck_assert_int_eq(run(read_five, in, out, out), 0);
	ck_assert_int_eq(lseek(in, 0, SEEK_CUR), 105);
	/* But never more than was taken, whatever the command puts there. */
	ck_assert_int_eq(run(forge_input, in, out, out), 0);
	ck_assert_int_ge(lseek(in, 0, SEEK_CUR), 105);
	lseek(in, SIZE - 10, SEEK_SET);
	ck_assert_int_eq(run(forge_input, in, out, out), 0);
	ck_assert_int_eq(lseek(in, 0, SEEK_CUR), SIZE - 10);
	ck_assert_int_eq(run(close_input, in, out, out), 0);
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
	ck_assert_int_eq(run(read_late, in, null, null), 0);
	ck_assert_int_eq(lseek(in, 0, SEEK_CUR), 1000);
}
END_TEST

/* Until the command has written something. */
static void ready(int fd)
{
	struct stat st = { .st_size = 0 };

	for (int i = 0; i < 500 && !st.st_size; i++) {
		usleep(20000);
		ck_assert_int_eq(fstat(fd, &st), 0);
	}
	ck_assert_int_gt(st.st_size, 0);
}

/* A shell that waits for its program. */
static int wait_for_another(void)
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		if (write(1, "x", 1) != 1)
			return 1;
		pause();
	}
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	return waitpid(pid, &status, 0) == pid && WIFSIGNALED(status) ? WTERMSIG(status) : 50;
}

START_TEST(signals_reach_all_that_the_command_runs)
{
	static const int signals[] = { SIGINT, SIGTERM };
	int in = open("/dev/null", O_RDONLY);

	for (size_t i = 0; i < ARRAY_SIZE(signals); i++) {
		int out = temporary();
		pid_t pid = start(wait_for_another, in, out, out);

		ready(out);
		usleep(100000);
		ck_assert_int_eq(kill(pid, signals[i]), 0);
		ck_assert_int_eq(ended(pid), signals[i]);
	}
}
END_TEST

static int stop(void)
{
	signal(SIGHUP, SIG_IGN);
	if (write(1, "x", 1) != 1)
		return 1;
	raise(SIGSTOP);
	return 6;
}

START_TEST(one_that_is_stopped_hears_them)
{
	int in = open("/dev/null", O_RDONLY), out = temporary();
	pid_t pid = start(stop, in, out, out);

	ready(out);
	usleep(100000);
	ck_assert_int_eq(kill(pid, SIGHUP), 0);
	ck_assert_int_eq(ended(pid), 6);
}
END_TEST

static int deaf(void)
{
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	alarm(15);
	if (write(1, "x", 1) != 1)
		return 1;
	pause();
	return 0;
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec + now.tv_nsec / 1e9;
}

/* @frozen: what its cgroup says. Returns for how long vzlite waited for it. */
static double deafness(const char *frozen, int signals, int want)
{
	int in = open("/dev/null", O_RDONLY), out = temporary();
	double from;
	char dir[256];
	pid_t pid;

	scratch_make(dir);
	write_text(dir, "cgroup.events", frozen);
	cgroup = open(dir, O_RDONLY | O_DIRECTORY);
	pid = start(deaf, in, out, out);
	ready(out);
	from = seconds();
	for (int i = 0; i < signals; i++) {
		usleep(100000);
		ck_assert_int_eq(kill(pid, i % 2 ? SIGHUP : SIGTERM), 0);
	}
	/* The alarm of the command. */
	ck_assert_int_eq(ended(pid), want);
	close(cgroup);
	cgroup = -1;
	scratch_remove(dir);
	return seconds() - from;
}

START_TEST(a_frozen_one_does_not_keep_us)
{
	ck_assert(deafness("populated 1\nfrozen 1\n", 2, 1000 + SIGHUP) < 1.5);
	ck_assert(deafness("populated 1\nfrozen 1\n", 1, 1000 + SIGTERM) < 10);
	/* One that does not want to is waited for. */
	ck_assert(deafness("populated 1\nfrozen 0\n", 3, 128 + SIGALRM) > 10);
}
END_TEST

/* A signal for a vzlite whose command is about to be executed, or has been, unseen. Returns its
 * exit status; @life is held by both. */
static int early(bool executed, int life[2])
{
	struct container c = { .id = "101", .cgroup = -1 };
	struct spawned s = SPAWNED_NONE;
	int ends[2];
	pid_t pid = fork();

	if (pid) {
		close(life[1]);
		return ended(pid);
	}
	alarm(20);
	signals_begin(&c, &s);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends))
		_exit(101);
	s.pid = fork();
	if (!s.pid) {
		signal(SIGTERM, SIG_DFL);
		close(ends[0]);
		setsid();
		if (executed)
			close(ends[1]);
		if (write(life[1], "x", 1) == 1)
			pause();
		_exit(102);
	}
	s.pidfd = pidfd_open(s.pid, 0);
	s.channel = ends[0];
	close(ends[1]);
	if (read(life[0], got, 1) == 1)
		raise(SIGTERM);
	close(steal_fd(s.channel));
	_exit(spawn_wait(&s));
}

START_TEST(no_signal_is_lost_while_it_is_executed)
{
	for (int executed = 0; executed < 2; executed++) {
		int life[2];

		ck_assert_int_eq(pipe(life), 0);
		ck_assert_int_eq(early(executed, life), executed ? 128 + SIGTERM : 1000 + SIGTERM);
		/* It does not outlive us. */
		ck_assert_int_eq(poll(&(struct pollfd){ life[0], POLLIN, 0 }, 1, 10000), 1);
		ck_assert_int_eq(read(life[0], got, 1), 0);
		close(life[0]);
	}
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
	ck_assert_int_eq(ended(pid), 0);
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
	tcase_add_test(tcase, gives_back_what_was_not_read);
	tcase_add_test(tcase, waits_for_the_command_when_nothing_flows);
	tcase_add_test(tcase, signals_reach_all_that_the_command_runs);
	tcase_add_test(tcase, one_that_is_stopped_hears_them);
	tcase_add_test(tcase, a_frozen_one_does_not_keep_us);
	tcase_add_test(tcase, no_signal_is_lost_while_it_is_executed);
	tcase_add_test(tcase, knows_a_terminal_by_any_name);
	tcase_add_test(tcase, chooses_by_what_they_are);
	suite_add_tcase(suite, tcase);
	return suite;
}
