// SPDX-License-Identifier: GPL-2.0-or-later
#include "hosts.h"
#include "unit.h"

static const struct {
	const char *old, *name, *want;	/* NULL: as it is */
} files[] = {
	{ "", "ve101", HOSTS_LOCAL "127.0.1.1\tve101 # vzlite\n" },
	{ "", "ve101.example.org", HOSTS_LOCAL "127.0.1.1\tve101.example.org ve101 # vzlite\n" },
	{ "127.0.0.1 localhost\n", "ve101", "127.0.0.1 localhost\n127.0.1.1\tve101 # vzlite\n" },
	/* Its root's own lines are kept, and are enough. */
	{ "127.0.0.1 localhost\n192.0.2.1 www  VE101\n", "ve101", NULL },
	{ "127.0.0.1 localhost\n192.0.2.1\tve101", "ve101", NULL },
	{ "192.0.2.1 a # ve101\n", "ve101", "192.0.2.1 a # ve101\n127.0.1.1\tve101 # vzlite\n" },
	{ "#192.0.2.1 ve101\n", "ve101", "#192.0.2.1 ve101\n127.0.1.1\tve101 # vzlite\n" },
	{ "192.0.2.1 ve1011 ve10 xve101\n", "ve101",
	  "192.0.2.1 ve1011 ve10 xve101\n127.0.1.1\tve101 # vzlite\n" },
	/* An address is no name. */
	{ "10.1 a\n", "10.1", "10.1 a\n127.0.1.1\t10.1 10 # vzlite\n" },
	{ "\n \nve101\n", "ve101", "\n \nve101\n127.0.1.1\tve101 # vzlite\n" },
	{ "192.0.2.1 a", "ve101", "192.0.2.1 a\n127.0.1.1\tve101 # vzlite\n" },
	/* It has been renamed. */
	{ "127.0.1.1\tve101 # vzlite\n", "ve101", NULL },
	{ "192.0.2.1 a\n127.0.1.1\told.org old # vzlite\n192.0.2.2 b\n", "new",
	  "192.0.2.1 a\n192.0.2.2 b\n127.0.1.1\tnew # vzlite\n" },
	{ "192.0.2.1 a\n127.0.1.1\told # vzlite", "new", "192.0.2.1 a\n127.0.1.1\tnew # vzlite\n" },
};

START_TEST(with)
{
	cleanup_free char *text = hosts_with(files[_i].old, files[_i].name);

	if (files[_i].want)
		ck_assert_pstr_eq(text, files[_i].want);
	else
		ck_assert_ptr_null(text);
}
END_TEST

Suite *hosts_suite(void)
{
	Suite *suite = suite_create("hosts");
	TCase *tcase = tcase_create("hosts");

	tcase_add_loop_test(tcase, with, 0, ARRAY_SIZE(files));
	suite_add_tcase(suite, tcase);
	return suite;
}
