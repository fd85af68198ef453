// SPDX-License-Identifier: GPL-2.0-or-later
#include <sys/stat.h>

#include "config.h"
#include "error.h"
#include "on_limit.h"
#include "program.h"
#include "unit.h"

static const struct {
	const char *list;
	const char *bad;	/* where it is: NULL, a good one */
} lists[] = {
	{ "", NULL },
	{ "   ", NULL },
	{ "numproc=log", NULL },
	{ "NUMPROC=log", NULL },
	{ "numproc=log numfile=freeze  numpty=stop kmemsize=none numflock=", NULL },
	{ "numfile=exec:/usr/bin/env", NULL },
	{ "numfile=exec:/a=b", NULL },
	{ "numproc", "numproc" },
	{ "=log", "=log" },
	{ "numproc log", "numproc log" },
	{ "numproc=log numproc", "numproc" },
	{ "numfoo=log", "numfoo=log" },
	{ "dummy=log", "dummy=log" },
	{ "numproc=Log", "numproc=Log" },
	{ "numproc=kill", "numproc=kill" },
	{ "numproc=log,numfile=log", "numproc=log,numfile=log" },
	{ "numproc=log:x", "numproc=log:x" },
	{ "numproc=exec", "numproc=exec" },
	{ "numproc=exec:", "numproc=exec:" },
	{ "numproc=exec:bin/x", "numproc=exec:bin/x" },
	{ "numproc=exec:/a\"b", "numproc=exec:/a\"b" },
	{ "numproc=exec:/a$b", "numproc=exec:/a$b" },
	{ "numproc=exec:/a\nb", "numproc=exec:/a\nb" },
	{ "a-name-that-is-longer-than-any-resource=log", "a-name" },
};

START_TEST(list)
{
	struct limit_rule rules[VZLITE_RESOURCE_COUNT];
	const char *text = lists[_i].list, *bad = NULL;

	ck_assert_int_eq(on_limit_parse(text, rules, &bad), !lists[_i].bad);
	ck_assert_int_eq(on_limit_valid(text), !lists[_i].bad);
	if (lists[_i].bad)
		ck_assert(bad && !strncmp(bad, lists[_i].bad, strlen(lists[_i].bad)));
}
END_TEST

START_TEST(rules)
{
	struct limit_rule r[VZLITE_RESOURCE_COUNT];
	const char *bad;

	ck_assert(on_limit_parse("numproc=log numfile=exec:/x/y numproc=stop numpty=none numflock=freeze",
				 r, &bad));
	ck_assert_int_eq(r[VZLITE_NUMPROC].action, LIMIT_STOP);
	ck_assert_int_eq(r[VZLITE_NUMFILE].action, LIMIT_EXEC);
	ck_assert(r[VZLITE_NUMFILE].path_len == 4 && !strncmp(r[VZLITE_NUMFILE].path, "/x/y", 4));
	ck_assert_int_eq(r[VZLITE_NUMFLOCK].action, LIMIT_FREEZE);
	ck_assert(r[VZLITE_NUMPTY].action == LIMIT_NONE && r[VZLITE_NUMPTY].text);
	ck_assert(r[VZLITE_KMEMSIZE].action == LIMIT_NONE && !r[VZLITE_KMEMSIZE].text);
}
END_TEST

/* A program that root alone can change, under its own name. */
static const char *program(void)
{
	static char path[4096];

	ck_assert(realpath("/bin/sh", path) != NULL);
	return path;
}

static const struct {
	const char *now, *given, *then;
} changes[] = {
	{ NULL, "numproc=log", "numproc=log" },
	{ "", "numproc=log", "numproc=log" },
	{ "numproc=log", "numproc=stop", "numproc=stop" },
	/* In the order of the resources, whatever that of the options. */
	{ "numfile=log", "numproc=freeze", "numproc=freeze numfile=log" },
	{ NULL, "numfile=log numproc=stop", "numproc=stop numfile=log" },
	{ "numproc=log numfile=stop", "numproc=none", "numfile=stop" },
	{ "numproc=log numfile=stop", "numproc=", "numfile=stop" },
	{ "numproc=log", "numproc=none", "" },
	{ "numproc=log", "numfile=none", "numproc=log" },
	{ "numproc=log numfile=stop", "none", "" },
	{ "numproc=log numfile=stop", "", "" },
	/* One that nobody is told of may be stored from before, and can be taken away. */
	{ "kmemsize=log", "numproc=log physpages=log", "kmemsize=log numproc=log physpages=log" },
	{ "kmemsize=log numproc=log", "kmemsize=none", "numproc=log" },
	/* One that was stored is not asked about again: its program may be away. */
	{ "numproc=exec:/no/such", "numfile=log", "numproc=exec:/no/such numfile=log" },
	{ "numproc=exec:/no/such", "numproc=log", "numproc=log" },
};

