// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>
#include <sys/stat.h>

#include "cgroup.h"
#include "cgroup_lift.h"
#include "cgroup_limits.h"
#include "unit.h"

static char dir[256];

static void setup(void)
{
	scratch_make(dir);
}

static void teardown(void)
{
	scratch_remove(dir);
}

static void holds(const char *name, const char *want)
{
	cleanup_free char *text = read_text(dir, name);

	ck_assert_str_eq(text, want);
}

static const struct {
	const char *text, *ve, *below;	/* NULL: not in it */
} places[] = {
	{ "0::/vzlite/101\n", "/vzlite/101", "" },
	{ "0::/vzlite/101/init.scope\n", "/vzlite/101", "/init.scope" },
	{ "0::/vzlite/101/a b/0::\n", "/vzlite/101", "/a b/0::" },
	{ "12:cpu:/\n1:name=systemd:/vzlite/101/x\n0::/vzlite/101/y\n", "/vzlite/101", "/y" },
	{ "0::/vzlite/1011\n", "/vzlite/101", NULL },
	{ "0::/vzlite/10\n", "/vzlite/101", NULL },
	{ "0::/\n", "/vzlite/101", NULL },
	{ "1:cpu:/vzlite/101\n", "/vzlite/101", NULL },
	{ "", "/vzlite/101", NULL },
};

START_TEST(place)
{
	char text[128], *below;

	snprintf(text, sizeof(text), "%s", places[_i].text);
	below = cgroup_below(text, places[_i].ve);
	ck_assert(!below == !places[_i].below);
	if (below)
		ck_assert_str_eq(below, places[_i].below);
}
END_TEST

/* A plain directory does for the kernel's: what is not asked for is not written. */
START_TEST(limits)
{
	cleanup_close int fd = open(dir, O_RDONLY | O_DIRECTORY);
	cleanup_free char *errors = NULL;
	cleanup_config struct config c;
	struct cgroup_saved saved;

	config_init(&c, 101);
	ck_assert(!config_set_option(&c, "ram", "64M") && !config_set_option(&c, "cpulimit", "50"));
	write_text(dir, "memory.max", "7\n");
	write_text(dir, "cpu.weight", "8\n");
	write_text(dir, "cpu.max", "max 100000\n");
	/* Asked for and default, and the host has no such controller. */
	ck_assert_int_eq(cgroup_save_limits(101, fd, 1U << CGROUP_CPU_MAX | 1U << CGROUP_SWAP, &saved), 0);
	ck_assert_uint_eq(saved.which, 1U << CGROUP_CPU_MAX);
	ck_assert_int_eq(cgroup_write_limits(&c, fd, 1U << CGROUP_CPU_MAX | 1U << CGROUP_SWAP, false), 0);
	holds("cpu.max", "50000 100000");
	holds("memory.max", "7\n");
	holds("cpu.weight", "8\n");
	write_text(dir, "cpu.max", "");
	ck_assert_int_eq(cgroup_restore_limits(101, fd, &saved), 0);
	holds("cpu.max", "max 100000\n");
	/* OpenVZ's "all" is no mask. */
	write_text(dir, "cpuset.cpus", "0");
	ck_assert(!config_set_option(&c, "cpumask", "all"));
	ck_assert_int_eq(cgroup_write_limits(&c, fd, 1U << CGROUP_CPUSET, false), 0);
	holds("cpuset.cpus", "\n");
	/* One that is missing, and not the default. */
	ck_assert(!config_set_option(&c, "swap", "1M"));
	errors_begin();
	ck_assert_int_ne(cgroup_write_limits(&c, fd, CGROUP_ALL, false), 0);
	expect_line(errors_end(), "memory.swap.max");
}
END_TEST

static void below(const char *name)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	ck_assert(!mkdir(path, 0755));
}

/* So many are chosen that others are another VE's; all by their numbers, if there are no more. */
START_TEST(processors)
{
	static const char *const cases[][2] = {
		{ "1", "1" }, { "2", "1-2" }, { "4", "1-3,8" }, { "5", "1-3,8,0" }, { "9", "1-3,8,0" },
	};
	char path[512];
	cleanup_close int fd = -1;

	below("ve");
	write_text(dir, "cpuset.cpus.effective", "0-3,8\n");
	write_text(dir, "ve/cpuset.cpus", "");
	snprintf(path, sizeof(path), "%s/ve", dir);
	fd = open(path, O_RDONLY | O_DIRECTORY);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		cleanup_config struct config c;

		config_init(&c, 101);
		ck_assert(!config_set_option(&c, "cpus", cases[i][0]));
		ck_assert_int_eq(cgroup_write_limits(&c, fd, 1U << CGROUP_CPUSET, false), 0);
		holds("ve/cpuset.cpus", cases[i][1]);
	}
}
END_TEST

/* What is there is written over, not cut off. */
START_TEST(lifted)
{
	cleanup_close int fd = open(dir, O_RDONLY | O_DIRECTORY);
	cleanup_free char *errors = NULL;

	below("a");
	below("a/cpu.max");
	below("a/cpu.max/b");
	write_text(dir, "cpu.max", "5 6\n");
	write_text(dir, "io.max", "8:0 rbps=2\n");
	write_text(dir, "a/io.max", "");
	write_text(dir, "a/cpu.max/b/cpu.max", "max\n7");
	write_text(dir, "a/cpu.max/b/io.max", "259:1 wbps=2\n");
	errors_begin();
	for (int i = 0; i < 2; i++)
		cgroup_lift(101, fd, true);
	holds("cpu.max", "max\n");
	holds("io.max", "8:0 rbps=max wbps=max riops=max wiops=max");
	holds("a/io.max", "");
	holds("a/cpu.max/b/cpu.max", "max\n7");
	holds("a/cpu.max/b/io.max", "259:1 rbps=max wbps=max riops=max wiops=max");
	errors = errors_end();
	ck_assert_str_eq(errors, "");
}
END_TEST

Suite *cgroup_suite(void)
{
	Suite *suite = suite_create("cgroup");
	TCase *tcase = tcase_create("cgroup");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, limits);
	tcase_add_test(tcase, lifted);
	tcase_add_test(tcase, processors);
	tcase_add_loop_test(tcase, place, 0, ARRAY_SIZE(places));
	suite_add_tcase(suite, tcase);
	return suite;
}
