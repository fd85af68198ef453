// SPDX-License-Identifier: GPL-2.0-or-later
#include <sys/stat.h>

#include "config_shared.h"
#include "error.h"
#include "unit.h"

/* Which VEs there are, and under which names. */
START_TEST(list_and_resolve)
{
	cleanup_free uint32_t *ids = NULL;
	uint32_t ctid;
	size_t n;

	write_text(site_conf, "102.conf", "NAME=\"db\"\n");
	write_text(site_conf, "9.conf", "# NAME=\"db\"\nNAME=\"old\"\nNAME=\"web\"\n");
	write_text(site_conf, "009.conf", "");
	write_text(site_conf, "0.conf", "");
	write_text(site_conf, "x.conf", "");
	write_text(site_conf, ".conf", "");
	write_text(site_conf, "102.conf.destroyed", "");
	write_text(site_conf, ".102.conf.tmp", "");
	ck_assert_int_eq(config_list(&ids, &n), 0);
	ck_assert_uint_eq(n, 2);
	ck_assert(ids[0] == 9 && ids[1] == 102);
	ck_assert(config_exists(9) && !config_exists(10));
	ck_assert(!config_resolve("web", &ctid) && ctid == 9);
	ck_assert(!config_resolve("db", &ctid) && ctid == 102);
	ck_assert(!config_resolve("77", &ctid) && ctid == 77);
	/* A file that was copied by hand. */
	write_text(site_conf, "103.conf", "NAME=\"web\"\n");
	errors_begin();
	ck_assert_int_eq(config_resolve("web", &ctid), EXIT_BAD_NAME);
	expect_line(errors_end(), "web: VEs 9 and 103 have this name");
	ck_assert(!config_find_name("web", &ctid) && ctid == 9);
	ck_assert_int_eq(config_remove(103), 0);
	ck_assert_int_eq(config_remove(9), 0);
	ck_assert_int_eq(config_remove(9), 0);
	ck_assert(!config_exists(9));
}
END_TEST

/* Those of adopted VEs are elsewhere, and meet no defaults. */
START_TEST(adopted)
{
	cleanup_free uint32_t *ids = NULL;
	cleanup_shared struct config_shared shared = { };
	cleanup_config struct config c, again;
	char path[400], *text;
	uint32_t ctid;
	size_t n;

	snprintf(path, sizeof(path), "%s/adopted", site);
	ck_assert(!mkdir(path, 0700));
	write_text(site, "vzlite.conf", "NUMPROC=\"100\"\nFEATURES=\"views:off\"\n");
	write_text(site_conf, "101.conf", "");
	write_text(path, "101.conf", "NAME=\"shadow\"\n");
	config_init(&c, 201);
	c.adopted = true;
	ck_assert(!config_set(&c, "CGROUP", "/machine.slice/x") && !config_set(&c, "CGROUP_ID", "4242") &&
		  !config_set(&c, "BOOT_ID", "0b5e-4f") && !config_set_option(&c, "name", "pod") &&
		  !config_set_option(&c, "numfile", "50:60"));
	ck_assert_int_eq(config_save(&c), 0);
	text = read_text(path, "201.conf");
	ck_assert_str_eq(text, "CGROUP=\"/machine.slice/x\"\nCGROUP_ID=\"4242\"\nBOOT_ID=\"0b5e-4f\"\n"
			       "NAME=\"pod\"\nNUMFILE=\"50:60\"\n");
	free(text);
	ck_assert(config_exists(201) && config_adopted(201));
	ck_assert(config_exists(101) && !config_adopted(101) && !config_adopted(102));
	ck_assert_int_eq(config_load(&again, 201), 0);
	ck_assert(again.adopted && again.cgroup_id == 4242 && again.bound[VZLITE_NUMFILE].limit == 60);
	ck_assert(!again.set[VZLITE_NUMPROC] && !again.features);
	ck_assert_str_eq(again.cgroup, "/machine.slice/x");
	config_free(&again);
	ck_assert_int_eq(config_load(&again, 101), 0);
	ck_assert(!again.adopted && again.set[VZLITE_NUMPROC] && again.features);
	config_free(&again);
	/* Many, for which what they share is read once. */
	ck_assert_int_eq(config_shared_read(&shared), 0);
	ck_assert(config_shared_adopted(&shared, 201) && !config_shared_adopted(&shared, 101));
	for (int twice = 0; twice < 2; twice++) {
		ck_assert_int_eq(config_shared_load(&shared, &again, 201), 0);
		ck_assert(again.adopted && again.cgroup_id == 4242 && !again.set[VZLITE_NUMPROC]);
		config_free(&again);
		ck_assert_int_eq(config_shared_load(&shared, &again, 101), 0);
		ck_assert(!again.adopted && again.bound[VZLITE_NUMPROC].limit == 100);
		ck_assert_str_eq(again.features, "views:off");
		config_free(&again);
	}
	ck_assert_int_eq(config_shared_load(&shared, &again, 102), EXIT_NO_CONFIG);
	ck_assert_int_eq(config_list(&ids, &n), 0);
	ck_assert(n == 2 && ids[0] == 101 && ids[1] == 201);
	ck_assert(!config_resolve("pod", &ctid) && ctid == 201);
	ck_assert(!config_find_name("shadow", &ctid) && !ctid);
	ck_assert(!config_remove(201) && !config_exists(201) && config_exists(101));
}
END_TEST

/* A name is free when it was looked for everywhere. */
START_TEST(name_unknown)
{
	char path[400];
	uint32_t ctid;
	int status;

	write_text(site_conf, "102.conf", "NAME=\"web\"\n");
	snprintf(path, sizeof(path), "%s/103.conf", site_conf);
	ck_assert(!config_find_name("web", &ctid) && ctid == 102);
	ck_assert(!config_find_name("db", &ctid) && !ctid);
	/* A file that others can write reserves a name, but calls no VE by it. */
	write_text(site_conf, "103.conf", "NAME=\"mail\"\n");
	ck_assert(!chmod(path, 0666));
	ck_assert(!config_find_name("mail", &ctid) && ctid == 103);
	errors_begin();
	status = config_resolve("mail", &ctid);
	free(errors_end());
	ck_assert_int_eq(status, EXIT_BAD_VALUE);
	ck_assert(!unlink(path));
	ck_assert(!mkfifo(path, 0600));
	errors_begin();
	status = config_find_name("db", &ctid);
	expect_line(errors_end(), "103.conf: not a regular file");
	ck_assert_int_eq(status, EXIT_NO_PERMISSION);
}
END_TEST

START_TEST(bad_ctids)
{
	static const char *const bad[] = { "0", "2147483648", "99999999999999999999", "old", "-5", "1x/", "" };
	uint32_t ctid;
	int status;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		errors_begin();
		status = config_resolve(bad[i], &ctid);
		expect_line(errors_end(), bad[i]);
		ck_assert_int_eq(status, EXIT_BAD_VALUE);
	}
}
END_TEST

Suite *config_find_suite(void)
{
	Suite *suite = suite_create("config find");
	TCase *tcase = tcase_create("config find");

	tcase_add_checked_fixture(tcase, site_make, site_remove);
	tcase_add_test(tcase, list_and_resolve);
	tcase_add_test(tcase, adopted);
	tcase_add_test(tcase, name_unknown);
	tcase_add_test(tcase, bad_ctids);
	suite_add_tcase(suite, tcase);
	return suite;
}
