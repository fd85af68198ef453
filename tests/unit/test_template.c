// SPDX-License-Identifier: GPL-2.0-or-later
/* Templates from archives and directories that are built here come through whole. */
#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>

#include "template.h"
#include "template/archive.h"
#include "template/run.h"
#include "template/store.h"
#include "templates.h"

static void stat_in(const char *path, struct stat *st)
{
	char full[512];

	snprintf(full, sizeof(full), "%s/t/%s", template_store, path);
	ck_assert_msg(!lstat(full, st), "%s", full);
}

START_TEST(good)
{
	static const struct entry entries[] = {
		{ "./", AE_IFDIR, 0751, NULL, NULL },
		{ "sbin/", AE_IFDIR, 0755, NULL, NULL },
		{ "sbin/init", AE_IFREG, 04755, NULL, "#!/bin/sh\n" },
		{ "sbin/link", 0, 0, "sbin/init", NULL },
		{ "bin", AE_IFLNK, 0777, "/sbin", NULL },
		{ "out", AE_IFLNK, 0777, "../../../etc", NULL },
		{ "dev/", AE_IFDIR, 0755, NULL, NULL },
		{ "./dev/null", AE_IFCHR, 0666, NULL, NULL },
		{ "dev/sda", AE_IFBLK, 0660, NULL, NULL },
		{ "tmp", AE_IFDIR, 01777, NULL, NULL },
		{ "fifo", AE_IFIFO, 0600, NULL, NULL },
		{ "gr\xc3\xbcn", AE_IFREG, 0600, NULL, "x" },
		{ "a..b/..c", AE_IFREG, 0600, NULL, "x" },
	};
	char path[512], value[8];
	struct stat st;

	write_archive(entries, ARRAY_SIZE(entries));
	ck_assert_int_eq(template_imported("t", template_file), 0);
	ck_assert_int_eq(templates_stored(), 1);
	ck_assert(!stat(template_store, &st) && (st.st_mode & 07777) == 0700);
	stat_in(".", &st);
	ck_assert_uint_eq(st.st_mode & 07777, 0751);
	stat_in("sbin/init", &st);
	ck_assert(st.st_uid == 1234 && st.st_gid == 4321 && (st.st_mode & 07777) == 04755);
	ck_assert_uint_eq(st.st_nlink, 2);
	stat_in("tmp", &st);
	ck_assert_uint_eq(st.st_mode & 07777, 01777);
	stat_in("gr\xc3\xbcn", &st);
	stat_in("a..b/..c", &st);
	stat_in("fifo", &st);
	ck_assert(S_ISFIFO(st.st_mode));
	stat_in("dev", &st);
	snprintf(path, sizeof(path), "%s/t/dev/null", template_store);
	ck_assert(lstat(path, &st));
	snprintf(path, sizeof(path), "%s/t/sbin/init", template_store);
	/* Some file systems, like a tmpfs of old, have no user attributes. */
	if (!setxattr(path, "user.probe", "1", 1, 0))
		ck_assert_int_eq(getxattr(path, "user.kept", value, sizeof(value)), 1);
	ck_assert(getxattr(path, "user.overlay.opaque", value, sizeof(value)) < 0);
	ck_assert(getxattr(path, "trusted.overlay.redirect", value, sizeof(value)) < 0);
	errors_begin();
	ck_assert_int_eq(template_imported("t", template_file), EXIT_PRIVATE_EXISTS);
	expect_line(errors_end(), "template t: exists already");
	ck_assert_int_eq(store_delete("t"), 0);
	ck_assert_int_eq(templates_stored(), 0);
}
END_TEST

