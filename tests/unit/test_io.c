// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "error.h"
#include "exitcode.h"
#include "io.h"
#include "unit.h"

static char dir[256];

static void setup(void)
{
	scratch_make(dir);
}

static void teardown(void)
{
	io_set_sysfs("/sys/dev/block");
	scratch_remove(dir);
}

static const struct {
	const char *given, *key;	/* key NULL: refused */
} rates[] = {
	{ "0", "0" },
	{ "unlimited", "0" },
	{ "5", "5242880" },	/* as vzctl: MiB, and bytes in the file */
	{ "5M", "5242880" },
	{ "512K", "524288" },
	{ "4096B", "4096" },
	{ "1p", NULL },		/* pages, elsewhere */
	{ "10P", NULL },
	{ "2G", "2147483648" },
	{ "4095B", NULL },	/* a VE that could not start */
	{ "1K", NULL },
	{ "1T", NULL },
	{ "", NULL },
	{ "M", NULL },
	{ "-1", NULL },
	{ "1.5M", "1572864" },
	{ "1.5", NULL },
	{ "1MB", NULL },
	{ "9223372036854775807", "0" },	/* unlimited, as everywhere */
	{ "99999999999999999999", NULL },
};

START_TEST(rate)
{
	cleanup_config struct config c;
	char *errors;
	int status;

	config_init(&c, 101);
	errors_begin();
	status = config_set_option(&c, "iolimit", rates[_i].given);
	errors = errors_end();
	ck_assert_int_eq(status, rates[_i].key ? 0 : EXIT_BAD_VALUE);
	if (!rates[_i].key) {
		expect_line(errors, "unit 101: --iolimit");
		ck_assert(!c.nlines && !io_limit_bytes(&c));
		return;
	}
	free(errors);
	ck_assert_str_eq(c.iolimit, rates[_i].key);
	ck_assert_uint_eq(io_limit_bytes(&c), strtoull(rates[_i].key, NULL, 10));
}
END_TEST

START_TEST(file)
{
	cleanup_config struct config c;

	config_init(&c, 101);
	ck_assert_uint_eq(io_limit_bytes(&c), 0);
	ck_assert_uint_eq(io_limit_operations(&c), 0);
	ck_assert_uint_eq(io_weight(&c), 100);
	ck_assert(!config_set(&c, "IOLIMIT", "10485760") && !config_set(&c, "IOPSLIMIT", "300") &&
		  !config_set(&c, "IOPRIO", "7"));
	ck_assert_uint_eq(io_limit_bytes(&c), 10485760);
	ck_assert_uint_eq(io_limit_operations(&c), 300);
	ck_assert_uint_eq(io_weight(&c), 128);
	ck_assert(!config_set(&c, "IOLIMIT", "10M") && io_limit_bytes(&c) == 10485760);
	/* As OpenVZ's files may have it: no reason not to start. */
	ck_assert(!config_set(&c, "IOLIMIT", "1") && io_limit_bytes(&c) == 4096);
	ck_assert(!config_set(&c, "IOLIMIT", "0") && io_limit_bytes(&c) == 0);
	ck_assert(!config_set(&c, "IOPRIO", "0") && io_weight(&c) == 64);
	ck_assert(!config_set(&c, "IOPRIO", "4") && io_weight(&c) == 100);
	errors_begin();
	ck_assert_int_eq(config_set(&c, "IOPRIO", "8"), EXIT_BAD_VALUE);
	expect_line(errors_end(), "0 to 7");
}
END_TEST

/* As in sysfs: a partition's directory is in its disk's. */
START_TEST(disk)
{
	char path[300], name[32];

	snprintf(path, sizeof(path), "%s/sda", dir);
	ck_assert(!mkdir(path, 0755));
	write_text(path, "dev", "8:0\n");
	strcat(path, "/sda2");
	ck_assert(!mkdir(path, 0755));
	write_text(path, "dev", "8:2\n");
	write_text(path, "partition", "2\n");
	snprintf(path, sizeof(path), "%s/8:2", dir);
	ck_assert(!symlink("sda/sda2", path));
	snprintf(path, sizeof(path), "%s/8:0", dir);
	ck_assert(!symlink("sda", path));
	io_set_sysfs(dir);
	ck_assert(io_disk(8, 2, name));
	ck_assert_str_eq(name, "8:0");
	ck_assert(io_disk(8, 0, name));
	ck_assert_str_eq(name, "8:0");
	ck_assert(!io_disk(0, 45, name));
}
END_TEST

static int open_scratch(void)
{
	return open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static void holds(const char *want)
{
	cleanup_free char *text = read_text(dir, "io.max");

	ck_assert_msg(!strncmp(text, want, strlen(want)), "%s", text);
}

/* A file keeps what lies behind the last write; the kernel's takes each alone. */
START_TEST(lines)
{
	cleanup_close int fd = open_scratch();
	cleanup_config struct config c;

	config_init(&c, 101);
	ck_assert_int_eq(io_write(&c, fd, NULL, "rbps=max", false), 0);
	write_text(dir, "io.max", "8:0 rbps=5000 wbps=5000 riops=max wiops=max\n");
	ck_assert_int_eq(io_write(&c, fd, NULL, "rbps=max wbps=max", false), 0);
	holds("8:0 rbps=max wbps=max");
	write_text(dir, "io.max", "254:16 riops=4\n");
	ck_assert_int_eq(io_restore(fd, "254:16 riops=5\n", "riops=max"), 0);
	holds("254:16 riops=5");
	ck_assert_int_eq(io_restore(fd, "", "riops=max"), 0);
	holds("254:16 riops=max");
}
END_TEST

Suite *io_suite(void)
{
	Suite *suite = suite_create("io");
	TCase *tcase = tcase_create("io");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, rate, 0, ARRAY_SIZE(rates));
	tcase_add_test(tcase, file);
	tcase_add_test(tcase, disk);
	tcase_add_test(tcase, lines);
	suite_add_tcase(suite, tcase);
	return suite;
}