START_TEST(change)
{
	cleanup_free char *out = NULL;
	char reason[256];

	ck_assert(!on_limit_change(changes[_i].now, changes[_i].given, &out, reason, sizeof(reason)));
	ck_assert_str_eq(out, changes[_i].then);
}
END_TEST

START_TEST(change_program)
{
	cleanup_free char *out = NULL;
	char reason[256], given[4200], then[4300];

	snprintf(given, sizeof(given), "numfile=exec:%s", program());
	snprintf(then, sizeof(then), "numproc=log %s", given);
	ck_assert(!on_limit_change("numproc=log", given, &out, reason, sizeof(reason)));
	ck_assert_str_eq(out, then);
}
END_TEST

static void expect_refused(const char *given, const char *part)
{
	char *out = NULL, reason[256];
	const char *why = on_limit_change("numproc=log", given, &out, reason, sizeof(reason));

	ck_assert_msg(why != NULL, "\"%s\" was taken: \"%s\"", given, out);
	ck_assert_msg(strstr(why, part) != NULL, "\"%s\": \"%s\" lacks \"%s\"", given, why, part);
	ck_assert_ptr_null(out);
}

START_TEST(refused)
{
	expect_refused("numfoo=log", "numfoo=log is no RESOURCE=");
	expect_refused("kmemsize=log", "nobody is told when kmemsize hits its limit");
	expect_refused("numproc=log shmpages=stop", "nobody is told when shmpages");
	expect_refused("numfile=log numproc", "numproc is no RESOURCE=");
	expect_refused("numproc=exec:relative", "is no RESOURCE=");
	expect_refused("numproc=exec:/no/such/program", "/no/such/program: No such file");
	expect_refused("numproc=exec:/etc", "/etc is no program");
	expect_refused("numproc=exec:/etc/passwd", "/etc/passwd is no program");
	expect_refused("numproc=exec:/dev/null", "/dev/null is no program");
	expect_refused("numproc=exec:/usr/../etc/passwd", "is another name of /etc/passwd");
	expect_refused("numproc=exec://bin/sh", "is another name of");
}
END_TEST

/* Files of others, and in directories of others; only root can make these. */
static void put_program(char path[300], const char *dir)
{
	snprintf(path, 300, "%s/run", dir);
	write_text(dir, "run", "#!/bin/sh\n");
	ck_assert(!chmod(path, 0755));
}

START_TEST(programs_of_others)
{
	char dir[256], path[300], link[300], given[400], *real;

	/* /tmp is writable by everybody: nothing below it is root's alone. */
	scratch_make(dir);
	real = realpath(dir, NULL);
	ck_assert(real && strlen(real) < sizeof(dir));
	put_program(path, real);
	snprintf(given, sizeof(given), "numproc=exec:%s", path);
	expect_refused(given, "owned or writable by others than root");
	snprintf(link, sizeof(link), "%.256s/link", real);
	ck_assert(!symlink(program(), link));
	snprintf(given, sizeof(given), "numproc=exec:%s", link);
	expect_refused(given, "is another name of");
	free(real);
	scratch_remove(dir);
}
END_TEST

START_TEST(programs_of_root)
{
	char dir[] = "/run/vzlite-unit.XXXXXX", path[300], reason[256];

	if (geteuid())
		return;
	ck_assert(mkdtemp(dir) && !chmod(dir, 0755));
	put_program(path, dir);
	ck_assert(!program_check(path, true, reason, sizeof(reason)));
	ck_assert(!chmod(path, 0644));
	ck_assert(program_check(path, true, reason, sizeof(reason)) && strstr(reason, "no program"));
	ck_assert(!chmod(path, 0775));
	ck_assert(program_check(path, true, reason, sizeof(reason)) && strstr(reason, path));
	ck_assert(!chmod(path, 0757));
	ck_assert(program_check(path, true, reason, sizeof(reason)));
	ck_assert(!chmod(path, 0755) && !chown(path, 12345, 0));
	ck_assert(program_check(path, true, reason, sizeof(reason)) && strstr(reason, path));
	ck_assert(!chown(path, 0, 12345));
	ck_assert(!program_check(path, true, reason, sizeof(reason)));
	ck_assert(!chmod(dir, 0775));
	ck_assert(program_check(path, true, reason, sizeof(reason)) && !strstr(reason, path));
	ck_assert(!chmod(dir, 0755) && !chown(dir, 12345, 0));
	ck_assert(program_check(path, true, reason, sizeof(reason)) && !strstr(reason, path));
	scratch_remove(dir);
}
END_TEST

