// SPDX-License-Identifier: GPL-2.0-or-later
#include "command.h"
#include "config.h"
#include "error.h"
#include "options.h"
#include "unit.h"

static const struct option longs[] = {
	{ "wait", no_argument, NULL, 'w' },
	{ "hostname", required_argument, NULL, 'h' },
	{ },
};

/* A command line, the options that come out ('?' ends it), and what is left. */
static const struct {
	const char *argv[6];
	const char *shorts;
	const char *options;	/* "wh=x", a value behind "=" */
	int rest;
	const char *error;
} lines[] = {
	{ { "c", "101" }, "", "", 1, NULL },
	{ { "c", "--wait", "101" }, "", "w", 1, NULL },
	{ { "c", "101", "--wait" }, "", "w", 1, NULL },
	{ { "c", "101", "--hostname", "x", "--wait" }, "", "h=xw", 1, NULL },
	{ { "c", "101", "--hostname=x" }, "", "h=x", 1, NULL },
	{ { "c", "101", "--hostname=" }, "", "h=", 1, NULL },
	{ { "c", "101", "--hostname", "--wait" }, "", "h=--wait", 1, NULL },
	{ { "c", "--", "--wait" }, "", "", 1, NULL },
	{ { "c", "101", "ls", "--wait" }, "+", "", 3, NULL },
	{ { "c", "101", "--wai" }, "", "?", 0, "c: --wai: unknown option" },
	{ { "c", "101", "--host", "x" }, "", "?", 0, "c: --host: unknown option" },
	{ { "c", "101", "--host=x" }, "", "?", 0, "c: --host: unknown option (vzlite help)" },
	{ { "c", "101", "--userpasswd=root:secret" }, "", "?", 0, "c: --userpasswd: unknown option (exec CTID chpasswd" },
	{ { "c", "101", "--exec" }, "", "?", 0, "c: --exec: unknown option (exec)" },
	{ { "c", "101", "--nope" }, "", "?", 0, "c: --nope: unknown option" },
	{ { "c", "101", "-x" }, "", "?", 0, "c: -x: unknown option" },
	{ { "c", "101", "--wait=1" }, "", "?", 0, "c: --wait=1: this option takes no value" },
	{ { "c", "101", "--hostname" }, "", "?", 0, "c: --hostname: the value is missing" },
	{ { "c", "-o" }, "o:", "?", 0, "c: -o: the value is missing" },
	{ { "c", "-aofoo", "1" }, "ao:", "ao=foo", 1, NULL },
};

START_TEST(line)
{
	char *argv[7] = { NULL }, got[64] = "", *text;
	int argc = 0, opt;
	size_t n = 0;

	for (; argc < 6 && lines[_i].argv[argc]; argc++)
		argv[argc] = (char *)lines[_i].argv[argc];
	optind = 0;
	errors_begin();
	while ((opt = option_next(argc, argv, lines[_i].shorts, longs)) != -1) {
		n += snprintf(got + n, sizeof(got) - n, "%c%s%s", opt, optarg && opt != '?' ? "=" : "",
			      optarg && opt != '?' ? optarg : "");
		if (opt == '?')
			break;
	}
	text = errors_end();
	ck_assert_str_eq(got, lines[_i].options);
	if (lines[_i].error) {
		expect_line(text, lines[_i].error);
		return;
	}
	ck_assert_str_eq(text, "");
	ck_assert_int_eq(argc - optind, lines[_i].rest);
	free(text);
}
END_TEST

START_TEST(ends)
{
	char *argv[] = { "c", "101", "more", NULL };
	uint32_t ctid;
	int status;

	optind = 1;
	ck_assert_int_eq(option_ctid(3, argv, &ctid), 0);
	ck_assert_uint_eq(ctid, 101);
	errors_begin();
	status = option_end(3, argv);
	expect_line(errors_end(), "c: more: unexpected argument");
	ck_assert_int_eq(status, EXIT_BAD_OPTION);
	optind = 3;
	errors_begin();
	status = option_ctid(3, argv, &ctid);
	expect_line(errors_end(), "c: CTID missing");
	ck_assert_int_eq(status, EXIT_BAD_OPTION);
}
END_TEST

int vzlite_main(int argc, char **argv);

/* What begins like a negative CTID. */
static const struct {
	const char *argv[3];
	int status;
	const char *error;
} numbers[] = {
	{ { "list", "-1", "999" }, EXIT_NO_CONFIG, "list 999: no such VE" },
	{ { "list", "999", "-1" }, EXIT_NO_CONFIG, "list 999: no such VE" },
	{ { "list", "-5" }, EXIT_BAD_OPTION, "list: -5: unknown option" },
	{ { "status", "-1" }, EXIT_BAD_VALUE, "status -1: a CTID is a number" },
};

START_TEST(number)
{
	char *argv[5] = { "vzlite" };
	int argc = 1, status;

	if (geteuid())
		return;
	for (; argc < 4 && numbers[_i].argv[argc - 1]; argc++)
		argv[argc] = (char *)numbers[_i].argv[argc - 1];
	optind = 0;
	errors_begin();
	status = vzlite_main(argc, argv);
	expect_line(errors_end(), numbers[_i].error);
	ck_assert_int_eq(status, numbers[_i].status);
}
END_TEST

START_TEST(list_help)
{
	static const char *const options[] = { "-a, --all", "-S, --stopped", "-H, --no-header", "-1 ", "-o, --output" };
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	command_help(out, command_find("list"));
	ck_assert(!fclose(out));
	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		ck_assert_msg(strstr(text, options[i]) != NULL, "%s", options[i]);
	free(text);
}
END_TEST

Suite *options_suite(void)
{
	Suite *suite = suite_create("options");
	TCase *tcase = tcase_create("options"), *commands = tcase_create("commands");

	tcase_add_loop_test(tcase, line, 0, ARRAY_SIZE(lines));
	tcase_add_test(tcase, ends);
	suite_add_tcase(suite, tcase);
	tcase_add_checked_fixture(commands, site_make, site_remove);
	tcase_add_loop_test(commands, number, 0, ARRAY_SIZE(numbers));
	tcase_add_test(commands, list_help);
	suite_add_tcase(suite, commands);
	return suite;
}
