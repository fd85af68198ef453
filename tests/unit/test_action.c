// SPDX-License-Identifier: GPL-2.0-or-later
/* What a destroyed VE leaves under its CTID. */
#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "action.h"
#include "config.h"
#include "error.h"
#include "reboot.h"
#include "record.h"
#include "state.h"
#include "unit.h"
#include "ve.h"

static const char *const own[] = { "101.mount", "101.start", "101.stop", "101.umount", "101.conf" };

static bool there(const char *name)
{
	char path[400];
	struct stat st;

	snprintf(path, sizeof(path), "%s/%s", site_conf, name);
	return !lstat(path, &st);
}

START_TEST(retired)
{
	cleanup_free uint32_t *ids = NULL;
	char name[64], *text;
	size_t n;

	write_text(site_conf, "vps.mount", "all");
	write_text(site_conf, "102.mount", "another's");
	for (int twice = 0; twice < 2; twice++) {
		for (size_t i = 0; i < ARRAY_SIZE(own); i++)
			write_text(site_conf, own[i], twice ? "second" : "first");
		ck_assert_int_eq(action_retire(101, false), 0);
		/* A kill here leaves a VE, without scripts. */
		ck_assert(config_exists(101));
		ck_assert_int_eq(action_retire(101, false), 0);
		ck_assert_int_eq(config_retire(101), 0);
		ck_assert_int_eq(config_retire(101), 0);
		for (size_t i = 0; i < ARRAY_SIZE(own); i++) {
			ck_assert_msg(!there(own[i]), "%s", own[i]);
			snprintf(name, sizeof(name), "%s.destroyed", own[i]);
			text = read_text(site_conf, name);
			ck_assert_str_eq(text, twice ? "second" : "first");
			free(text);
		}
	}
	ck_assert(there("vps.mount") && there("102.mount") && !config_exists(101));
	ck_assert_int_eq(config_list(&ids, &n), 0);
	ck_assert_uint_eq(n, 0);
}
END_TEST

/* What create says of a script that it finds. */
START_TEST(told)
{
	char path[400];

	snprintf(path, sizeof(path), "%s/101.mount", site_conf);
	ck_assert(!symlink("/bin/true", path));
	errors_begin();
	ck_assert_int_eq(action_retire(101, true), 0);
	expect_line(errors_end(), "/101.mount.destroyed now");
	ck_assert(!there("101.mount") && there("101.mount.destroyed"));
}
END_TEST

/* OpenVZ's word for a customer who is suspended. */
START_TEST(disabled)
{
	struct start_options o = { };
	cleanup_config struct config c;
	int status;

	write_text(site_conf, "101.conf", "ONBOOT=\"yes\"\nDISABLED=\"yes\"\n");
	ck_assert_int_eq(config_load(&c, 101), 0);
	errors_begin();
	status = ve_check(&c, &o);
	expect_line(errors_end(), "unit 101: the VE is disabled");
	ck_assert_int_eq(status, EXIT_DISABLED);
	ck_assert(ve_disabled(&c) && !reboot_allowed(&c));
	ck_assert_int_eq(config_set_option(&c, "disabled", "no"), 0);
	ck_assert(!ve_disabled(&c) && reboot_allowed(&c));
}
END_TEST

/* What is said of a restart, and when that counts. */
START_TEST(restarts)
{
	char text[64];

	if (geteuid())
		return;
	ck_assert(!unshare(CLONE_NEWNS) && !mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
	ck_assert(!mount("none", "/run", "tmpfs", 0, NULL) && !mkdir(VZLITE_RUNDIR, 0755));
	ck_assert(!restart_due(101) && !reboot_marked(101));
	write_text(VZLITE_RUNDIR, "101.state", "");
	ck_assert_int_eq(restart_mark(101, 10, true), 0);
	ck_assert(restart_due(101) && reboot_forced(101) && reboot_marked(101) && !reboot_by_itself(101));
	ck_assert_int_eq(restart_mark(101, 10, false), 0);
	ck_assert_int_eq(reboot_force(101, true), 0);
	ck_assert(restart_due(101) && !reboot_forced(101));
	/* It has not gone down in its time: what started it counts. */
	snprintf(text, sizeof(text), "%" PRIu64 " 1 0\n", state_start(101));
	write_text(VZLITE_RUNDIR, "101.restart", text);
	ck_assert(!restart_due(101) && reboot_forced(101) && reboot_marked(101));
	/* Nothing is left of it, and so it was not started since. */
	ck_assert(!unlink(VZLITE_RUNDIR "/101.state"));
	ck_assert(restart_due(101) && !reboot_forced(101));
	reboot_unmark(101);
	ck_assert(!restart_due(101) && !reboot_marked(101));
	ck_assert(!umount("/run"));
}
END_TEST

Suite *action_suite(void)
{
	Suite *suite = suite_create("action");
	TCase *tcase = tcase_create("action");

	tcase_add_checked_fixture(tcase, site_make, site_remove);
	tcase_add_test(tcase, retired);
	tcase_add_test(tcase, told);
	tcase_add_test(tcase, disabled);
	tcase_add_test(tcase, restarts);
	suite_add_tcase(suite, tcase);
	return suite;
}
