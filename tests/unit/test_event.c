// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>
#include <signal.h>

#include "error.h"
#include "event.h"
#include "follow.h"
#include "rise.h"
#include "unit.h"

#define WHEN 1795663766		/* 2026-11-26 03:29:26 UTC */

static void zone(const char *name)
{
	setenv("TZ", name, 1);
	tzset();
}

static const struct {
	const char *text, *escaped;
} escapes[] = {
	{ "", "" },
	{ "probe", "probe" },
	{ "a b", "a b" },
	{ "a\\b", "a\\\\b" },
	{ "a\nb", "a\\x0ab" },
	{ "\x1b[2J", "\\x1b[2J" },
	{ "\t\r\x7f", "\\x09\\x0d\\x7f" },
	{ "\xc3\xbc\x9b", "\\xc3\\xbc\\x9b" },
};

START_TEST(escaped)
{
	char buf[64], small[9];

	escape(buf, sizeof(buf), escapes[_i].text);
	ck_assert_str_eq(buf, escapes[_i].escaped);
	/* Never a part of an escape, and never past the end. */
	memset(small, 'x', sizeof(small));
	escape(small, sizeof(small) - 1, escapes[_i].text);
	ck_assert_uint_lt(strlen(small), sizeof(small) - 1);
	ck_assert(!strncmp(small, escapes[_i].escaped, strlen(small)));
	ck_assert_int_eq(small[sizeof(small) - 1], 'x');
}
END_TEST

/* Fifteen bytes that all need an escape, the longest that there is. */
START_TEST(longest_name)
{
	char buf[4 * 15 + 1], all[16];

	memset(all, '\n', 15);
	all[15] = '\0';
	escape(buf, sizeof(buf), all);
	ck_assert_uint_eq(strlen(buf), 60);
}
END_TEST

static const struct limit_event sample = {
	.ve = { .id = 101, .name = "web" },
	.resource = VZLITE_NUMPROC,
	.counter = { 100, 101, 100, VZLITE_UNLIMITED, 12, VZLITE_ENFORCER_MODULE, true },
	.pid = 4321, .comm = "a b\n\"", .hits = 3,
};

START_TEST(as_line)
{
	struct limit_event e = sample;
	FILE *out;

	zone("UTC0");
	out = output_begin();
	event_line(out, &e, WHEN);
	output_is(out, "2026-11-26 03:29:26 101 numproc held=100 barrier=100 limit=unlimited failcnt=12 "
		    "hits=3 pid=4321 comm=a b\\x0a\"\n");
	/* Local time; a refusal in an interrupt has no task. */
	zone("XYZ-5:30");
	e.pid = 0;
	e.comm[0] = '\0';
	out = output_begin();
	event_line(out, &e, WHEN);
	output_is(out, "2026-11-26 08:59:26 101 numproc held=100 barrier=100 limit=unlimited failcnt=12 "
		    "hits=3 pid=0 comm=\n");
}
END_TEST

START_TEST(as_json)
{
	FILE *out;

	zone("XYZ-5:30");
	out = output_begin();
	event_json(out, &sample, WHEN);
	output_is(out, "{\"time\": \"2026-11-26T08:59:26+05:30\", \"ctid\": 101, \"name\": \"web\", "
		    "\"resource\": \"numproc\", \"held\": 100, \"maxheld\": 101, \"barrier\": 100, "
		    "\"limit\": 9223372036854775807, \"failcnt\": 12, \"hits\": 3, \"pid\": 4321, "
		    "\"comm\": \"a b\\u000a\\\"\"}\n");
}
END_TEST

