// SPDX-License-Identifier: GPL-2.0-or-later
/* The daemon's queue. What it runs is ours here: what a job does is work.c's, which a
 * scenario tests. */
#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "eventd/eventd.h"
#include "follow.h"
#include "unit.h"

static int told[2];		/* each job writes its VE's number, which start of it, or what is to be mended */
static int ending[2];		/* a program ends with it, as others of a limit do that are about a start */

static int mended;		/* what mending comes to */
int64_t clock_passed;

int64_t __real_follow_now(void);
int64_t __wrap_follow_now(void);

int64_t __wrap_follow_now(void)
{
	return __real_follow_now() + clock_passed;
}

int job_work(const struct job *job)
{
	uint32_t what = job->kind == JOB_MEND ? job->rules : job->start ? job->start : job->ctid;
	char byte;

	ck_assert_int_eq(write(told[1], &what, sizeof(what)), sizeof(what));
	close(ending[1]);
	if ((job->kind == JOB_EXEC || job->start) && read(ending[0], &byte, 1))
		return EXIT_SYSTEM;
	return job->kind == JOB_MEND || job->kind == JOB_BRIDGE ? mended : 0;
}

void watch_close(void)
{
}

void log_job(uint32_t ctid)
{
	(void)ctid;
}

void log_job_end(void)
{
}

void log_of(int priority, uint32_t ctid, const char *text)
{
	(void)priority;
	(void)ctid;
	(void)text;
}

static void add(enum job_kind kind, uint32_t ctid, unsigned int delay_ms)
{
	struct job job = { .kind = kind, .ctid = ctid, .delay_ms = delay_ms };

	ck_assert_int_eq(queue_add(&job), 0);
}

/* Runs what is due, and its end; the numbers of those that ran. */
static size_t run(uint32_t *ctids, size_t max)
{
	ssize_t n;

	ck_assert(queue_run());
	while (queue_running()) {
		siginfo_t info;

		ck_assert_int_eq(waitid(P_ALL, 0, &info, WEXITED | WNOWAIT), 0);
		queue_reap();
		ck_assert(queue_run());
	}
	n = read(told[0], ctids, max * sizeof(*ctids));
	return n < 0 ? 0 : n / sizeof(*ctids);
}

static void add_limit(enum job_kind kind, uint32_t ctid, int resource, uint64_t start)
{
	struct job job = { .kind = kind, .ctid = ctid, .start = start, .event.resource = resource };

	ck_assert_int_eq(queue_add(&job), 0);
}

/* What has begun, once so many have. */
static void begun(uint32_t *ctids, size_t n)
{
	ck_assert(queue_run());
	for (size_t i = 0; i < n; i++) {
		struct pollfd p = { .fd = told[0], .events = POLLIN };

		ck_assert_int_eq(poll(&p, 1, 10000), 1);
		ck_assert_int_eq(read(told[0], ctids + i, sizeof(*ctids)), sizeof(*ctids));
	}
}

/* All that run end, and nothing else had begun. */
static void end_all(void)
{
	struct pollfd p = { .fd = told[0], .events = POLLIN };
	siginfo_t info;

	ck_assert_int_eq(poll(&p, 1, 0), 0);
	close(ending[1]);
	while (!waitid(P_ALL, 0, &info, WEXITED | WNOWAIT))
		queue_reap();
	ck_assert_int_eq(pipe2(ending, O_CLOEXEC), 0);
}

static void setup(void)
{
	ck_assert_int_eq(pipe2(ending, O_CLOEXEC), 0);
	ck_assert_int_eq(pipe2(told, O_NONBLOCK | O_CLOEXEC), 0);
	ck_assert_int_eq(queue_begin(-1, -1), 0);
}

static void teardown(void)
{
	close(told[0]);
	close(told[1]);
}

/* However many VEs wait for their turn to start again: one that ended is not behind them. */
START_TEST(waits)
{
	uint32_t ctids[8];
	int ms;

	ck_assert_int_eq(queue_time(), -1);
	for (uint32_t ctid = 1; ctid <= 300; ctid++)
		add(JOB_END, ctid, 60000);
	add(JOB_END, 1000, 0);
	ck_assert_uint_eq(run(ctids, 8), 1);
	ck_assert_uint_eq(ctids[0], 1000);
	ms = queue_time();
	ck_assert(ms > 50000 && ms <= 60000);
	/* The sooner of two. */
	add(JOB_END, 1001, 300);
	ms = queue_time();
	ck_assert(ms >= 0 && ms <= 300);
	ck_assert_uint_eq(run(ctids, 8), 0);
	poll(NULL, 0, 310);
	/* Its time has come since it was looked at: at once, not never. */
	ck_assert_int_eq(queue_time(), 0);
	ck_assert_uint_eq(run(ctids, 8), 1);
	ck_assert_uint_eq(ctids[0], 1001);
}
END_TEST

