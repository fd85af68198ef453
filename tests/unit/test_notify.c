// SPDX-License-Identifier: GPL-2.0-or-later
#include <sys/socket.h>

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

Suite *notify_suite(void)
{
	Suite *suite = suite_create("notify");
	TCase *tcase = tcase_create("notify");

	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_add_test(tcase, words);
	tcase_add_test(tcase, flood);
	suite_add_tcase(suite, tcase);
	return suite;
}