/* The module has the CTID as name of a VE without one. */
START_TEST(no_name)
{
	struct limit_event e = sample;
	struct rise rise = { &e.ve, VZLITE_NUMPROC, &e.counter, 5 };
	FILE *out;

	ck_assert_str_eq(module_ve_name(&e.ve), "web");
	strcpy(e.ve.name, "1011");
	ck_assert_str_eq(module_ve_name(&e.ve), "1011");
	strcpy(e.ve.name, "101");
	ck_assert_ptr_null(module_ve_name(&e.ve));
	zone("UTC0");
	e.comm[0] = '\0';
	out = output_begin();
	event_json(out, &e, WHEN);
	event_end_json(out, &e.ve, WHEN);
	rise_json(out, &rise, WHEN);
	output_is(out, "{\"time\": \"2026-11-26T03:29:26+00:00\", \"ctid\": 101, \"name\": null, "
		    "\"resource\": \"numproc\", \"held\": 100, \"maxheld\": 101, \"barrier\": 100, "
		    "\"limit\": 9223372036854775807, \"failcnt\": 12, \"hits\": 3, \"pid\": 4321, "
		    "\"comm\": \"\"}\n"
		    "{\"time\": \"2026-11-26T03:29:26+00:00\", \"ctid\": 101, \"name\": null, "
		    "\"end\": \"exit\", \"wait_status\": 0}\n"
		    "{\"time\": \"2026-11-26T03:29:26+00:00\", \"ctid\": 101, \"name\": null, "
		    "\"resource\": \"numproc\", \"held\": 100, \"maxheld\": 101, \"barrier\": 100, "
		    "\"limit\": 9223372036854775807, \"failcnt\": 12, \"rose\": 5}\n");
}
END_TEST

START_TEST(ends)
{
	static const struct {
		enum vzlite_end end;
		const char *word;
	} words[] = {
		{ VZLITE_END_EXIT, "exit" }, { VZLITE_END_REBOOT, "reboot" }, { VZLITE_END_HALT, "halt" },
	};
	struct module_ve ve = { .id = 101, .name = "web", .wait_status = 256 };
	char text[160];
	FILE *out;

	zone("UTC0");
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		ve.end = words[i].end;
		out = output_begin();
		event_end_line(out, &ve, WHEN);
		snprintf(text, sizeof(text), "2026-11-26 03:29:26 101 end how=%s wait_status=256\n",
			 words[i].word);
		output_is(out, text);
		out = output_begin();
		event_end_json(out, &ve, WHEN);
		snprintf(text, sizeof(text), "{\"time\": \"2026-11-26T03:29:26+00:00\", \"ctid\": 101, "
			 "\"name\": \"web\", \"end\": \"%s\", \"wait_status\": 256}\n", words[i].word);
		output_is(out, text);
	}
}
END_TEST

START_TEST(times)
{
	char buf[40], small[27];

	zone("ABC3");
	time_rfc3339(buf, sizeof(buf), WHEN);
	ck_assert_str_eq(buf, "2026-11-26T00:29:26-03:00");
	time_rfc3339(small, sizeof(small), WHEN);
	ck_assert_str_eq(small, buf);
	time_text(buf, sizeof(buf), (time_t)INT64_MAX);
	ck_assert_str_eq(buf, "-");
	time_rfc3339(buf, sizeof(buf), (time_t)INT64_MAX);
	ck_assert_str_eq(buf, "-");
}
END_TEST

/* Looks at VEs' numproc and numfile: what is printed. */
struct seen {
	struct looks looks;
	char rises[256];
};

static int note(const struct rise *rise, void *arg)
{
	struct seen *s = arg;
	size_t n = strlen(s->rises);

	snprintf(s->rises + n, sizeof(s->rises) - n, "%u %s +%llu; ", rise->ve->id,
		 resources[rise->resource].name, (unsigned long long)rise->by);
	return 0;
}

static void add(struct seen *s, uint32_t id, uint64_t numproc, uint64_t numfile)
{
	struct counter counters[VZLITE_RESOURCE_COUNT] = { };
	struct module_ve ve = { .id = id };

	counters[VZLITE_NUMPROC] = (struct counter){ .failcnt = numproc, .present = true };
	counters[VZLITE_NUMFILE] = (struct counter){ .failcnt = numfile, .present = true };
	/* What nobody has a name for is not shown. */
	counters[VZLITE_DUMMY4] = (struct counter){ .failcnt = numproc, .present = true };
	ck_assert_int_eq(looks_add(&s->looks, &ve, counters, note, s), 0);
}

static void end_look(struct seen *s, const char *rises)
{
	looks_end(&s->looks);
	ck_assert_str_eq(s->rises, rises);
	s->rises[0] = '\0';
}

