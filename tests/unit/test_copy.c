// SPDX-License-Identifier: GPL-2.0-or-later
/* Copying a tree, as `create --layout dir` does with a template. */
#include <fcntl.h>
#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "copy.h"
#include "unit.h"

static char dir[256];

static void setup(void)
{
	scratch_make(dir);
	ck_assert_int_eq(chdir(dir), 0);
	ck_assert_int_eq(mkdir("from", 0755), 0);
}

static void teardown(void)
{
	ck_assert_int_eq(chdir("/"), 0);
	scratch_remove(dir);
}

static void copy(void)
{
	int from = open("from", O_RDONLY | O_DIRECTORY), to = open(".", O_RDONLY | O_DIRECTORY);

	ck_assert(from >= 0 && to >= 0);
	ck_assert_int_eq(tree_copy(from, to, "to", dir), 0);
	close(from);
	close(to);
}

static struct stat look(const char *path)
{
	struct stat st;

	ck_assert_msg(!lstat(path, &st), "%s", path);
	return st;
}

/* u::rw-,u:1000:rw-,g::---,m::rw-,o::--- */
static const struct {
	struct posix_acl_xattr_header header;
	struct posix_acl_xattr_entry items[5];
} fifo_acl = {
	{ POSIX_ACL_XATTR_VERSION },
	{ { ACL_USER_OBJ, 6, ACL_UNDEFINED_ID }, { ACL_USER, 6, 1000 }, { ACL_GROUP_OBJ, 0, ACL_UNDEFINED_ID },
	  { ACL_MASK, 6, ACL_UNDEFINED_ID }, { ACL_OTHER, 0, ACL_UNDEFINED_ID } },
};

START_TEST(attributes)
{
	const struct timespec times[2] = { { 1000, 5 }, { 2000, 7 } };
	char value[16], got[sizeof(fifo_acl) + 1];

	write_text("from", "file", "text");
	ck_assert_int_eq(mkdir("from/sub", 01750), 0);
	ck_assert_int_eq(chmod("from/sub", 01750), 0);
	ck_assert_int_eq(chmod("from/file", 04711), 0);
	ck_assert_int_eq(utimensat(AT_FDCWD, "from/file", times, 0), 0);
	ck_assert_int_eq(symlink("/etc/../nowhere", "from/sub/link"), 0);
	ck_assert_int_eq(mkfifo("from/fifo", 0600), 0);
	/* tmpfs of old kernels knows no attributes of users. */
	bool xattr = !setxattr("from/file", "user.note", "hello", 5, 0);
	/* Only root sets those of a link; ACLs are not known to all file systems. */
	bool trusted = !lsetxattr("from/sub/link", "trusted.note", "world", 5, 0);
	bool acl = !setxattr("from/fifo", "system.posix_acl_access", &fifo_acl, sizeof(fifo_acl), 0);

	copy();
	ck_assert_int_eq(look("to/file").st_mode, S_IFREG | 04711);
	ck_assert_int_eq(look("to/file").st_mtim.tv_sec, 2000);
	ck_assert_int_eq(look("to/file").st_mtim.tv_nsec, 7);
	ck_assert_int_eq(look("to/sub").st_mode, S_IFDIR | 01750);
	ck_assert_int_eq(look("to/fifo").st_mode, look("from/fifo").st_mode);
	ck_assert_int_eq(readlink("to/sub/link", value, sizeof(value)), 15);
	ck_assert(!memcmp(value, "/etc/../nowhere", 15));
	ck_assert(!xattr || getxattr("to/file", "user.note", value, sizeof(value)) == 5);
	ck_assert(!trusted || lgetxattr("to/sub/link", "trusted.note", value, sizeof(value)) == 5);
	ck_assert(!acl || getxattr("to/fifo", "system.posix_acl_access", got, sizeof(got)) == sizeof(fifo_acl));
	ck_assert(!acl || !memcmp(got, &fifo_acl, sizeof(fifo_acl)));
}
END_TEST

START_TEST(links)
{
	write_text("from", "a", "text");
	ck_assert_int_eq(mkdir("from/sub", 0755), 0);
	ck_assert_int_eq(link("from/a", "from/sub/b"), 0);
	ck_assert_int_eq(link("from/a", "from/c"), 0);
	copy();
	ck_assert_int_eq(look("to/a").st_nlink, 3);
	ck_assert_int_eq(look("to/a").st_ino, look("to/sub/b").st_ino);
	ck_assert_int_eq(look("to/a").st_ino, look("to/c").st_ino);
	ck_assert_int_ne(look("to/a").st_ino, look("from/a").st_ino);
}
END_TEST

START_TEST(holes)
{
	int fd = open("from/sparse", O_RDWR | O_CREAT, 0600);
	char byte;

	ck_assert_int_eq(pwrite(fd, "x", 1, 10 << 20), 1);
	ck_assert_int_eq(ftruncate(fd, 50 << 20), 0);
	close(fd);
	copy();
	ck_assert_int_eq(look("to/sparse").st_size, 50 << 20);
	ck_assert_int_lt(look("to/sparse").st_blocks, 2048);
	fd = open("to/sparse", O_RDONLY);
	ck_assert_int_eq(pread(fd, &byte, 1, 10 << 20), 1);
	ck_assert_int_eq(byte, 'x');
	close(fd);
}
END_TEST

