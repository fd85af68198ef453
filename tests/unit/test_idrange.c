// SPDX-License-Identifier: GPL-2.0-or-later
/* Below a root of their own: VEs, accounts and what else has ids. */
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "config.h"
#include "error.h"
#include "idrange.h"
#include "private.h"
#include "record.h"
#include "unit.h"

#define STEP 65536U

static char dir[256];

/* Make the directories of @path below the root. */
static void make_dirs(const char *path)
{
	char full[512];

	snprintf(full, sizeof(full), "%s%s/", dir, path);
	for (char *p = full + strlen(dir) + 1; (p = strchr(p, '/')); p++) {
		*p = '\0';
		mkdir(full, 0755);
		*p = '/';
	}
}

static void setup(void)
{
	scratch_make(dir);
	make_dirs("/conf");
	make_dirs("/etc");
	config_set_dir(dir);
	idrange_set_root(dir);
}

static void teardown(void)
{
	scratch_remove(dir);
}

static uint64_t chosen(uint64_t wanted)
{
	uint64_t first = 0;

	ck_assert_int_eq(idrange_choose(101, wanted, &first), 0);
	return first;
}

static void refused(uint64_t wanted)
{
	uint64_t first;
	int status;

	errors_begin();
	status = idrange_choose(101, wanted, &first);
	expect_line(errors_end(), "ids of this range are another's");
	ck_assert_int_eq(status, EXIT_BAD_VALUE);
}

START_TEST(free_ones)
{
	ck_assert_uint_eq(chosen(UINT64_MAX), IDRANGE_FIRST);
	ck_assert_uint_eq(chosen(100000), 100000);
	/* systemd's foreign ids, and what old calls take for "none". */
	refused(0x7ffe0000);
	refused(0x7ffd0001);
	refused(0xfffeffff);
	ck_assert_uint_eq(chosen(0xfffefffe - 1), 0xfffefffe - 1);
	ck_assert_uint_eq(IDRANGE_LAST + 2ULL * STEP - 1, 0x7ffe0000 + STEP - 1);
}
END_TEST

/* However the file is written, and whatever else is wrong with it. */
START_TEST(other_ve)
{
	char conf[300], path[320], text[64];

	snprintf(conf, sizeof(conf), "%s/conf", dir);
	snprintf(text, sizeof(text), "NUMPROC=\"5:\"\n local_uid='%u' # his\n", IDRANGE_FIRST);
	write_text(conf, "102.conf", text);
	ck_assert_uint_eq(chosen(UINT64_MAX), IDRANGE_FIRST + STEP);
	refused(IDRANGE_FIRST + STEP - 1);
	refused(IDRANGE_FIRST - 1);
	snprintf(path, sizeof(path), "%s/102.conf", conf);
	ck_assert(!chmod(path, 0666));
	ck_assert_uint_eq(chosen(UINT64_MAX), IDRANGE_FIRST + STEP);
	ck_assert(!unlink(path) && !mkfifo(path, 0600));
	errors_begin();
	ck_assert_int_ne(idrange_choose(101, UINT64_MAX, &(uint64_t){ 0 }), 0);
	expect_line(errors_end(), "not a regular file");
}
END_TEST

START_TEST(others)
{
	char etc[300], text[300];

	snprintf(etc, sizeof(etc), "%s/etc", dir);
	snprintf(text, sizeof(text), "root:x:0:0::/:/bin/sh\nno line\nbig:x:%u:%u::/:/bin/sh\n",
		 IDRANGE_FIRST + 7, 100);
	write_text(etc, "passwd", text);
	snprintf(text, sizeof(text), "all:x:%u:root\n", IDRANGE_FIRST + STEP);
	write_text(etc, "group", text);
	snprintf(text, sizeof(text), "root:%u:65536\nroot:x:y\n", IDRANGE_FIRST + 2 * STEP);
	write_text(etc, "subuid", text);
	snprintf(text, sizeof(text), "root:%u:2\n", IDRANGE_FIRST + 4 * STEP - 1);
	write_text(etc, "subgid", text);
	make_dirs("/run/systemd/nspawn-uid");
	snprintf(text, sizeof(text), "%s/run/systemd/nspawn-uid", dir);
	write_text(text, "1000013824", "");
	ck_assert_uint_eq(chosen(UINT64_MAX), IDRANGE_FIRST + 5 * STEP);
	refused(1000013824);
}
END_TEST