/* Whoever can turn a link on the way could put another program there. */
START_TEST(linked_programs)
{
	char dir[] = "/run/vzlite-unit.XXXXXX", path[300], link[300], there[300], reason[256];

	if (geteuid())
		return;
	ck_assert(mkdtemp(dir) && !chmod(dir, 0755));
	put_program(path, dir);
	snprintf(link, sizeof(link), "%s/link", dir);
	snprintf(there, sizeof(there), "%s/there", dir);
	ck_assert(!symlink("./run", link) && !program_check(link, false, reason, sizeof(reason)));
	ck_assert(program_check(link, true, reason, sizeof(reason)) && strstr(reason, "another name"));
	ck_assert(!unlink(link) && !symlink(path, link) && !program_check(link, false, reason, sizeof(reason)));
	/* By way of a directory of others', which the real path does not show. */
	ck_assert(!mkdir(there, 0755) && !unlink(link) && !symlink("there/../run", link));
	ck_assert(!program_check(link, false, reason, sizeof(reason)));
	ck_assert(!chown(there, 12345, 0));
	ck_assert(program_check(link, false, reason, sizeof(reason)) && strstr(reason, "/there is owned"));
	ck_assert(!unlink(link) && !symlink("link", link));
	ck_assert(program_check(link, false, reason, sizeof(reason)) && strstr(reason, "too many links"));
	scratch_remove(dir);
}
END_TEST

/* In a VE's configuration. */
START_TEST(stored)
{
	cleanup_config struct config c;
	cleanup_free char *text = NULL, *again = NULL;

	write_text(site, "vzlite.conf", "ON_LIMIT=\"numproc=log\"\n");
	write_text(site_conf, "101.conf", "NUMPROC=\"5\"\n");
	ck_assert_int_eq(config_load(&c, 101), 0);
	ck_assert_str_eq(c.on_limit, "numproc=log");
	/* Two options, and with the default's rule they are three. */
	ck_assert_int_eq(config_set_option(&c, "on-limit", "numfile=stop"), 0);
	ck_assert_int_eq(config_set_option(&c, "on-limit", "numpty=freeze"), 0);
	ck_assert_str_eq(c.on_limit, "numproc=log numpty=freeze numfile=stop");
	ck_assert_int_eq(config_save(&c), 0);
	text = read_text(site_conf, "101.conf");
	ck_assert_str_eq(text, "NUMPROC=\"5\"\nON_LIMIT=\"numproc=log numpty=freeze numfile=stop\"\n");
	config_free(&c);
	ck_assert_int_eq(config_load(&c, 101), 0);
	ck_assert_str_eq(c.on_limit, "numproc=log numpty=freeze numfile=stop");
	ck_assert_int_eq(config_set_option(&c, "on-limit", "none"), 0);
	ck_assert(!c.on_limit);
	ck_assert_int_eq(config_save(&c), 0);
	again = read_text(site_conf, "101.conf");
	ck_assert_str_eq(again, "NUMPROC=\"5\"\nON_LIMIT=\"\"\n");
	config_free(&c);
	/* None of its own is not the default's. */
	ck_assert_int_eq(config_load(&c, 101), 0);
	ck_assert(!c.on_limit);
}
END_TEST

START_TEST(bad_option)
{
	cleanup_config struct config c;
	int status;

	config_init(&c, 101);
	ck_assert_int_eq(config_set_option(&c, "on-limit", "numproc=log"), 0);
	errors_begin();
	status = config_set_option(&c, "on-limit", "numproc=kill");
	expect_line(errors_end(), "unit 101: --on-limit: numproc=kill is no RESOURCE=");
	ck_assert_int_eq(status, EXIT_BAD_VALUE);
	ck_assert_str_eq(c.on_limit, "numproc=log");
	ck_assert_uint_eq(c.nlines, 1);
}
END_TEST

START_TEST(bad_file)
{
	cleanup_config struct config c;
	int status;

	write_text(site_conf, "101.conf", "ON_LIMIT=\"numproc=kill\"\n");
	errors_begin();
	status = config_load(&c, 101);
	expect_line(errors_end(), "101.conf:1: ON_LIMIT=\"numproc=kill\": must be RESOURCE=log");
	ck_assert_int_eq(status, EXIT_BAD_VALUE);
}
END_TEST

Suite *on_limit_suite(void)
{
	Suite *suite = suite_create("on_limit");
	TCase *tcase = tcase_create("on_limit"), *stores = tcase_create("stored");

	tcase_add_loop_test(tcase, list, 0, ARRAY_SIZE(lists));
	tcase_add_test(tcase, rules);
	tcase_add_loop_test(tcase, change, 0, ARRAY_SIZE(changes));
	tcase_add_test(tcase, change_program);
	tcase_add_test(tcase, refused);
	tcase_add_test(tcase, programs_of_others);
	tcase_add_test(tcase, programs_of_root);
	tcase_add_test(tcase, linked_programs);
	suite_add_tcase(suite, tcase);
	tcase_add_checked_fixture(stores, site_make, site_remove);
	tcase_add_test(stores, stored);
	tcase_add_test(stores, bad_option);
	tcase_add_test(stores, bad_file);
	suite_add_tcase(suite, stores);
	return suite;
}
