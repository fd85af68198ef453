// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <sys/stat.h>

#include "bind.h"
#include "bindmount.h"
#include "config.h"
#include "error.h"
#include "exitcode.h"
#include "unit.h"

static const struct {
	const char *list;
	int count;		/* -1: refused */
	const char *source, *target;
	unsigned int attributes;	/* of the last */
} lists[] = {
	{ NULL, 0, NULL, NULL, 0 },
	{ "", 0, NULL, NULL, 0 },
	{ "/a:/b", 1, "/a", "/b", 0 },
	{ "/srv/a.b:/mnt/c-d,ro", 1, "/srv/a.b", "/mnt/c-d", MOUNT_ATTR_RDONLY },
	{ "/a:/b:ro", 1, "/a", "/b", MOUNT_ATTR_RDONLY },
	{ "/a:/b,nosuid,noexec,nodev", 1, "/a", "/b", MOUNT_ATTR_NOEXEC },
	{ "/a:/b,rw  /c:/b/d,noexec,ro ", 2, "/c", "/b/d", MOUNT_ATTR_NOEXEC | MOUNT_ATTR_RDONLY },
	{ "/a:/run/x", 1, "/a", "/run/x", 0 },
	{ "/a:/process", 1, "/a", "/process", 0 },
	{ "/a", -1, NULL, NULL, 0 },
	{ ":/b", -1, NULL, NULL, 0 },		/* Virtuozzo's: a directory of its own */
	{ "/a:", -1, NULL, NULL, 0 },
	{ "a:/b", -1, NULL, NULL, 0 },
	{ "/a:b", -1, NULL, NULL, 0 },
	{ "/a:/b,", -1, NULL, NULL, 0 },
	{ "/a:/b,suid", -1, NULL, NULL, 0 },
	{ "/a:/b:/c", -1, NULL, NULL, 0 },
	{ "/a:/", -1, NULL, NULL, 0 },
	{ "/:/b", -1, NULL, NULL, 0 },
	{ "/a:/b/../c", -1, NULL, NULL, 0 },
	{ "/a:/..", -1, NULL, NULL, 0 },
	{ "/a/./b:/c", -1, NULL, NULL, 0 },
	{ "/a//b:/c", -1, NULL, NULL, 0 },
	{ "/a:/c/", -1, NULL, NULL, 0 },
	{ "/a:/proc", -1, NULL, NULL, 0 },
	{ "/a:/proc/sys", -1, NULL, NULL, 0 },
	{ "/a:/sys/fs", -1, NULL, NULL, 0 },
	{ "/a:/dev", -1, NULL, NULL, 0 },
	{ "/a:/b /c:/b", -1, NULL, NULL, 0 },
	{ "/a:/$b", -1, NULL, NULL, 0 },
};

START_TEST(list)
{
	struct bind binds[BINDMOUNTS_MAX];
	char text[BINDMOUNTS_TEXT];
	int n = bindmounts_parse(lists[_i].list, text, binds, NULL);

	ck_assert_msg(n == lists[_i].count, "%s: %d", lists[_i].list, n);
	if (lists[_i].list)
		ck_assert_int_eq(bindmounts_valid(lists[_i].list), n >= 0);
	if (n <= 0)
		return;
	ck_assert_str_eq(binds[n - 1].source, lists[_i].source);
	ck_assert_str_eq(binds[n - 1].target, lists[_i].target);
	ck_assert_uint_eq(binds[n - 1].attributes, lists[_i].attributes);
}
END_TEST

START_TEST(too_many)
{
	char list[2000] = "", *p = list, reason[256];
	cleanup_free char *whole = NULL, *more = NULL;

	for (int i = 0; i < BINDMOUNTS_MAX; i++)
		p += sprintf(p, "/a:/b%d ", i);
	ck_assert(bindmounts_valid(list));
	*p = '\0';
	ck_assert(!bindmounts_add(list, "/c:/b5", &whole, reason, sizeof(reason)) && strstr(whole, "/c:/b5"));
	ck_assert_str_eq(bindmounts_add(list, "/c:/c", &more, reason, sizeof(reason)), "too many");
	strcpy(p, "/a:/c");
	ck_assert(!bindmounts_valid(list));
}
END_TEST