START_TEST(alike)
{
	uint32_t ctids[8];

	/* Longer than the other takes, on any machine. */
	add(JOB_END, 1, 1000);
	add(JOB_END, 1, 60000);
	add(JOB_STOP, 1, 0);
	add(JOB_STOP, 1, 0);
	ck_assert_uint_eq(run(ctids, 8), 1);
	poll(NULL, 0, 1010);
	ck_assert_uint_eq(run(ctids, 8), 1);
	ck_assert_int_eq(queue_time(), -1);
}
END_TEST

/* What waits is about the last life of a VE; what runs for one that has ended is nothing for the next. */
START_TEST(lives)
{
	uint32_t ctids[8];

	add_limit(JOB_STOP, 1, 0, 7);
	add_limit(JOB_STOP, 1, 0, 8);
	begun(ctids, 1);
	ck_assert_uint_eq(ctids[0], 8);
	add_limit(JOB_STOP, 1, 0, 8);
	add_limit(JOB_STOP, 1, 0, 9);
	begun(ctids, 0);
	end_all();
	begun(ctids, 1);
	ck_assert_uint_eq(ctids[0], 9);
	end_all();
	begun(ctids, 0);
	ck_assert_int_eq(queue_time(), -1);
}
END_TEST

/* Programs that hang are in nobody's way but their VE's, and not all in that. */
START_TEST(pools)
{
	uint32_t ctids[40], own = 0, limits = 0;

	for (int resource = 0; resource < 8; resource++)
		add_limit(JOB_EXEC, 1, resource, 0);
	for (uint32_t ctid = 2; ctid <= 40; ctid++)
		add_limit(JOB_EXEC, ctid, 0, 0);
	add_limit(JOB_FREEZE, 99, 0, 0);
	add_limit(JOB_STOP, 98, 0, 0);
	begun(ctids, 34);
	for (size_t i = 0; i < 34; i++) {
		own += ctids[i] == 1;
		limits += ctids[i] > 90;
	}
	ck_assert_uint_eq(own, 4);
	ck_assert_uint_eq(limits, 2);
	end_all();
	begun(ctids, 15);
	end_all();
}
END_TEST

/* Whatever else there is to mend, and in whichever order that is found out. */
START_TEST(mends)
{
	static const enum network_rules found[] = { RULES_LOOK, RULES_CHANGED, RULES_WRITE, RULES_LOOK };
	uint32_t ctids[8];

	for (size_t i = 0; i < ARRAY_SIZE(found); i++) {
		struct job job = { .kind = JOB_MEND, .rules = found[i] };

		ck_assert_int_eq(queue_add(&job), 0);
	}
	ck_assert_uint_eq(run(ctids, 8), 1);
	ck_assert_uint_eq(ctids[0], RULES_CHANGED);
}
END_TEST

static void add_mend(enum network_rules rules, uint64_t start)
{
	struct job job = { .kind = JOB_MEND, .rules = rules, .start = start };

	ck_assert_int_eq(queue_add(&job), 0);
}

/* It is tried in @seconds, not sooner, and is about @rules. */
static void tried_in(int seconds, uint32_t rules)
{
	uint32_t ctids[8];
	int ms = queue_time();

	/* Some have passed since. */
	ck_assert_msg(ms > 0 && ms <= 1000 * seconds, "%d ms, not %d s", ms, seconds);
	clock_passed += 500 * seconds;
	ck_assert_uint_eq(run(ctids, 8), 0);
	clock_passed += 500 * seconds;
	ck_assert_uint_eq(run(ctids, 8), 1);
	ck_assert_uint_eq(ctids[0], rules);
}

