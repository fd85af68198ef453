// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>
#include <string.h>

#include "error.h"
#include "standard.h"
#include "unit.h"

/* Nothing that moves a terminal's cursor, in any encoding. */
START_TEST(controls)
{
	errors_begin();
	warn("a\033[2Jb\rc\nd\x7f\x9b" "31m\xc2\x9b" "31m");
	expect_line(errors_end(), "a?[2Jb?c?d??31m??31m");
}
END_TEST

START_TEST(no_reader)
{
	int ends[2], saved = dup(STDERR_FILENO);

	ck_assert(saved >= 0 && !pipe(ends) && !close(ends[0]));
	ck_assert(dup2(ends[1], STDERR_FILENO) >= 0);
	warn("nobody reads this");	/* and nobody dies of it */
	error_print("nor %s\n", "this");
	ck_assert(dup2(saved, STDERR_FILENO) >= 0);
}
END_TEST

/* While they are kept a pipe that is full holds nobody up; then they come, in order. */
START_TEST(kept)
{
	int ends[2], saved = dup(STDERR_FILENO);
	char text[4096], page[4096] = "", *rest;
	ssize_t n;

	ck_assert(saved >= 0 && !pipe2(ends, O_NONBLOCK) && dup2(ends[1], STDERR_FILENO) >= 0);
	error_keep();
	warn("one");
	warn("two");
	ck_assert_int_lt(read(ends[0], text, sizeof(text)), 0);
	error_tell();
	n = read(ends[0], text, sizeof(text) - 1);
	ck_assert_int_gt(n, 0);
	text[n] = '\0';
	ck_assert_str_eq(text, "vzlite: one\nvzlite: two\n");
	error_keep();
	memset(page, 'x', sizeof(page) - 1);
	for (int i = 0; i < 100; i++)
		warn("%.1000s", page);
	dup2(saved, STDERR_FILENO);
	errors_begin();
	error_tell();
	rest = errors_end();
	ck_assert_ptr_nonnull(strstr(rest, "lines more\n"));
	free(rest);
	errors_begin();
	warn("at once");
	expect_line(errors_end(), "at once");
}
END_TEST

START_TEST(closed_streams)
{
	int in, out, err = dup(STDERR_FILENO), file;
	char c = 'x';

	in = dup(STDIN_FILENO);
	out = dup(STDOUT_FILENO);
	close(0);
	close(1);
	close(2);
	file = standard_fill();
	ck_assert_int_eq(dup2(err, 2), 2);
	ck_assert_int_eq(file, 0);
	file = open("/dev/null", O_RDWR);
	ck_assert_int_gt(file, 2);
	/* Their use fails, as that of a closed one. */
	ck_assert_int_lt(read(0, &c, 1), 0);
	ck_assert_int_lt(write(1, &c, 1), 0);
	dup2(in, 0);
	dup2(out, 1);
}
END_TEST

START_TEST(full)
{
	int out = dup(STDOUT_FILENO), full = open("/dev/full", O_WRONLY), status, other;

	ck_assert(out >= 0 && full >= 0 && !fflush(stdout));
	dup2(full, STDOUT_FILENO);
	printf("x");
	errors_begin();
	status = standard_finish(0);
	other = standard_finish(EXIT_LOCKED);
	expect_line(errors_end(), "write to standard output: No space left");
	dup2(out, STDOUT_FILENO);
	clearerr(stdout);
	ck_assert_int_eq(status, EXIT_DISK_FULL);
	ck_assert_int_eq(other, EXIT_LOCKED);
	ck_assert_int_eq(standard_finish(0), 0);
}
END_TEST

Suite *error_suite(void)
{
	Suite *suite = suite_create("error");
	TCase *tcase = tcase_create("error");

	tcase_add_test(tcase, controls);
	tcase_add_test(tcase, no_reader);
	tcase_add_test(tcase, kept);
	tcase_add_test(tcase, closed_streams);
	tcase_add_test(tcase, full);
	suite_add_tcase(suite, tcase);
	return suite;
}
