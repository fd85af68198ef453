// SPDX-License-Identifier: GPL-2.0-or-later
/* ACLs of archives come through by number, or are refused. */
#include <archive.h>
#include <archive_entry.h>
#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "exitcode.h"
#include "templates.h"

#define ACCESS "system.posix_acl_access"
#define DEFAULT "system.posix_acl_default"

/* As the kernel has it. */
struct value {
	struct posix_acl_xattr_header header;
	struct posix_acl_xattr_entry items[5];
};

static const struct value good = {
	{ POSIX_ACL_XATTR_VERSION },
	{ { ACL_USER_OBJ, 6, ACL_UNDEFINED_ID }, { ACL_GROUP_OBJ, 4, ACL_UNDEFINED_ID },
	  { ACL_GROUP, 7, 2004 }, { ACL_MASK, 5, ACL_UNDEFINED_ID }, { ACL_OTHER, 0, ACL_UNDEFINED_ID } },
};

/* "d" and "d/f", with @value as the attribute of that name and what @name says of a group. */
static void write_acls(const struct value *value, size_t size, const char *name)
{
	static const char *const paths[] = { "d", "d/f" };
	struct archive *a = archive_write_new();

	archive_write_set_format_pax(a);
	ck_assert_int_eq(archive_write_open_filename(a, template_file), ARCHIVE_OK);
	for (int i = 0; i < 2; i++) {
		struct archive_entry *e = archive_entry_new();

		archive_entry_set_pathname(e, paths[i]);
		archive_entry_set_filetype(e, i ? AE_IFREG : AE_IFDIR);
		archive_entry_set_perm(e, 0650);
		if (value)
			archive_entry_xattr_add_entry(e, i ? ACCESS : DEFAULT, value, size);
		if (name) {
			archive_entry_acl_add_entry(e, ARCHIVE_ENTRY_ACL_TYPE_ACCESS, 5,
						    ARCHIVE_ENTRY_ACL_GROUP, -1, name);
			archive_entry_acl_add_entry(e, ARCHIVE_ENTRY_ACL_TYPE_ACCESS, 5,
						    ARCHIVE_ENTRY_ACL_MASK, -1, NULL);
		}
		ck_assert_int_eq(archive_write_header(a, e), ARCHIVE_OK);
		archive_entry_free(e);
	}
	ck_assert_int_eq(archive_write_close(a), ARCHIVE_OK);
	archive_write_free(a);
}

static void expect_acl(const char *path, const char *xattr)
{
	char full[512];
	struct value got;

	snprintf(full, sizeof(full), "%s/t/%s", template_store, path);
	ck_assert_int_eq(getxattr(full, xattr, &got, sizeof(got)), sizeof(got));
	ck_assert(!memcmp(&got, &good, sizeof(got)));
}

/* @source becomes a template, with the ACLs of both. */
static void expect_imported(const char *source)
{
	errors_begin();
	ck_assert_int_eq(template_imported("t", source), 0);
	expect_line(errors_end(), "there is no /sbin/init");
	expect_acl("d", DEFAULT);
	expect_acl("d/f", ACCESS);
}

/* As tar --xattrs writes it, without and with --acls. */
START_TEST(of_attributes)
{
	static const char *const names[] = { NULL, "adm" };

	write_acls(&good, sizeof(good), names[_i]);
	expect_imported(template_file);
}
END_TEST

/* As tar --acls writes it: whose number "root" has there nobody knows. */
START_TEST(of_names)
{
	write_acls(NULL, 0, "root");
	import_refused(template_file, EXIT_CREATE_FAILED, "entry d/: its ACL names the group root without a "
		       "number (pack with tar --xattrs --xattrs-include='*', or import the directory)");
}
END_TEST

static const struct {
	size_t size;
	unsigned int version, tag, perm, id;
} bad[] = {
	{ 3, POSIX_ACL_XATTR_VERSION, ACL_USER_OBJ, 7, ACL_UNDEFINED_ID },
	{ sizeof(struct value) - 1, POSIX_ACL_XATTR_VERSION, ACL_USER_OBJ, 7, ACL_UNDEFINED_ID },
	{ sizeof(struct value), 3, ACL_USER_OBJ, 7, ACL_UNDEFINED_ID },
	{ sizeof(struct value), POSIX_ACL_XATTR_VERSION, 0x40, 7, ACL_UNDEFINED_ID },
	{ sizeof(struct value), POSIX_ACL_XATTR_VERSION, ACL_USER_OBJ, 8, ACL_UNDEFINED_ID },
	{ sizeof(struct value), POSIX_ACL_XATTR_VERSION, ACL_GROUP, 7, ACL_UNDEFINED_ID },
};

START_TEST(damaged)
{
	struct value value = good;

	value.header.a_version = bad[_i].version;
	value.items[0] = (struct posix_acl_xattr_entry){ bad[_i].tag, bad[_i].perm, bad[_i].id };
	write_acls(&value, bad[_i].size, NULL);
	import_refused(template_file, EXIT_CREATE_FAILED, "entry d/: its ACL is damaged");
}
END_TEST

START_TEST(of_a_directory)
{
	char path[400];

	snprintf(path, sizeof(path), "%s/tree", template_home);
	ck_assert(!mkdir(path, 0755));
	snprintf(path, sizeof(path), "%s/tree/d", template_home);
	ck_assert(!mkdir(path, 0755) && !setxattr(path, DEFAULT, &good, sizeof(good), 0));
	write_text(path, "f", "x");
	snprintf(path, sizeof(path), "%s/tree/d/f", template_home);
	ck_assert(!setxattr(path, ACCESS, &good, sizeof(good), 0));
	snprintf(path, sizeof(path), "%s/tree", template_home);
	expect_imported(path);
}
END_TEST

Suite *template_acl_suite(void)
{
	Suite *suite = suite_create("template's ACLs");
	TCase *tcase = templates_case(suite);

	if (!tcase)
		return suite;
	tcase_add_loop_test(tcase, of_attributes, 0, 2);
	tcase_add_test(tcase, of_names);
	tcase_add_loop_test(tcase, damaged, 0, ARRAY_SIZE(bad));
	tcase_add_test(tcase, of_a_directory);
	return suite;
}
