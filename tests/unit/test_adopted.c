// SPDX-License-Identifier: GPL-2.0-or-later
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "adopted.h"
#include "command.h"
#include "error.h"
#include "given.h"
#include "options.h"
#include "record.h"
#include "setting.h"
#include "unit.h"

static const struct {
	const char *given, *path;	/* NULL: none */
} paths[] = {
	{ "/sys/fs/cgroup/machine.slice/x", "/machine.slice/x" },
	{ "/sys/fs/cgroup/x/", "/x" },
	{ "/sys/fs/cgroup//x", "/x" },
	{ "/machine.slice/x", "/machine.slice/x" },
	{ "machine.slice/x", "/machine.slice/x" },
	{ "x", "/x" },
	{ "/sys/fs/cgroups/x", "/sys/fs/cgroups/x" },
	{ "", NULL },
	{ "/", NULL },
	{ "/sys/fs/cgroup", NULL },
	{ "/sys/fs/cgroup/", NULL },
	{ "/sys/fs/cgroup/..", NULL },
	{ "/sys/fs/cgroup/x/../../../../etc", NULL },
	{ "../x", NULL },
	{ "./x", NULL },
	{ "a b", NULL },
	{ "a//b", NULL },
};

START_TEST(path)
{
	char buf[PATH_MAX];
	const char *got = adopted_path(paths[_i].given, buf, sizeof(buf));

	ck_assert_int_eq(got != NULL, paths[_i].path != NULL);
	if (got)
		ck_assert_str_eq(got, paths[_i].path);
}
END_TEST

START_TEST(long_path)
{
	char buf[8];

	ck_assert(adopted_path("123456", buf, sizeof(buf)) && !adopted_path("1234567", buf, sizeof(buf)));
}
END_TEST

/* Not of this boot, whatever is at its path: the first directory of all has number 1. */
START_TEST(of_another_boot)
{
	struct module_ve ve = { .id = 201, .cgroup_id = 1, .populated = true };
	cleanup_config struct config c;

	config_init(&c, 201);
	ck_assert_int_eq(adopted_state(&c, &ve), ADOPTED_GONE);
	ck_assert(!config_set(&c, "CGROUP", "/x") && !config_set(&c, "CGROUP_ID", "1") &&
		  !config_set(&c, "BOOT_ID", "00000000-0000-0000-0000-000000000000"));
	ck_assert(!adopted_is_its(&c, &ve));
	ck_assert_int_eq(adopted_state(&c, &ve), ADOPTED_GONE);
}
END_TEST

START_TEST(states)
{
	ck_assert_str_eq(adopted_status(ADOPTED_RUNNING), "adopted");
	for (int s = ADOPTED_DOWN; s <= ADOPTED_LOST; s++)
		ck_assert(!strncmp(adopted_status(s), "adopted,", 8));
	ck_assert(adopted_registered(ADOPTED_DOWN) && !adopted_registered(ADOPTED_LOST));
	/* What has no limits, and will not get them by itself, is to be told. */
	for (int s = ADOPTED_RUNNING; s <= ADOPTED_LOST; s++)
		ck_assert_int_eq(adopted_loss(s) != NULL, !adopted_registered(s));
}
END_TEST

/* Of all options, those that the module alone enforces, or nobody does. */
START_TEST(engines)
{
	static const char *const ours[] = {
		"name", "features", "kmemsize", "lockedpages", "privvmpages", "numproc", "numtcpsock",
		"numflock", "numpty", "tcpsndbuf", "tcprcvbuf", "othersockbuf", "dgramrcvbuf",
		"numothersock", "dcachesize", "numfile", "numiptent",
	};
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(ours); i++)
		ck_assert_msg(!given_engines(ours[i]), "%s", ours[i]);
	for (size_t i = 0; i < setting_count; i++)
		n += settings[i].option && !given_engines(settings[i].option);
	for (int r = 0; r < VZLITE_RESOURCE_COUNT; r++)
		n += resources[r].name && !given_engines(resources[r].name);
	ck_assert_uint_eq(n, ARRAY_SIZE(ours));
}
END_TEST

START_TEST(command_line)
{
	char *argv[] = { "adopt", "201", "--cgroup", "x", "--numproc", "5", "--ram=1G", NULL };
	struct given given = { };
	int status;

	optind = 0;
	ck_assert_int_eq(given_parse(7, argv, GIVEN_ADOPT, &given), 0);
	ck_assert_str_eq(given.cgroup, "x");
	ck_assert_uint_eq(given.n, 2);
	errors_begin();
	status = given_check_adopted(&given, 201);
	expect_line(errors_end(), "201: --ram: is for the engine that made the container");
	ck_assert_int_eq(status, EXIT_BAD_OPTION);
	given.n = 1;
	ck_assert_int_eq(given_check_adopted(&given, 201), 0);
}
END_TEST

START_TEST(refused)
{
	char dir[256], path[300];
	int status;

	scratch_make(dir);
	snprintf(path, sizeof(path), "%s/adopted", dir);
	ck_assert(!mkdir(path, 0700));
	config_set_dir(dir);
	write_text(path, "201.conf", "");
	ck_assert_int_eq(adopted_refuse(202), 0);
	errors_begin();
	status = adopted_refuse(201);
	expect_line(errors_end(), "201: is an adopted VE");
	ck_assert_int_eq(status, EXIT_BAD_VALUE);
	scratch_remove(dir);
}
END_TEST

/* That its loss was told goes with it. */
START_TEST(told)
{
	char *argv[] = { "release", "201", NULL };
	char dir[256], path[300];

	if (geteuid())
		return;
	ck_assert(!unshare(CLONE_NEWNS) && !mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
	ck_assert(!mount("none", "/run", "tmpfs", 0, NULL) && !mkdir(VZLITE_RUNDIR, 0755));
	scratch_make(dir);
	snprintf(path, sizeof(path), "%s/adopted", dir);
	ck_assert(!mkdir(path, 0700));
	config_set_dir(dir);
	write_text(path, "201.conf", "");
	ck_assert(!adopted_told(201) && !adopted_mark_told(201) && !adopted_mark_told(202));
	ck_assert(adopted_told(201) && adopted_told(202) && !adopted_told(203));
	optind = 0;
	ck_assert_int_eq(cmd_release(2, argv), 0);
	ck_assert(!config_exists(201) && !adopted_told(201) && adopted_told(202));
	scratch_remove(dir);
}
END_TEST

Suite *adopted_suite(void)
{
	Suite *suite = suite_create("adopted");
	TCase *tcase = tcase_create("adopted");

	tcase_add_loop_test(tcase, path, 0, ARRAY_SIZE(paths));
	tcase_add_test(tcase, long_path);
	tcase_add_test(tcase, of_another_boot);
	tcase_add_test(tcase, states);
	tcase_add_test(tcase, engines);
	tcase_add_test(tcase, command_line);
	tcase_add_test(tcase, refused);
	tcase_add_test(tcase, told);
	suite_add_tcase(suite, tcase);
	return suite;
}
