// SPDX-License-Identifier: GPL-2.0-or-later
#include <archive.h>
#include <archive_entry.h>
#include <sys/sysmacros.h>

#include "config.h"
#include "template.h"
#include "template/subcommand.h"
#include "templates.h"

int template_filter = ARCHIVE_FILTER_GZIP;
char template_home[256], template_store[300], template_file[300];

void templates_make(void)
{
	scratch_make(template_home);
	snprintf(template_store, sizeof(template_store), "%s/template", template_home);
	snprintf(template_file, sizeof(template_file), "%s/a.tar", template_home);
	template_set_dir(template_store);
	config_set_dir(template_home);
}

void templates_remove(void)
{
	ck_assert(!chdir("/"));
	scratch_remove(template_home);
}

void write_archive(const struct entry *entries, size_t n)
{
	struct archive *a = archive_write_new();

	archive_write_set_format_pax_restricted(a);
	ck_assert_int_eq(archive_write_add_filter(a, template_filter), ARCHIVE_OK);
	ck_assert_int_eq(archive_write_open_filename(a, template_file), ARCHIVE_OK);
	for (size_t i = 0; i < n && entries[i].path; i++) {
		struct archive_entry *e = archive_entry_new();
		size_t len = entries[i].data ? strlen(entries[i].data) : 0;

		archive_entry_set_pathname(e, entries[i].path);
		if (entries[i].type)
			archive_entry_set_filetype(e, entries[i].type);
		archive_entry_set_perm(e, entries[i].mode);
		archive_entry_set_uid(e, 1234);
		archive_entry_set_gid(e, 4321);
		/* Names that exist here under other numbers must not be looked up. */
		archive_entry_set_uname(e, "root");
		archive_entry_set_gname(e, "root");
		archive_entry_set_size(e, len);
		if (entries[i].type == AE_IFLNK)
			archive_entry_set_symlink(e, entries[i].link);
		else if (entries[i].link)
			archive_entry_set_hardlink(e, entries[i].link);
		if (entries[i].type == AE_IFCHR || entries[i].type == AE_IFBLK)
			archive_entry_set_rdev(e, makedev(1, 3));
		if (entries[i].type == AE_IFREG) {
			archive_entry_xattr_add_entry(e, "user.kept", "1", 1);
			archive_entry_xattr_add_entry(e, "user.overlay.opaque", "y", 1);
			archive_entry_xattr_add_entry(e, "trusted.overlay.redirect", "/", 1);
		}
		ck_assert_int_eq(archive_write_header(a, e), ARCHIVE_OK);
		if (len)
			ck_assert_int_eq(archive_write_data(a, entries[i].data, len), len);
		archive_entry_free(e);
	}
	ck_assert_int_eq(archive_write_close(a), ARCHIVE_OK);
	archive_free(a);
}

int template_imported(const char *name, const char *path)
{
	char *argv[] = { "template import", (char *)name, (char *)path, NULL };

	optind = 0;
	return template_import(3, argv);
}

int templates_stored(void)
{
	DIR *d = opendir(template_store);
	int n = -2;

	while (d && readdir(d))
		n++;
	if (d)
		closedir(d);
	return d ? n : 0;
}

void import_refused(const char *path, int status, const char *part)
{
	int got;

	errors_begin();
	got = template_imported("t", path);
	expect_line(errors_end(), part);
	ck_assert_int_eq(got, status);
	ck_assert_int_eq(templates_stored(), 0);
}

TCase *templates_case(Suite *suite)
{
	TCase *tcase;

	/* As CI does; a person without root has the other suites. */
	if (geteuid()) {
		puts("unit: not root: the tests of templates are left out");
		return NULL;
	}
	tcase = tcase_create("template");
	tcase_add_checked_fixture(tcase, templates_make, templates_remove);
	tcase_set_timeout(tcase, 60);
	suite_add_tcase(suite, tcase);
	return tcase;
}