/* What README names, and what is packed in nothing. */
START_TEST(packed)
{
	static const int filters[] = {
		ARCHIVE_FILTER_NONE, ARCHIVE_FILTER_GZIP, ARCHIVE_FILTER_XZ, ARCHIVE_FILTER_ZSTD,
		ARCHIVE_FILTER_BZIP2,
	};
	static const struct entry entries[] = {
		{ "sbin/init", AE_IFREG, 0755, NULL, "#!/bin/sh\n" },
	};
	struct stat st;

	for (size_t i = 0; i < ARRAY_SIZE(filters); i++) {
		template_filter = filters[i];
		write_archive(entries, ARRAY_SIZE(entries));
		ck_assert_int_eq(template_imported("t", template_file), 0);
		stat_in("sbin/init", &st);
		ck_assert_uint_eq(st.st_size, 10);
		ck_assert_int_eq(store_delete("t"), 0);
		/* Cut off in its middle, each is refused. */
		ck_assert(!stat(template_file, &st) && !truncate(template_file, st.st_size / 2));
		errors_begin();
		ck_assert_int_ne(template_imported("t", template_file), 0);
		expect_line(errors_end(), template_file);
		ck_assert_int_eq(templates_stored(), 0);
	}
}
END_TEST

/* A program that we run ends with us, however we do. */
START_TEST(orphan)
{
	char script[900], *argv[] = { "sh", "-c", script, NULL };
	cleanup_free char *text = NULL;
	pid_t pid = fork(), program = 0;

	ck_assert_int_ge(pid, 0);
	snprintf(script, sizeof(script), "echo $$ >%s/x && mv %s/x %s/pid && exec sleep 60", template_home, template_home, template_home);
	if (!pid)
		_exit(run_program(argv, "sh"));
	snprintf(script, sizeof(script), "%s/pid", template_home);
	while (access(script, F_OK))
		usleep(1000);
	text = read_text(template_home, "pid");
	program = atoi(text);
	ck_assert_int_gt(program, 1);
	ck_assert(!kill(pid, SIGKILL) && waitpid(pid, NULL, 0) == pid);
	snprintf(script, sizeof(script), "/proc/%d/cwd/.", program);
	for (int i = 0; i < 2000 && !access(script, F_OK); i++)
		usleep(1000);
	ck_assert(access(script, F_OK));
}
END_TEST

/* Make the regular file "h" of a tar archive without compression a hard link to "a"
 * that comes with data. */
static void make_hard_link(char *tar, size_t size)
{
	for (char *h = tar; h + 512 <= tar + size; h += 512) {
		unsigned int sum = 0;

		if (strcmp(h, "h") || memcmp(h + 257, "ustar", 5))
			continue;
		h[156] = '1';
		strcpy(h + 157, "a");
		memset(h + 148, ' ', 8);
		for (int i = 0; i < 512; i++)
			sum += (unsigned char)h[i];
		snprintf(h + 148, 8, "%06o", sum);
		return;
	}
	ck_abort_msg("no such entry");
}

static void add_file(struct archive *a, const char *name, const char *xattr)
{
	struct archive_entry *e = archive_entry_new();

	archive_entry_set_pathname(e, name);
	archive_entry_set_filetype(e, AE_IFREG);
	archive_entry_set_perm(e, 0644);
	archive_entry_set_size(e, 1);
	if (xattr)
		archive_entry_xattr_add_entry(e, xattr, "/", 1);
	ck_assert_int_eq(archive_write_header(a, e), ARCHIVE_OK);
	ck_assert_int_eq(archive_write_data(a, "x", 1), 1);
	archive_entry_free(e);
}

