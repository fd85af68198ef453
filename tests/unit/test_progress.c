// SPDX-License-Identifier: GPL-2.0-or-later
/* The line of what takes long fits the terminal. */
#include "template/progress.h"
#include "unit.h"

static const struct {
	const char *what;
	uint64_t total, done;
	int columns;
	const char *want;
} lines[] = {
	{ "debian-13", 200, 50, 80, "debian-13 [#######                       ]  25%" },
	{ "debian-13", 200, 200, 80, "debian-13 [##############################] 100%" },
	/* An archive that grows meanwhile. */
	{ "debian-13", 200, 300, 80, "debian-13 [##############################] 100%" },
	{ "debian-13", 200, 100, 48, "debian-13 [###############               ]  50%" },
	{ "debian-13", 200, 100, 47, "debian-13 [##############               ]  50%" },
	{ "debian-13", 200, 100, 22, "debian-13 [##  ]  50%" },
	{ "debian-13", 200, 100, 21, "debian-13  50%" },
	{ "debian-13", 200, 100, 15, "debian-13  50%" },
	{ "debian-13", 200, 100, 12, "debian  50%" },
	{ "debian-13", 200, 100, 6, "  50%" },
	{ "debian-13", 200, 100, 1, "  50%" },
	{ "debian-13", 0, 5 << 20, 80, "debian-13: 5 MB" },
	{ "debian-13", 0, 5 << 20, 12, "debia: 5 MB" },
};

START_TEST(line)
{
	struct progress p = { .what = lines[_i].what, .total = lines[_i].total };
	char text[PROGRESS_TEXT];

	progress_text(&p, lines[_i].done, lines[_i].columns, text);
	ck_assert_str_eq(text, lines[_i].want);
	ck_assert(strlen(text) < (size_t)lines[_i].columns || lines[_i].columns < 6);
}
END_TEST

Suite *progress_suite(void)
{
	Suite *suite = suite_create("progress");
	TCase *tcase = tcase_create("progress");

	tcase_add_loop_test(tcase, line, 0, ARRAY_SIZE(lines));
	suite_add_tcase(suite, tcase);
	return suite;
}