/* Until it is mended, less and less often. */
START_TEST(mends_again)
{
	static const int seconds[] = { 5, 10, 20, 40, 60, 60 };
	uint32_t ctids[8];

	mended = EXIT_SYSTEM;
	add_mend(RULES_WRITE, 0);
	ck_assert_uint_eq(run(ctids, 8), 1);
	for (size_t i = 0; i < ARRAY_SIZE(seconds); i++)
		tried_in(seconds[i], RULES_WRITE);
	/* What is found meanwhile does not wait, and takes with it what was. */
	add_mend(RULES_LOOK, 0);
	ck_assert_uint_eq(run(ctids, 8), 1);
	ck_assert_uint_eq(ctids[0], RULES_WRITE);
	tried_in(5, RULES_WRITE);
	mended = 0;
	tried_in(10, RULES_WRITE);
	ck_assert_int_eq(queue_time(), -1);
}
END_TEST

/* What was found while it was tried waits already. */
START_TEST(mends_with_others)
{
	uint32_t ctids[8];

	mended = EXIT_SYSTEM;
	add_mend(RULES_CHANGED, 7);
	begun(ctids, 1);
	add_mend(RULES_LOOK, 0);
	end_all();
	mended = 0;
	begun(ctids, 1);
	ck_assert_uint_eq(ctids[0], RULES_CHANGED);
	end_all();
	ck_assert_int_eq(queue_time(), -1);
}
END_TEST

/* One at a time, and one more for what came meanwhile. */
START_TEST(sweeps)
{
	uint32_t ctids[8];

	add_limit(JOB_SWEEP, 0, 0, 7);
	begun(ctids, 1);
	add_limit(JOB_SWEEP, 0, 0, 8);
	add_limit(JOB_SWEEP, 0, 0, 9);
	begun(ctids, 0);
	end_all();
	begun(ctids, 1);
	ck_assert_uint_eq(ctids[0], 9);
	end_all();
	ck_assert_int_eq(queue_time(), -1);
}
END_TEST

/* Of each VE its own, and one more for a bridge that is made anew while it is put on the last one. */
START_TEST(bridges)
{
	uint32_t ctids[8];

	add_limit(JOB_BRIDGE, 1, 0, 7);
	add_limit(JOB_BRIDGE, 2, 0, 8);
	begun(ctids, 2);
	ck_assert_uint_eq(ctids[0] + ctids[1], 15);
	add_limit(JOB_BRIDGE, 1, 0, 9);
	add_limit(JOB_BRIDGE, 1, 0, 10);
	/* Nor is it behind what its limits lead to. */
	add_limit(JOB_STOP, 1, 0, 11);
	begun(ctids, 1);
	ck_assert_uint_eq(ctids[0], 11);
	end_all();
	begun(ctids, 1);
	ck_assert_uint_eq(ctids[0], 10);
	end_all();
	ck_assert_int_eq(queue_time(), -1);
}
END_TEST

/* A port that could not be put on its bridge, which nobody tells of again, is tried again; when that
 * is made anew meanwhile it does not wait for that. */
START_TEST(bridges_again)
{
	uint32_t ctids[8];

	mended = EXIT_SYSTEM;
	add(JOB_BRIDGE, 7, 0);
	ck_assert_uint_eq(run(ctids, 8), 1);
	tried_in(5, 7);
	tried_in(10, 7);
	add(JOB_BRIDGE, 7, 0);
	ck_assert_uint_eq(run(ctids, 8), 1);
	/* Another VE's is not behind it. */
	mended = 0;
	add(JOB_BRIDGE, 8, 0);
	ck_assert_uint_eq(run(ctids, 8), 1);
	ck_assert_uint_eq(ctids[0], 8);
	tried_in(5, 7);
	ck_assert_int_eq(queue_time(), -1);
}
END_TEST

/* What waits is not begun, and the daemon does not wake for it. */
START_TEST(closed)
{
	uint32_t ctids[8];

	add(JOB_END, 1, 20);
	queue_close();
	poll(NULL, 0, 25);
	ck_assert_uint_eq(run(ctids, 8), 0);
	ck_assert_int_eq(queue_time(), -1);
}
END_TEST

Suite *queue_suite(void)
{
	Suite *suite = suite_create("queue");
	TCase *tc = tcase_create("queue");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, waits);
	tcase_add_test(tc, alike);
	tcase_add_test(tc, lives);
	tcase_add_test(tc, pools);
	tcase_add_test(tc, mends);
	tcase_add_test(tc, mends_again);
	tcase_add_test(tc, mends_with_others);
	tcase_add_test(tc, sweeps);
	tcase_add_test(tc, bridges);
	tcase_add_test(tc, bridges_again);
	tcase_add_test(tc, closed);
	suite_add_tcase(suite, tc);
	return suite;
}