START_TEST(left_areas)
{
	char path[512];

	make_dirs(VZLITE_PRIVATEDIR "/.destroy-7/" PRIVATE_UPPER);
	make_dirs(VZLITE_PRIVATEDIR "/8/" PRIVATE_UPPER);
	make_dirs(VZLITE_PRIVATEDIR "/lost+found");
	snprintf(path, sizeof(path), "%s" VZLITE_PRIVATEDIR "/.destroy-7/" PRIVATE_UPPER, dir);
	ck_assert(!chown(path, IDRANGE_FIRST, IDRANGE_FIRST));
	snprintf(path, sizeof(path), "%s" VZLITE_PRIVATEDIR "/8/" PRIVATE_UPPER, dir);
	ck_assert(!chown(path, IDRANGE_FIRST + STEP, IDRANGE_FIRST + STEP));
	ck_assert_uint_eq(chosen(UINT64_MAX), IDRANGE_FIRST + 2 * STEP);
	/* Also where there is a file: of a later VE, or one that does not say. */
	snprintf(path, sizeof(path), "%s/conf", dir);
	write_text(path, "7.conf", "LOCAL_UID=\"131072\"\n");
	write_text(path, "8.conf", "LOCAL_UID=\"many\"\n");
	ck_assert_uint_eq(chosen(UINT64_MAX), IDRANGE_FIRST + 2 * STEP);
	/* But not its own. */
	make_dirs(VZLITE_PRIVATEDIR "/.destroy-101/" PRIVATE_UPPER);
	snprintf(path, sizeof(path), "%s" VZLITE_PRIVATEDIR "/.destroy-101/" PRIVATE_UPPER, dir);
	ck_assert(!chown(path, IDRANGE_FIRST + 2 * STEP, 0));
	ck_assert_uint_eq(chosen(IDRANGE_FIRST + 2 * STEP), IDRANGE_FIRST + 2 * STEP);
}
END_TEST

/* A file that was changed by hand says nothing of what lies on the disk. */
START_TEST(changed_area)
{
	char path[512];

	make_dirs(VZLITE_PRIVATEDIR "/102/" PRIVATE_UPPER);
	snprintf(path, sizeof(path), "%s" VZLITE_PRIVATEDIR "/102/" PRIVATE_UPPER, dir);
	ck_assert(!chown(path, IDRANGE_FIRST, IDRANGE_FIRST));
	snprintf(path, sizeof(path), "%s/conf", dir);
	write_text(path, "102.conf", "LOCAL_UID=\"131072\"\n");
	ck_assert_uint_eq(chosen(UINT64_MAX), IDRANGE_FIRST + STEP);
	refused(IDRANGE_FIRST);
	refused(131072);
}
END_TEST

/* Nor of what runs. */
START_TEST(changed_running)
{
	char conf[300], text[64];

	if (geteuid())
		return;
	ck_assert(!unshare(CLONE_NEWNS) && !mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
	ck_assert(!mount("none", "/run", "tmpfs", 0, NULL) && !mkdir(VZLITE_RUNDIR, 0755));
	snprintf(conf, sizeof(conf), "%s/conf", dir);
	write_text(conf, "102.conf", "LOCAL_UID=\"131072\"\n");
	snprintf(text, sizeof(text), "1 0 0 %u\n", IDRANGE_FIRST);
	write_text(VZLITE_RUNDIR, "102.state", text);
	ck_assert_uint_eq(chosen(UINT64_MAX), IDRANGE_FIRST + STEP);
	refused(IDRANGE_FIRST);
	/* But not its own. */
	snprintf(text, sizeof(text), "1 0 0 %u\n", IDRANGE_FIRST + STEP);
	write_text(VZLITE_RUNDIR, "101.state", text);
	ck_assert_uint_eq(chosen(IDRANGE_FIRST + STEP), IDRANGE_FIRST + STEP);
	ck_assert(!umount("/run"));
}
END_TEST

/* At start: a file that was copied. */
START_TEST(shared)
{
	char conf[300];
	int status;

	snprintf(conf, sizeof(conf), "%s/conf", dir);
	write_text(conf, "101.conf", "LOCAL_UID=\"131072\"\n");
	write_text(conf, "102.conf", "LOCAL_UID=\"196608\"\n");
	write_text(conf, "104.conf", "LOCAL_UID=\"many\"\n");
	ck_assert_int_eq(idrange_check(101, 131072), 0);
	write_text(conf, "103.conf", "LOCAL_UID=\"131073\"\n");
	errors_begin();
	status = idrange_check(101, 131072);
	/* Of one without files and that does not run. Others: tests/vm/ve-host.sh. */
	expect_line(errors_end(), "VE 103, whose files are gone, has ids of its range");
	ck_assert_int_eq(status, 0);
	ck_assert_int_eq(idrange_check(104, 131072 + 3 * STEP), 0);
}
END_TEST

Suite *idrange_suite(void)
{
	Suite *suite = suite_create("idrange");
	TCase *tcase = tcase_create("idrange");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, free_ones);
	tcase_add_test(tcase, other_ve);
	tcase_add_test(tcase, others);
	tcase_add_test(tcase, left_areas);
	tcase_add_test(tcase, changed_area);
	tcase_add_test(tcase, changed_running);
	tcase_add_test(tcase, shared);
	suite_add_tcase(suite, tcase);
	return suite;
}