START_TEST(rises)
{
	struct seen s = { };

	/* The first look is what the others are compared with. */
	add(&s, 101, 7, 0);
	add(&s, 102, 0, 5);
	end_look(&s, "");
	add(&s, 101, 7, 0);
	add(&s, 102, 0, 5);
	end_look(&s, "");
	add(&s, 101, 9, 1);
	add(&s, 102, 0, 5);
	end_look(&s, "101 numproc +2; 101 numfile +1; ");
	/* One has gone, one has come, before and behind the other. */
	add(&s, 7, 3, 0);
	add(&s, 102, 0, 6);
	add(&s, 2147483647, 0, 4);
	end_look(&s, "7 numproc +3; 102 numfile +1; 2147483647 numfile +4; ");
	/* None is left. */
	end_look(&s, "");
	/* Back again: counted from 0; and under the CTID of another. */
	add(&s, 102, 0, 2);
	end_look(&s, "102 numfile +2; ");
	add(&s, 102, 0, 1);
	end_look(&s, "102 numfile +1; ");
	add(&s, 102, 5, 4);
	end_look(&s, "102 numproc +5; 102 numfile +3; ");
	/* Started anew: what is higher by now rose from 0, too, and so did what is as before. */
	add(&s, 102, 3, 9);
	end_look(&s, "102 numproc +3; 102 numfile +9; ");
	add(&s, 102, 2, 9);
	end_look(&s, "102 numproc +2; 102 numfile +9; ");
	looks_free(&s.looks);
}
END_TEST

/* None was there when it began: whatever comes has come since. */
START_TEST(rises_from_nothing)
{
	struct seen s = { };

	end_look(&s, "");
	add(&s, 1, 1, 0);
	end_look(&s, "1 numproc +1; ");
	for (uint32_t id = 1; id <= 1000; id++)
		add(&s, id, id, 0);
	s.rises[0] = '\0';
	end_look(&s, "");
	for (uint32_t id = 1; id <= 1000; id++)
		add(&s, id, id + (id == 555), 0);
	end_look(&s, "555 numproc +1; ");
	looks_free(&s.looks);
}
END_TEST

static int refuse(const struct rise *rise, void *arg)
{
	(void)rise;
	(void)arg;
	return EXIT_SYSTEM;
}

START_TEST(rise_stops)
{
	struct counter counters[VZLITE_RESOURCE_COUNT] = { };
	struct module_ve ve = { .id = 1 };
	struct looks looks = { .any = true };

	counters[VZLITE_NUMPROC] = (struct counter){ .failcnt = 1, .present = true };
	ck_assert_int_eq(looks_add(&looks, &ve, counters, refuse, NULL), EXIT_SYSTEM);
	looks_free(&looks);
}
END_TEST

static const struct counter full = { 100, 101, 100, VZLITE_UNLIMITED, 12, VZLITE_ENFORCER_MODULE, true,
				     0 };
static const struct module_ve web = { .id = 101, .name = "web" };

START_TEST(rise_table)
{
	struct rise rise = { &web, VZLITE_NUMPROC, &full, 5 };
	struct counter pages = { 262144, 0, 262144, 262144, UINT64_MAX, 0, true, 0 };
	FILE *out;

	zone("UTC0");
	out = output_begin();
	rise_header(out);
	rise_row(out, &rise, WHEN);
	rise = (struct rise){ &web, VZLITE_PRIVVMPAGES, &pages, 1 };
	rise_row(out, &rise, WHEN);
	output_is(out,
"TIME           CTID  RESOURCE            HELD     BARRIER       LIMIT    FAILCNT       ROSE\n"
"03:29:26        101  numproc              100         100   unlimited         12         +5\n"
"03:29:26        101  privvmpages           1G          1G          1G 18446744073709551615         +1\n");
}
END_TEST

