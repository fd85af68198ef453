// SPDX-License-Identifier: GPL-2.0-or-later
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "config.h"
#include "file.h"
#include "tree.h"
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

static int remove_below(const char *name)
{
	cleanup_close int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	ck_assert(fd >= 0);
	return tree_remove(fd, dir, name);
}

static bool exists(const char *name)
{
	char path[512];
	struct stat st;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return !lstat(path, &st);
}

START_TEST(simple)
{
	char path[512], link[512];

	snprintf(path, sizeof(path), "%s/t", dir);
	ck_assert(!mkdir(path, 0700));
	write_text(path, "f", "x");
	snprintf(link, sizeof(link), "%s/t/link", dir);
	ck_assert(!symlink(dir, link));
	write_text(dir, "kept", "x");
	ck_assert_int_eq(remove_below("t"), 0);
	ck_assert(!exists("t") && exists("kept"));
	ck_assert_int_eq(remove_below("t"), 0);
	ck_assert_int_eq(remove_below("kept"), 0);
	ck_assert(!exists("kept"));
}
END_TEST

/* A link in the tree's place: the link goes, not what it points at. */
START_TEST(link_at_top)
{
	char path[512];

	write_text(dir, "kept", "x");
	snprintf(path, sizeof(path), "%s/t", dir);
	ck_assert(!symlink(".", path));
	ck_assert_int_eq(remove_below("t"), 0);
	ck_assert(!exists("t") && exists("kept"));
}
END_TEST

/* From here on, what takes room on a disk fails as on a full one. */
static void fill_disk(void)
{
	static const int calls[] = {
		SCMP_SYS(rename), SCMP_SYS(renameat), SCMP_SYS(renameat2), SCMP_SYS(mkdir),
		SCMP_SYS(mkdirat), SCMP_SYS(link), SCMP_SYS(linkat), SCMP_SYS(symlinkat),
	};
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);

	for (size_t i = 0; i < ARRAY_SIZE(calls); i++)
		ck_assert(!seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSPC), calls[i], 0));
	ck_assert(!seccomp_load(filter));
	seccomp_release(filter);
}

/* Deeper than a path can be, on a disk that the VE has filled, with names that are no
 * text and with what a killed removal has left. */
START_TEST(deep)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY);

	for (int i = 0; i < 3000; i++) {
		int next;

		ck_assert(!mkdirat(fd, i ? "deeper" : "t", 0700));
		next = openat(fd, i ? "deeper" : "t", O_RDONLY | O_DIRECTORY);
		ck_assert(next >= 0 && !close(fd));
		fd = next;
		ck_assert(!mkdirat(fd, ".lifted-0", 0700) && !mkdirat(fd, ".lifted-0/x", 0700));
		ck_assert(!mkdirat(fd, "\xff\n\033[2J", 0) && !symlinkat("..", fd, "l"));
	}
	close(fd);
	fill_disk();
	ck_assert_int_eq(remove_below("t"), 0);
	ck_assert(!exists("t"));
}
END_TEST

/* How often a directory is read from its start, which has its "."; and where a file system would
 * go on that knows of no place before. */
static ino_t counted;
static unsigned int starts, seeks;
static enum { AS_ASKED, TO_END, PAST_ONE } seek_goes;

struct dirent *__real_readdir(DIR *stream);
struct dirent *__wrap_readdir(DIR *stream);
void __real_seekdir(DIR *stream, long at);
void __wrap_seekdir(DIR *stream, long at);

struct dirent *__wrap_readdir(DIR *stream)
{
	struct dirent *entry = __real_readdir(stream);

	starts += counted && entry && entry->d_ino == counted && !strcmp(entry->d_name, ".");
	return entry;
}

void __wrap_seekdir(DIR *stream, long at)
{
	seeks++;
	__real_seekdir(stream, at);
	while (seek_goes == TO_END && __real_readdir(stream))
		;
	if (seek_goes == PAST_ONE)
		__real_readdir(stream);
}

#define CHAIN 40	/* more than stay open */

/* @n chains in one directory, each deeper than that stays open. */
static void make_chains(const char *name, int n)
{
	char path[512];
	struct stat st;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	ck_assert(!mkdir(path, 0700) && !stat(path, &st));
	counted = st.st_ino;
	starts = seeks = 0;
	for (int i = 0; i < n; i++) {
		size_t len = snprintf(path, sizeof(path), "%s/%s/%d", dir, name, i);

		for (int depth = 0; depth < CHAIN; depth++) {
			ck_assert(!mkdir(path, 0700));
			strcpy(path + len, "/d");
			len += 2;
		}
	}
}