START_TEST(no_devices)
{
	struct stat st;

	if (mknod("from/null", S_IFCHR | 0666, 0x103))
		return;		/* not root: there is none to copy */
	write_text("from", "file", "text");
	copy();
	ck_assert_int_ne(lstat("to/null", &st), 0);
	look("to/file");
}
END_TEST

START_TEST(whiteouts)
{
	/* Anybody may make one. */
	ck_assert_int_eq(mknod("from/gone", S_IFCHR, 0), 0);
	/* It hides what the lower layer has by that name, too. */
	ck_assert_int_eq(mknod("from/socket", S_IFSOCK | 0755, 0), 0);
	copy();
	ck_assert_int_eq(look("to/gone").st_mode & S_IFMT, S_IFCHR);
	ck_assert_int_eq(look("to/gone").st_rdev, 0);
	ck_assert_int_eq(look("to/socket").st_mode, S_IFSOCK | 0755);
}
END_TEST

#define DEEP 3000
#define LONG "a-name-that-makes-paths-longer-than-any-call-takes"

/* Down in @top, to where the deepest is. */
static int deep(const char *top, bool make)
{
	int fd = open(top, O_RDONLY | O_DIRECTORY);

	for (int i = 0; i < DEEP; i++) {
		int below;

		ck_assert(!make || !mkdirat(fd, LONG, i % 2 ? 0705 : 0700));
		below = openat(fd, LONG, O_RDONLY | O_DIRECTORY);
		ck_assert_msg(below >= 0, "%d", i);
		close(fd);
		fd = below;
	}
	return fd;
}

static ino_t inode_in(int dirfd, const char *name)
{
	struct stat st;

	ck_assert_msg(!fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW), "%s", name);
	ck_assert_uint_eq(st.st_nlink, 5);
	return st.st_ino;
}

/* And wide: what comes behind is copied, too. */
START_TEST(depth)
{
	struct stat st;
	char name[32];
	int fd = deep("from", true);
	ino_t inode;

	for (int i = 0; i < 300; i++) {
		snprintf(name, sizeof(name), "d%d", i);
		ck_assert(!mkdirat(fd, name, 0755));
	}
	ck_assert(!mknodat(fd, "file", S_IFREG | 0600, 0) && !linkat(fd, "file", fd, "d7/again", 0));
	ck_assert(!linkat(fd, "file", fd, "d299/again", 0) && !linkat(fd, "file", AT_FDCWD, "from/again", 0));
	ck_assert(!mkdir("from/behind", 0700) && !linkat(fd, "file", AT_FDCWD, "from/behind/again", 0));
	close(fd);
	copy();
	fd = deep("to", false);
	ck_assert(!fstat(fd, &st) && (st.st_mode & 07777) == 0705);
	inode = inode_in(fd, "file");
	ck_assert_uint_eq(inode_in(fd, "d7/again"), inode);
	ck_assert_uint_eq(inode_in(fd, "d299/again"), inode);
	ck_assert_uint_eq(inode_in(AT_FDCWD, "to/again"), inode);
	ck_assert_uint_eq(inode_in(AT_FDCWD, "to/behind/again"), inode);
	ck_assert_int_eq(fstatat(fd, ".", &st, 0), 0);
	ck_assert_uint_eq(st.st_nlink, look("from").st_nlink == 1 ? 1 : 302);
	close(fd);
}
END_TEST

/* Of a path that is too long for a line its end is told. */
START_TEST(told)
{
	int from, to, fd;
	char *line;

	ck_assert(!unshare(CLONE_NEWNS) && !mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) && !chdir(dir));
	fd = deep("from", true);
	ck_assert(!mkdirat(fd, "mounted", 0700) && !fchdir(fd) && !mount("none", "mounted", "tmpfs", 0, NULL));
	ck_assert(!chdir(dir));
	from = open("from", O_RDONLY | O_DIRECTORY);
	to = open(".", O_RDONLY | O_DIRECTORY);
	errors_begin();
	ck_assert_int_ne(tree_copy(from, to, "to", "top"), 0);
	line = errors_end();
	ck_assert_int_lt(strlen(line), 520);
	ck_assert_ptr_nonnull(strstr(line, "what is mounted on the original of top.../" LONG "/"));
	expect_line(line, "/mounted: Device or resource busy");
	ck_assert(!fchdir(fd) && !umount("mounted") && !chdir(dir));
	close(from);
	close(to);
	close(fd);
}
END_TEST

Suite *copy_suite(void)
{
	Suite *suite = suite_create("copy");
	TCase *tcase = tcase_create("copy");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, attributes);
	tcase_add_test(tcase, links);
	tcase_add_test(tcase, holes);
	tcase_add_test(tcase, no_devices);
	tcase_add_test(tcase, whiteouts);
	tcase_add_test(tcase, depth);
	if (!geteuid())
		tcase_add_test(tcase, told);
	tcase_set_timeout(tcase, 30);
	suite_add_tcase(suite, tcase);
	return suite;
}