START_TEST(rise_as_json)
{
	struct rise rise = { &web, VZLITE_NUMPROC, &full, 5 };
	FILE *out;

	zone("UTC0");
	out = output_begin();
	rise_json(out, &rise, WHEN);
	output_is(out, "{\"time\": \"2026-11-26T03:29:26+00:00\", \"ctid\": 101, \"name\": \"web\", "
		    "\"resource\": \"numproc\", \"held\": 100, \"maxheld\": 101, \"barrier\": 100, "
		    "\"limit\": 9223372036854775807, \"failcnt\": 12, \"rose\": 5}\n");
}
END_TEST

/* A reader that is there, one that has gone, and a time that is up. Each test is a
 * process of its own. */
START_TEST(followed)
{
	int to[2], from[2], status = 0;
	int64_t now;

	ck_assert(!pipe(to) && !pipe(from));
	ck_assert(dup2(to[1], STDOUT_FILENO) == STDOUT_FILENO && !close(to[1]));
	ck_assert_int_eq(follow_begin(), 0);
	now = follow_now();
	ck_assert_int_eq(follow_wait(-1, now + 30, &status), FOLLOW_TIME_UP);
	ck_assert_int_ge(follow_now(), now + 30);
	ck_assert_int_eq(follow_wait(-1, 0, &status), FOLLOW_TIME_UP);
	ck_assert_int_eq(follow_wait(from[0], follow_now(), &status), FOLLOW_TIME_UP);
	ck_assert_int_eq(write(from[1], "x", 1), 1);
	ck_assert_int_eq(follow_wait(from[0], -1, &status), FOLLOW_GO_ON);
	ck_assert_int_eq(follow_wait(from[0], follow_now() + 60000, &status), FOLLOW_GO_ON);
	/* What can be read does not stop the clock. */
	ck_assert_int_eq(follow_wait(from[0], follow_now(), &status), FOLLOW_TIME_UP);
	ck_assert_int_eq(follow_print("line\n", 5, &status), FOLLOW_GO_ON);
	close(to[0]);
	ck_assert_int_eq(follow_wait(-1, -1, &status), FOLLOW_NO_READER);
	ck_assert_int_eq(follow_print("line\n", 5, &status), FOLLOW_NO_READER);
	ck_assert_int_eq(status, 0);
}
END_TEST

START_TEST(no_room_to_print)
{
	int full = open("/dev/full", O_WRONLY), status = 0;

	ck_assert(dup2(full, STDOUT_FILENO) == STDOUT_FILENO);
	errors_begin();
	ck_assert_int_eq(follow_print("line\n", 5, &status), FOLLOW_FAILED);
	expect_line(errors_end(), "write to standard output: No space left on device");
	ck_assert_int_eq(status, EXIT_DISK_FULL);
}
END_TEST

START_TEST(nowhere_to_print)
{
	int status;

	errors_begin();
	close(STDOUT_FILENO);
	status = follow_begin();
	expect_line(errors_end(), "unit: write to standard output: Bad file descriptor");
	ck_assert_int_eq(status, EXIT_SYSTEM);
}
END_TEST

START_TEST(interrupted)
{
	ck_assert_int_eq(follow_begin(), 0);
	raise(_i ? SIGTERM : SIGINT);
	_exit(77);
}
END_TEST

Suite *event_suite(void)
{
	Suite *suite = suite_create("event");
	TCase *tcase = tcase_create("event");

	tcase_add_loop_test(tcase, escaped, 0, ARRAY_SIZE(escapes));
	tcase_add_test(tcase, longest_name);
	tcase_add_test(tcase, as_line);
	tcase_add_test(tcase, as_json);
	tcase_add_test(tcase, no_name);
	tcase_add_test(tcase, ends);
	tcase_add_test(tcase, times);
	tcase_add_test(tcase, rises);
	tcase_add_test(tcase, rises_from_nothing);
	tcase_add_test(tcase, rise_stops);
	tcase_add_test(tcase, rise_table);
	tcase_add_test(tcase, rise_as_json);
	tcase_add_test(tcase, followed);
	tcase_add_test(tcase, no_room_to_print);
	tcase_add_test(tcase, nowhere_to_print);
	tcase_add_loop_exit_test(tcase, interrupted, 0, 0, 2);
	suite_add_tcase(suite, tcase);
	return suite;
}