/* What is one of what is left out is left out, too; but not of what came there later. */
START_TEST(links_to_left_out)
{
	static const struct entry entries[] = {
		{ "sbin/init", AE_IFREG, 0755, NULL, "x" },
		{ "dev/", AE_IFDIR, 0755, NULL, NULL },
		{ "./dev/null", AE_IFCHR, 0666, NULL, NULL },
		{ "dev/null2", 0, 0, "dev//null", NULL },
		{ "null3", 0, 0, "./dev/null2", NULL },
		{ "dev/nullx", 0, 0, "sbin/init", NULL },
		{ "dev/sda", AE_IFBLK, 0660, NULL, NULL },
		{ "sda", 0, 0, "dev/sda", NULL },
		{ "./dev/sda", AE_IFREG, 0600, NULL, "y" },
		{ "link", 0, 0, "dev/sda", NULL },
	};
	static const char *const absent[] = { "dev/null", "dev/null2", "null3", "sda" };
	char path[512];
	struct stat st;

	write_archive(entries, ARRAY_SIZE(entries));
	ck_assert_int_eq(template_imported("t", template_file), 0);
	for (size_t i = 0; i < ARRAY_SIZE(absent); i++) {
		snprintf(path, sizeof(path), "%s/t/%s", template_store, absent[i]);
		ck_assert_msg(lstat(path, &st), "%s", absent[i]);
	}
	stat_in("sbin/init", &st);
	ck_assert_uint_eq(st.st_nlink, 2);
	stat_in("link", &st);
	ck_assert(st.st_nlink == 2 && st.st_size == 1);
}
END_TEST

START_TEST(hard_link_with_data)
{
	cleanup_free char *tar = calloc(1, 65536);
	struct archive *a = archive_write_new();
	char path[512], value[8];
	size_t used;
	FILE *f;

	archive_write_set_format_pax(a);
	ck_assert_int_eq(archive_write_open_memory(a, tar, 65536, &used), ARCHIVE_OK);
	add_file(a, "a", NULL);
	add_file(a, "h", "trusted.overlay.redirect");
	ck_assert_int_eq(archive_write_close(a), ARCHIVE_OK);
	archive_write_free(a);
	make_hard_link(tar, used);
	f = fopen(template_file, "w");
	ck_assert(f && fwrite(tar, used, 1, f) == 1 && !fclose(f));
	ck_assert_int_eq(template_imported("t", template_file), 0);
	snprintf(path, sizeof(path), "%s/t/a", template_store);
	ck_assert(!setxattr(path, "trusted.probe", "1", 1, 0));
	ck_assert(getxattr(path, "trusted.overlay.redirect", value, sizeof(value)) < 0);
	ck_assert_int_eq(store_delete("t"), 0);
}
END_TEST

