// SPDX-License-Identifier: GPL-2.0-or-later
#include "eventd/line.h"
#include "unit.h"

static char sent[3 * LINE_BYTES];

static void keep(uint32_t ctid, int priority, const char *text)
{
	size_t n = strlen(sent);

	ck_assert_uint_eq(ctid, 101);
	snprintf(sent + n, sizeof(sent) - n, "%d %s\n", priority, text);
}

static const struct {
	const char *given, *want;
} lines[] = {
	{ "a\nb\n", "6 a\n6 b\n" },
	{ "\n\na", "6 a\n" },
	{ "<4>a\n<7>b\nc\n", "4 a\n7 b\n6 c\n" },
	{ "<0>a\n<1>b\n<2>c\n<3>d\n", "3 a\n3 b\n3 c\n3 d\n" },
	{ "<4>\n<8>a\n<>\n<4\n", "6 <8>a\n6 <>\n6 <4\n" },
	{ "vzlite: start 101: no\na vzlite: \n", "4 vzlite: start 101: no\n6 a vzlite: \n" },
	{ "", "" },
};

START_TEST(line)
{
	const char *given = lines[_i].given;

	/* However it comes in pieces */
	for (size_t piece = 1; piece < 8; piece++) {
		struct line l = { };

		*sent = '\0';
		for (size_t at = 0, n; at < strlen(given); at += n) {
			n = strlen(given + at) < piece ? strlen(given + at) : piece;
			line_add(&l, given + at, n, 101, keep);
		}
		line_end(&l, 101, keep);
		ck_assert_str_eq(sent, lines[_i].want);
	}
}
END_TEST

/* What is in the middle of a line is no beginning. */
START_TEST(long_line)
{
	struct line l = { };
	char given[LINE_BYTES + 32], want[LINE_BYTES + 64];
	size_t first = LINE_BYTES - 1;

	memset(given, 'x', first);
	memcpy(given, "<4>", 3);
	strcpy(given + first, "<3>vzlite: z\nvzlite: y\n");
	snprintf(want, sizeof(want), "4 %.*s\n4 %s", (int)first - 3, given + 3, "<3>vzlite: z\n4 vzlite: y\n");
	*sent = '\0';
	line_add(&l, given, strlen(given), 101, keep);
	line_end(&l, 101, keep);
	ck_assert_str_eq(sent, want);
	/* One that just fits ends once. */
	*sent = '\0';
	given[first] = '\n';
	line_add(&l, given, first + 1, 101, keep);
	line_add(&l, "a\0b\n", 4, 101, keep);
	line_end(&l, 101, keep);
	ck_assert_uint_eq(strlen(sent), strlen("4 \n6 a?b\n") + first - 3);
	ck_assert_str_eq(sent + strlen(sent) - 6, "6 a?b\n");
}
END_TEST

Suite *line_suite(void)
{
	Suite *suite = suite_create("line");
	TCase *tcase = tcase_create("line");

	tcase_add_loop_test(tcase, line, 0, ARRAY_SIZE(lines));
	tcase_add_test(tcase, long_line);
	suite_add_tcase(suite, tcase);
	return suite;
}
