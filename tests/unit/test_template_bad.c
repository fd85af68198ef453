// SPDX-License-Identifier: GPL-2.0-or-later
/* Bad archives are refused, and leave nothing. */
#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "private.h"
#include "template.h"
#include "template/store.h"
#include "templates.h"

/* The first entries are good: they must be gone as well. */
static const struct {
	struct entry entry[2];
	const char *reason;
} hostile[] = {
	{ { { "/etc/evil", AE_IFREG, 0644, NULL, "x" } }, "entry /etc/evil: absolute path" },
	{ { { "../evil", AE_IFREG, 0644, NULL, "x" } }, "entry ../evil: \"..\"" },
	{ { { "a/../../evil", AE_IFREG, 0644, NULL, "x" } }, "\"..\" in its path" },
	{ { { "a/..", AE_IFDIR, 0755, NULL, NULL } }, "\"..\" in its path" },
	{ { { "h", 0, 0, "/etc/passwd", NULL } }, "hard link to a path that leads outside" },
	{ { { "h", 0, 0, "../../etc/passwd", NULL } }, "hard link to a path that leads outside" },
	{ { { "l", AE_IFLNK, 0777, "/tmp", NULL }, { "l/evil", AE_IFREG, 0644, NULL, "x" } }, "l/evil" },
	{ { { "l", AE_IFLNK, 0777, "..", NULL }, { "l/evil", AE_IFREG, 0644, NULL, "x" } }, "l/evil" },
	{ { { "l", AE_IFLNK, 0777, "/etc", NULL }, { "h", 0, 0, "l/passwd", NULL } }, "write h" },
	{ { { "null", AE_IFCHR, 0666, NULL, NULL } }, "entry null: is a device" },
	{ { { "devil/x", AE_IFBLK, 0666, NULL, NULL } }, "entry devil/x: is a device" },
	{ { { "root/dev/x", AE_IFCHR, 0666, NULL, NULL } }, "entry root/dev/x: is a device" },
};

START_TEST(refused)
{
	const struct entry entries[] = {
		{ "sbin/", AE_IFDIR, 0755, NULL, NULL },
		{ "sbin/init", AE_IFREG, 0755, NULL, "x" },
		hostile[_i].entry[0], hostile[_i].entry[1],
	};

	write_archive(entries, ARRAY_SIZE(entries));
	import_refused(template_file, EXIT_CREATE_FAILED, hostile[_i].reason);
}
END_TEST

/* 300 KB that do not compress, so that a cut is felt anywhere. */
static char *noise(void)
{
	char *data = malloc(300001);
	uint32_t x = 1;

	for (int i = 0; i < 300000; i++) {
		x = x * 1664525 + 1013904223;
		data[i] = 'a' + (x >> 24) % 26;
	}
	data[300000] = '\0';
	return data;
}

START_TEST(cut)
{
	char *data = noise();
	const struct entry entries[] = {
		{ "sbin/", AE_IFDIR, 0755, NULL, NULL },
		{ "sbin/init", AE_IFREG, 0755, NULL, data },
	};
	struct stat st;

	write_archive(entries, ARRAY_SIZE(entries));
	ck_assert(!stat(template_file, &st));
	for (off_t size = 0; size < st.st_size; size = size * 3 + 40) {
		write_archive(entries, ARRAY_SIZE(entries));
		ck_assert(!truncate(template_file, size));
		import_refused(template_file, EXIT_CREATE_FAILED, "template: ");
	}
	free(data);
	write_text(template_home, "a.tar", "no archive at all");
	import_refused(template_file, EXIT_CREATE_FAILED, "read");
	ck_assert(!truncate(template_file, 0));
	import_refused(template_file, EXIT_CREATE_FAILED, "Unrecognized archive format");
	snprintf(template_file, sizeof(template_file), "%s/absent", template_home);
	import_refused(template_file, EXIT_SYSTEM, "open");
}
END_TEST

/* A plain tar cut between two entries reads well, but for its missing end. */
START_TEST(cut_at_boundary)
{
	struct archive *a = archive_write_new();
	struct archive_entry *e = archive_entry_new();

	archive_write_set_format_ustar(a);
	archive_write_set_bytes_in_last_block(a, 1);
	ck_assert_int_eq(archive_write_open_filename(a, template_file), ARCHIVE_OK);
	archive_entry_set_pathname(e, "etc");
	archive_entry_set_filetype(e, AE_IFDIR);
	archive_entry_set_perm(e, 0755);
	ck_assert_int_eq(archive_write_header(a, e), ARCHIVE_OK);
	archive_entry_free(e);
	archive_write_close(a);
	archive_free(a);
	ck_assert(!truncate(template_file, 512));
	import_refused(template_file, EXIT_CREATE_FAILED, "end mark");
}
END_TEST

START_TEST(damaged_between)
{
	static const struct entry entries[] = {
		{ "sbin/", AE_IFDIR, 0755, NULL, NULL },
		{ "sbin/init", AE_IFREG, 0755, NULL, "x" },
		{ "etc/", AE_IFDIR, 0755, NULL, NULL },
	};
	int fd;

	template_filter = ARCHIVE_FILTER_NONE;
	write_archive(entries, ARRAY_SIZE(entries));
	fd = open(template_file, O_WRONLY | O_CLOEXEC);
	ck_assert(fd >= 0 && pwrite(fd, "\377\377\377", 3, 512 + 10) == 3 && !close(fd));
	import_refused(template_file, EXIT_CREATE_FAILED, "a.tar: Damaged tar archive");
}
END_TEST

