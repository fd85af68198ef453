// SPDX-License-Identifier: GPL-2.0-or-later
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "follow.h"
#include "notify.h"
#include "unit.h"

static int ends[2];

static void setup(void)
{
	ck_assert(!socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, ends));
}

static void say(const char *text)
{
	ck_assert_int_eq(send(ends[0], text, strlen(text), 0), strlen(text));
}

START_TEST(words)
{
	ck_assert(!notify_ready(ends[1]));
	say("STATUS=x\nREADY=0");
	say("XREADY=1\nREADY=11");
	ck_assert(!notify_ready(ends[1]));
	say("STATUS=x\nREADY=1\nMAINPID=1");
	ck_assert(notify_ready(ends[1]));
}
END_TEST

/* What never stops is not read for ever. */
START_TEST(flood)
{
	char c;
	int n = 0;

	while (send(ends[0], "x", 1, 0) == 1)
		n++;
	ck_assert_int_gt(n, 100);
	ck_assert(!notify_ready(ends[1]));
	ck_assert_int_eq(recv(ends[1], &c, 1, 0), 1);
}
END_TEST

/* By the clock that stands still with the host. */
START_TEST(waited_for)
{
	cleanup_close int init = pidfd_open(getpid(), 0);
	int64_t now;
	pid_t pid;

	ck_assert_int_ge(init, 0);
	clock_passed = 1000000000;
	now = follow_now();
	ck_assert_int_eq(notify_wait(ends[1], init, now - 1), NOTIFY_TIME_UP);
	ck_assert_int_eq(notify_wait(ends[1], init, now + 30), NOTIFY_TIME_UP);
	ck_assert(follow_now() >= now + 30 && follow_now() < now + 20000);
	say("READY=1");
	ck_assert_int_eq(notify_wait(ends[1], init, now + 60000), NOTIFY_READY);
	pid = fork();
	if (!pid)
		_exit(0);
	close(init);
	init = pidfd_open(pid, 0);
	ck_assert_int_eq(notify_wait(ends[1], init, now + 60000), NOTIFY_ENDED);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}
END_TEST

Suite *notify_suite(void)
{
	Suite *suite = suite_create("notify");
	TCase *tcase = tcase_create("notify");

	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_add_test(tcase, words);
	tcase_add_test(tcase, flood);
	tcase_add_test(tcase, waited_for);
	suite_add_tcase(suite, tcase);
	return suite;
}