/* With the second of these it is not at the top, and is itself one that is opened anew. */
START_TEST(wide)
{
	char from[512], to[512];
	struct stat st;

	make_chains("t", 200);
	if (_i) {
		make_chains("u", 1);
		snprintf(from, sizeof(from), "%s/t", dir);
		snprintf(to, sizeof(to), "%s/u/0/d/d/t", dir);
		ck_assert(!rename(from, to) && !stat(to, &st));
		counted = st.st_ino;
	}
	ck_assert_int_eq(remove_below(_i ? "u" : "t"), 0);
	ck_assert(!exists("t") && !exists("u"));
	/* And once more at its end. */
	ck_assert_uint_ge(starts, 1);
	ck_assert_uint_le(starts, 2);
	ck_assert_uint_ge(seeks, 200);
}
END_TEST

/* Nothing is left out, and it comes to an end, where the place leads elsewhere. */
START_TEST(wide_misled)
{
	make_chains("t", 50);
	seek_goes = _i;
	ck_assert_int_eq(remove_below("t"), 0);
	ck_assert(!exists("t") && seeks);
}
END_TEST

static int steps;

static bool some_steps(void)
{
	return steps-- > 0;
}

/* As often as it takes, and without a line. */
START_TEST(bit_by_bit)
{
	cleanup_free char *lines = NULL;
	cleanup_close int fd = -1;
	int r, calls = 0;

	make_chains("t", 10);
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	errors_begin();
	do {
		steps = 5 * CHAIN;	/* 3 for each that is gone into */
		r = tree_remove_while(fd, dir, "t", some_steps);
		ck_assert_int_eq(exists("t"), r == -1);
	} while (r == -1 && ++calls < 100);
	lines = errors_end();
	ck_assert_str_eq(lines, "");
	ck_assert_int_eq(r, 0);
	ck_assert_int_ge(calls, 3);
}
END_TEST

START_TEST(replace)
{
	cleanup_free char *text = NULL;

	ck_assert_int_eq(file_replace(dir, "f", 0600, "one", 3), 0);
	ck_assert_int_eq(file_replace(dir, "f", 0600, "two\n", 4), 0);
	text = read_text(dir, "f");
	ck_assert_str_eq(text, "two\n");
	ck_assert(!exists(".f.tmp"));
	errors_begin();
	ck_assert_int_ne(file_replace("/nonexistent", "f", 0600, "x", 1), 0);
	expect_line(errors_end(), "open /nonexistent");
}
END_TEST

/* One line, of what was to be done. */
START_TEST(read_only)
{
	char want[400];

	if (geteuid())
		return;
	ck_assert(!unshare(CLONE_NEWNS) && !mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
	ck_assert(!mount("none", dir, "tmpfs", 0, NULL));
	snprintf(want, sizeof(want), "%s/conf", dir);
	ck_assert(!mkdir(want, 0755));
	write_text(want, "102.conf", "");
	ck_assert(!mount(NULL, dir, NULL, MS_REMOUNT | MS_RDONLY, NULL));
	errors_begin();
	ck_assert_int_ne(file_replace(want, "101.conf", 0600, "x", 1), 0);
	strcat(want, "/101.conf: Read-only");
	expect_line(errors_end(), want);
	config_set_dir(dir);
	ck_assert_int_eq(config_remove(101), 0);
	errors_begin();
	ck_assert_int_ne(config_remove(102), 0);
	expect_line(errors_end(), "102.conf: Read-only");
	ck_assert(!umount(dir));
}
END_TEST

Suite *tree_suite(void)
{
	Suite *suite = suite_create("tree");
	TCase *tcase = tcase_create("tree");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, simple);
	tcase_add_test(tcase, link_at_top);
	tcase_add_test(tcase, deep);
	tcase_add_loop_test(tcase, wide, 0, 2);
	tcase_add_loop_test(tcase, wide_misled, TO_END, PAST_ONE + 1);
	tcase_add_test(tcase, bit_by_bit);
	tcase_add_test(tcase, replace);
	tcase_add_test(tcase, read_only);
	suite_add_tcase(suite, tcase);
	return suite;
}