START_TEST(directory)
{
	char path[600], value[8];
	struct stat st;
	int fd;

	snprintf(path, sizeof(path), "%s/tree", template_home);
	ck_assert(!mkdir(path, 0755));
	write_text(path, "f", "x");
	snprintf(path, sizeof(path), "%s/tree/f", template_home);
	ck_assert(!chown(path, 55, 66) && !chmod(path, 02750));
	ck_assert(!setxattr(path, "security.capability", "\1\0\0\2\0\x20\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20, 0));
	snprintf(path, sizeof(path), "%s/tree/holes", template_home);
	fd = open(path, O_WRONLY | O_CREAT, 0600);
	ck_assert(fd >= 0 && pwrite(fd, "x", 1, 50 << 20) == 1 && !ftruncate(fd, 60 << 20) && !close(fd));
	snprintf(path, sizeof(path), "%s/tree", template_home);
	errors_begin();
	ck_assert_int_eq(template_imported("t", path), 0);
	expect_line(errors_end(), "template t: there is no /sbin/init");
	stat_in("f", &st);
	ck_assert(st.st_uid == 55 && st.st_gid == 66 && (st.st_mode & 07777) == 02750);
	snprintf(path, sizeof(path), "%s/t/f", template_store);
	ck_assert_int_eq(getxattr(path, "security.capability", value, 0), 20);
	stat_in("holes", &st);
	ck_assert(st.st_size == 60 << 20 && st.st_blocks < 1000);
	snprintf(path, sizeof(path), "%s/t/holes", template_store);
	fd = open(path, O_RDONLY);
	ck_assert(fd >= 0 && pread(fd, value, 3, (50 << 20) - 1) == 3 && !memcmp(value, "\0x", 3) && !close(fd));
}
END_TEST

/* Whoever can write to the tree puts a link where a file was, and the file back, all the time. */
START_TEST(directory_that_changes)
{
	char path[600], file[600], link[600], text[8];
	int fd, secrets = 0;
	pid_t pid;

	snprintf(path, sizeof(path), "%s/tree", template_home);
	ck_assert(!mkdir(path, 0755));
	write_text(path, "f", "plain");
	write_text(template_home, "secret", "secret");
	snprintf(file, sizeof(file), "%s/tree/f", template_home);
	snprintf(link, sizeof(link), "%s/tree/l", template_home);
	ck_assert(!symlink("../secret", link));
	pid = fork();
	while (!pid)
		renameat2(AT_FDCWD, file, AT_FDCWD, link, RENAME_EXCHANGE);
	errors_begin();
	for (int i = 0; i < 100; i++) {
		if (template_imported("t", path))
			continue;
		for (int j = 0; j < 2; j++) {
			snprintf(file, sizeof(file), "%s/t/%s", template_store, j ? "f" : "l");
			fd = open(file, O_RDONLY | O_NOFOLLOW);
			secrets += fd >= 0 && read(fd, text, 5) == 5 && memcmp(text, "plain", 5);
			close(fd);
		}
		ck_assert_int_eq(store_delete("t"), 0);
	}
	free(errors_end());
	kill(pid, SIGKILL);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	ck_assert_int_eq(secrets, 0);
	ck_assert_int_eq(templates_stored(), 0);
}
END_TEST

/* What is mounted in a directory is told, not taken. */
START_TEST(directory_with_mounts)
{
	static const char *const made[] = { "tree", "tree/boot", "tree/var", "tree/sbin" };
	char path[600];
	struct stat st;

	ck_assert(!unshare(CLONE_NEWNS) && !mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
	for (size_t i = 0; i < ARRAY_SIZE(made); i++) {
		snprintf(path, sizeof(path), "%s/%s", template_home, made[i]);
		ck_assert(!mkdir(path, 0755));
	}
	write_text(path, "init", "x");
	snprintf(path, sizeof(path), "%s/tree/sbin/init", template_home);
	ck_assert(!chmod(path, 0755));
	snprintf(path, sizeof(path), "%s/tree/boot", template_home);
	ck_assert(!mount("none", path, "tmpfs", 0, NULL));
	write_text(path, "kernel", "x");
	snprintf(path, sizeof(path), "%s/tree", template_home);
	errors_begin();
	ck_assert_int_eq(template_imported("t", path), 0);
	expect_line(errors_end(), "template t: ./boot is another file system: left out");
	stat_in("boot", &st);
	ck_assert(S_ISDIR(st.st_mode));
	snprintf(path, sizeof(path), "%s/t/boot/kernel", template_store);
	ck_assert(access(path, F_OK));
	snprintf(path, sizeof(path), "%s/tree/boot", template_home);
	ck_assert(!umount(path));
}
END_TEST

/* By the command itself: what is no error is left out, an error is not. */
START_TEST(quietly)
{
	static const struct entry entries[] = { { "etc", AE_IFDIR, 0755, NULL, NULL } };
	char *const argv[] = { "vzlite", _i ? "--quiet" : "--verbose", "template", "import", "t", template_file, NULL };
	char *text;
	pid_t pid;

	write_archive(entries, 1);
	ck_assert(!unshare(CLONE_NEWNS) && !mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
	ck_assert(!mount("none", "/var/lib", "tmpfs", 0, NULL));
	for (int status = 0, i = 0; i < 2; i++) {
		errors_begin();
		pid = fork();
		if (!pid)
			_exit(execv(BUILT "/vzlite", argv));
		ck_assert(waitpid(pid, &status, 0) == pid && WIFEXITED(status));
		ck_assert_int_eq(WEXITSTATUS(status), i ? EXIT_PRIVATE_EXISTS : 0);
		text = errors_end();
		if (!i && _i)
			ck_assert_str_eq(text, "");
		else
			expect_line(steal_ptr(text), i ? "exists already" : "there is no /sbin/init");
		free(text);
	}
	ck_assert(!umount("/var/lib"));
}
END_TEST

START_TEST(store_of_templates)
{
	static const struct entry entries[] = { { "sbin/init", AE_IFREG, 0755, NULL, "x" } };
	struct stored *list;
	char path[400];
	size_t n;
	int fd, status, unread;

	write_archive(entries, 1);
	ck_assert(!mkdir(template_store, 0755));
	/* What a killed maker has left goes with the next one. */
	snprintf(path, sizeof(path), "%s/.making-old.AbCdEf", template_store);
	ck_assert(!mkdir(path, 0700));
	write_text(path, "f", "x");
	snprintf(path, sizeof(path), "%s/.deleting-old.123", template_store);
	ck_assert(!mkdir(path, 0700));
	/* What somebody else keeps there does not. */
	snprintf(path, sizeof(path), "%s/.snapshots", template_store);
	ck_assert(!mkdir(path, 0700));
	ck_assert_int_eq(template_imported("t", template_file), 0);
	ck_assert_int_eq(template_imported("s", template_file), 0);
	ck_assert_int_eq(templates_stored(), 3);
	snprintf(path, sizeof(path), "%s/conf", template_home);
	ck_assert(!mkdir(path, 0755));
	write_text(path, "101.conf", "OSTEMPLATE=\"t\"\n");
	write_text(path, "102.conf", "OSTEMPLATE=\"t\"\nVE_LAYOUT=\"dir\"\n");
	write_text(path, "103.conf", "OSTEMPLATE=\"t\"\nVE_LAYOUT=\"overlay\"\n");
	ck_assert_int_eq(store_list(&list, &n, &unread), 0);
	ck_assert_int_eq(unread, 0);
	ck_assert_uint_eq(n, 2);
	ck_assert_str_eq(list[0].name, "s");
	ck_assert(list[0].ves == 0 && list[1].ves == 3 && list[1].date > 0);
	store_list_free(list, n);
	errors_begin();
	status = store_delete("t");
	expect_line(errors_end(), "template t: VEs use its files: 101, 103");
	ck_assert_int_eq(status, EXIT_DELETE_FAILED);
	write_text(path, "101.conf", "NUMPROC=\"x\"\nOSTEMPLATE=\"t\"\n");
	errors_begin();
	ck_assert_int_ne(store_delete("s"), 0);
	expect_line(errors_end(), "101.conf:1");
	/* What it is of is not known: the others are counted all the same. */
	errors_begin();
	ck_assert_int_eq(store_list(&list, &n, &unread), 0);
	expect_line(errors_end(), "101.conf:1");
	ck_assert_int_eq(unread, EXIT_BAD_VALUE);
	ck_assert(n == 2 && list[1].ves == 2);
	store_list_free(list, n);
	write_text(path, "101.conf", "");
	write_text(path, "103.conf", "");
	/* A VE is being made of it. */
	ck_assert_int_eq(template_open("t", &fd), 0);
	errors_begin();
	status = store_delete("t");
	expect_line(errors_end(), "a VE is being made of it");
	ck_assert_int_eq(status, EXIT_LOCKED);
	close(fd);
	ck_assert_int_eq(store_delete("t"), 0);
	errors_begin();
	ck_assert_int_eq(store_delete("t"), EXIT_NO_TEMPLATE);
	expect_line(errors_end(), "template t: there is none");
	errors_begin();
	ck_assert_int_eq(template_open("t", &fd), EXIT_NO_TEMPLATE);
	expect_line(errors_end(), "template t: there is none");
}
END_TEST

Suite *template_suite(void)
{
	Suite *suite = suite_create("template");
	TCase *tcase = templates_case(suite);

	if (!tcase)
		return suite;
	tcase_add_test(tcase, good);
	tcase_add_test(tcase, packed);
	tcase_add_test(tcase, links_to_left_out);
	tcase_add_test(tcase, hard_link_with_data);
	tcase_add_test(tcase, orphan);
	tcase_add_test(tcase, directory);
	tcase_add_test(tcase, directory_that_changes);
	tcase_add_test(tcase, directory_with_mounts);
	tcase_add_loop_test(tcase, quietly, 0, 2);
	tcase_add_test(tcase, store_of_templates);
	return suite;
}