static const struct {
	const char *option, *given, *after;	/* NULL: refused */
} steps[] = {
	{ "bindmount_add", "/a:/b", "/a:/b" },
	{ "bindmount_add", "/c:/d:ro", "/a:/b /c:/d,ro" },
	{ "bindmount_add", "/e:/b,noexec,nosuid", "/c:/d,ro /e:/b,noexec" },
	{ "bindmount_add", "/e", NULL },
	{ "bindmount_del", "/a", NULL },
	{ "bindmount_del", "/d", "/e:/b,noexec" },
	{ "bindmount_add", "/f:/g /h:/i", "/e:/b,noexec /f:/g /h:/i" },
	{ "bindmount_del", "all", "" },
	{ "bindmount_del", "all", "" },
};

START_TEST(changes)
{
	cleanup_config struct config c;
	const char *now = "";

	config_init(&c, 101);
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		char *errors;
		int status;

		errors_begin();
		status = config_set_option(&c, steps[i].option, steps[i].given);
		errors = errors_end();
		free(errors);
		ck_assert_int_eq(status, steps[i].after ? 0 : EXIT_BAD_VALUE);
		now = steps[i].after ? steps[i].after : now;
		ck_assert_str_eq(c.bindmount ? c.bindmount : "", now);
	}
	ck_assert_str_eq(c.lines[0], "BINDMOUNT=\"\"");
}
END_TEST

START_TEST(sources)
{
	char dir[256], list[600], path[300];
	int fd;

	scratch_make(dir);
	snprintf(list, sizeof(list), "%s/data:/data,ro", dir);
	errors_begin();
	ck_assert_int_eq(bindmounts_check(101, list), EXIT_MOUNT_FAILED);
	expect_line(errors_end(), "/data: No such file or directory");
	snprintf(path, sizeof(path), "%s/data", dir);
	ck_assert(!symlink("/etc", path));
	errors_begin();
	ck_assert_int_eq(bindmounts_check(101, list), EXIT_MOUNT_FAILED);
	expect_line(errors_end(), "without symbolic links");
	strcat(path, "/passwd");
	fd = bind_source_open(path);
	ck_assert(fd < 0 && errno == ELOOP);
	*strrchr(path, '/') = '\0';
	ck_assert(!unlink(path) && !mkdir(path, 0755));
	ck_assert_int_eq(bindmounts_check(101, list), 0);
	scratch_remove(dir);
}
END_TEST

/* Its own directory is the VE's, and so no guard. */
START_TEST(guard)
{
	char dir[256], list[600], path[300], *errors;

	scratch_make(dir);
	snprintf(path, sizeof(path), "%s/data", dir);
	snprintf(list, sizeof(list), "%s:/data", path);
	ck_assert(!mkdir(path, 0700) && !chmod(dir, 0700));
	errors_begin();
	ck_assert_int_eq(bindmounts_check(101, list), 0);
	errors = errors_end();
	ck_assert_str_eq(errors, "");
	free(errors);
	ck_assert(!chmod(dir, 0755));
	errors_begin();
	ck_assert_int_eq(bindmounts_check(101, list), 0);
	expect_line(errors_end(), "can be run by the host's users");
	scratch_remove(dir);
}
END_TEST

Suite *bindmount_suite(void)
{
	Suite *suite = suite_create("bindmount");
	TCase *tcase = tcase_create("bindmount");

	tcase_add_loop_test(tcase, list, 0, ARRAY_SIZE(lists));
	tcase_add_test(tcase, too_many);
	tcase_add_test(tcase, changes);
	tcase_add_test(tcase, sources);
	tcase_add_test(tcase, guard);
	suite_add_tcase(suite, tcase);
	return suite;
}