/* What the sum of all is for: the archive in it reads well. From the end: gzip's, bzip2's, xz's. */
static const struct {
	int filter, from_end;
} sums[] = {
	{ ARCHIVE_FILTER_GZIP, 8 }, { ARCHIVE_FILTER_GZIP, 4 },
	{ ARCHIVE_FILTER_BZIP2, 4 }, { ARCHIVE_FILTER_XZ, 12 },
};

START_TEST(wrong_sum)
{
	static const struct entry entries[] = {
		{ "sbin/", AE_IFDIR, 0755, NULL, NULL },
		{ "sbin/init", AE_IFREG, 0755, NULL, "x" },
	};
	unsigned char byte;
	struct stat st;
	int fd;

	template_filter = sums[_i].filter;
	write_archive(entries, ARRAY_SIZE(entries));
	fd = open(template_file, O_RDWR | O_CLOEXEC);
	ck_assert(fd >= 0 && !fstat(fd, &st) && pread(fd, &byte, 1, st.st_size - sums[_i].from_end) == 1);
	byte ^= 1;
	ck_assert(pwrite(fd, &byte, 1, st.st_size - sums[_i].from_end) == 1 && !close(fd));
	import_refused(template_file, EXIT_CREATE_FAILED, "template: read ");
}
END_TEST

START_TEST(disk_full)
{
	char *data = noise();
	const struct entry entries[] = { { "data", AE_IFREG, 0644, NULL, data } };

	write_archive(entries, ARRAY_SIZE(entries));
	free(data);
	ck_assert(!mkdir(template_store, 0700));
	ck_assert(!unshare(CLONE_NEWNS) && !mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
	ck_assert(!mount("none", template_store, "tmpfs", 0, "size=100k"));
	import_refused(template_file, EXIT_DISK_FULL, "No space left");
	ck_assert(!chdir("/") && !umount(template_store));
}
END_TEST

/* A FIFO that stalls: by the command itself, which a signal ends. */
START_TEST(interrupted)
{
	char *const argv[] = { "vzlite", "template", "import", "t", template_file, NULL };
	int fd, status = -1;
	pid_t pid;

	ck_assert(!unshare(CLONE_NEWNS) && !mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
	ck_assert(!mount("none", "/var/lib", "tmpfs", 0, NULL));
	ck_assert(!mkfifo(template_file, 0600));
	fd = open(template_file, O_RDWR | O_CLOEXEC);
	ck_assert(fd >= 0);
	errors_begin();
	pid = fork();
	if (!pid)
		_exit(execv(BUILT "/vzlite", argv));
	/* Until it has made its draft, and reads. */
	while (access("/var/lib/vzlite/template", F_OK))
		usleep(1000);
	for (int i = 0; i < 1000 && !waitpid(pid, &status, WNOHANG); i++) {
		kill(pid, SIGTERM);
		usleep(10000);
	}
	if (status < 0)
		kill(pid, SIGKILL);
	expect_line(errors_end(), "a.tar: interrupted");
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == EXIT_CREATE_FAILED);
	close(fd);
	ck_assert(!umount("/var/lib"));
}
END_TEST

#define IS_LINK "is a symbolic link: mount or bind-mount the disk there"

/* All commands say the same of it. */
START_TEST(store_is_a_link)
{
	static const struct entry entries[] = { { "sbin/init", AE_IFREG, 0755, NULL, "x" } };
	struct stored *list;
	int fd, status, unread;
	size_t n;

	write_archive(entries, 1);
	ck_assert(!symlink(_i ? template_home : "/nonexistent", template_store));
	errors_begin();
	ck_assert_int_eq(template_imported("t", template_file), EXIT_SYSTEM);
	expect_line(errors_end(), IS_LINK);
	errors_begin();
	status = store_list(&list, &n, &unread);
	expect_line(errors_end(), IS_LINK);
	ck_assert_int_eq(status, EXIT_SYSTEM);
	errors_begin();
	ck_assert_int_eq(store_delete("t"), EXIT_SYSTEM);
	expect_line(errors_end(), IS_LINK);
	errors_begin();
	ck_assert_int_eq(template_open("t", &fd), EXIT_SYSTEM);
	expect_line(errors_end(), IS_LINK);
	ck_assert(!unlink(template_store));
}
END_TEST

/* What create asks in turn. */
START_TEST(area_is_a_link)
{
	struct config c = { .ctid = 101 };

	ck_assert(!unshare(CLONE_NEWNS) && !mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
	ck_assert(!mount("none", "/var/lib", "tmpfs", 0, NULL));
	ck_assert(!mkdir(VZLITE_STATEDIR, 0755) && !symlink(template_home, VZLITE_PRIVATEDIR));
	errors_begin();
	private_sweep(101);
	ck_assert(!private_exists(101));
	ck_assert_int_eq(private_build(&c, -1), EXIT_SYSTEM);
	expect_line(errors_end(), "unit: /var/lib/vzlite/private " IS_LINK);
	errors_begin();
	ck_assert_int_eq(private_settle(101, false), EXIT_SYSTEM);
	expect_line(errors_end(), IS_LINK);
	ck_assert(!umount("/var/lib"));
}
END_TEST

Suite *template_bad_suite(void)
{
	Suite *suite = suite_create("bad templates");
	TCase *tcase = templates_case(suite);

	if (!tcase)
		return suite;
	tcase_add_loop_test(tcase, refused, 0, ARRAY_SIZE(hostile));
	tcase_add_test(tcase, cut);
	tcase_add_test(tcase, cut_at_boundary);
	tcase_add_test(tcase, damaged_between);
	tcase_add_loop_test(tcase, wrong_sum, 0, ARRAY_SIZE(sums));
	tcase_add_test(tcase, interrupted);
	tcase_add_test(tcase, disk_full);
	tcase_add_loop_test(tcase, store_is_a_link, 0, 2);
	tcase_add_test(tcase, area_is_a_link);
	return suite;
}
