// SPDX-License-Identifier: GPL-2.0-or-later
/* Signals for a command, and for who relays it. */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>

#include "relayed.h"
#include "signals.h"

static int cgroup = -1;

static pid_t start(int (*command)(void), int in, int out)
{
	const struct relayed r = { .command = command, .in = in, .out = out, .err = out,
				   .cgroup = cgroup };

	return relayed_start(&r);
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
		pid_t pid = start(wait_for_another, in, out);

		await_text(out);
		usleep(100000);
		ck_assert_int_eq(kill(pid, signals[i]), 0);
		ck_assert_int_eq(relayed_end(pid), signals[i]);
	}
}
END_TEST

static int wait_for_one(void)
{
	return write(1, "x", 1) != 1 || pause();
}

static volatile sig_atomic_t heard;

static void hear(int sig)
{
	heard = sig;
}

static int exit_as_if(void)
{
	signal(SIGTERM, hear);
	signal(SIGINT, hear);
	if (write(1, "x", 1) != 1)
		return 1;
	for (int i = 0; i < 500 && !heard; i++)
		usleep(20000);
	return 128 + heard;
}

static int kill_itself(void)
{
	return write(1, "x", 1) != 1 || raise(SIGINT);
}

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

/* Signal 0: none. */
static int repeated(int (*command)(void), int first, int second)
{
	int in = open("/dev/null", O_RDONLY), out = temporary();
	const struct relayed r = { .command = command, .in = in, .out = out, .err = out, .cgroup = -1,
				   .repeats = true };
	pid_t pid = relayed_start(&r);

	await_text(out);
	usleep(100000);
	kill(pid, first);
	if (second) {
		usleep(100000);
		kill(pid, second);
	}
	return relayed_end(pid);
}

START_TEST(what_has_killed_the_command_through_us_kills_us)
{
	ck_assert_int_eq(repeated(wait_for_one, SIGINT, 0), 1000 + SIGINT);
	ck_assert_int_eq(repeated(wait_for_one, SIGTERM, 0), 1000 + SIGTERM);
	ck_assert_int_eq(repeated(wait_for_one, SIGHUP, 0), 1000 + SIGHUP);
	ck_assert_int_eq(repeated(wait_for_one, SIGQUIT, 0), 128 + SIGQUIT);
	ck_assert_int_eq(repeated(deaf, SIGTERM, SIGINT), 1000 + SIGINT);
	/* A shell must not take that for it. */
	ck_assert_int_eq(repeated(exit_as_if, SIGINT, 0), 128 + SIGINT);
	ck_assert_int_eq(repeated(exit_as_if, SIGTERM, 0), 128 + SIGTERM);
	ck_assert_int_eq(repeated(kill_itself, 0, 0), 128 + SIGINT);
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
	pid_t pid = start(stop, in, out);

	await_text(out);
	usleep(100000);
	ck_assert_int_eq(kill(pid, SIGHUP), 0);
	ck_assert_int_eq(relayed_end(pid), 6);
}
END_TEST

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
	pid = start(deaf, in, out);
	await_text(out);
	from = seconds();
	for (int i = 0; i < signals; i++) {
		usleep(100000);
		ck_assert_int_eq(kill(pid, i % 2 ? SIGHUP : SIGTERM), 0);
	}
	/* The alarm of the command. */
	ck_assert_int_eq(relayed_end(pid), want);
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
	char byte;
	pid_t pid = fork();

	if (pid) {
		close(life[1]);
		return relayed_end(pid);
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
	if (read(life[0], &byte, 1) == 1)
		raise(SIGTERM);
	close(steal_fd(s.channel));
	_exit(spawn_wait(&s));
}

START_TEST(no_signal_is_lost_while_it_is_executed)
{
	for (int executed = 0; executed < 2; executed++) {
		int life[2];
		char byte;

		ck_assert_int_eq(pipe(life), 0);
		ck_assert_int_eq(early(executed, life), executed ? 128 + SIGTERM : 1000 + SIGTERM);
		/* It does not outlive us. */
		ck_assert_int_eq(poll(&(struct pollfd){ life[0], POLLIN, 0 }, 1, 10000), 1);
		ck_assert_int_eq(read(life[0], &byte, 1), 0);
		close(life[0]);
	}
}
END_TEST

Suite *signals_suite(void)
{
	Suite *suite = suite_create("signals");
	TCase *tcase = tcase_create("signals");

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, signals_reach_all_that_the_command_runs);
	tcase_add_test(tcase, what_has_killed_the_command_through_us_kills_us);
	tcase_add_test(tcase, one_that_is_stopped_hears_them);
	tcase_add_test(tcase, a_frozen_one_does_not_keep_us);
	tcase_add_test(tcase, no_signal_is_lost_while_it_is_executed);
	suite_add_tcase(suite, tcase);
	return suite;
}
