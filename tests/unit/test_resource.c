// SPDX-License-Identifier: GPL-2.0-or-later
#include <ctype.h>

#include "resource.h"
#include "setting.h"
#include "unit.h"

/* The header is the truth: its enumerators, in order, are the table's names. */
START_TEST(as_in_uapi)
{
	cleanup_free char *text = read_text(TOP, "include/uapi/vzlite.h");
	char *p = strstr(text, "enum vzlite_resource {"), name[40];
	int r = 0, n;

	ck_assert(p != NULL);
	while ((p = strchr(p, '\n')) && strncmp(++p, "};", 2)) {
		if (sscanf(p, "\tVZLITE_%39[A-Z0-9_],%n", name, &n) != 1 || !strncmp(name, "RESOURCE_", 9))
			continue;
		if (!strncmp(name, "DUMMY", 5)) {
			ck_assert_msg(!resources[r].name, "%s", name);
		} else {
			ck_assert_msg(resources[r].name != NULL, "%s has no row", name);
			ck_assert_str_eq(resources[r].key, name);
			for (char *c = name; *c; c++)
				*c = tolower((unsigned char)*c);
			ck_assert_str_eq(resources[r].name, name);
		}
		r++;
	}
	ck_assert_int_eq(r, VZLITE_RESOURCE_COUNT);
}
END_TEST

/* OpenVZ: numbers take no suffix, ...pages are pages, the rest is bytes. */
START_TEST(unit_of_name)
{
	for (int r = 0; r < VZLITE_RESOURCE_COUNT; r++) {
		const char *name = resources[r].name;
		enum unit unit = UNIT_BYTES;

		if (!name)
			continue;
		if (!strncmp(name, "num", 3))
			unit = UNIT_ITEMS;
		else if (strstr(name, "pages"))
			unit = UNIT_PAGES;
		ck_assert_msg(resources[r].unit == unit, "%s", name);
	}
}
END_TEST

START_TEST(find)
{
	ck_assert_int_eq(resource_find("numproc"), VZLITE_NUMPROC);
	ck_assert_int_eq(resource_find("NUMPROC"), VZLITE_NUMPROC);
	ck_assert_int_eq(resource_find("IPTENTRIES"), VZLITE_NUMIPTENT);
	ck_assert_int_eq(resource_find("DCACHE"), VZLITE_DCACHESIZE);
	ck_assert_int_eq(resource_find("dummy"), -1);
	ck_assert_int_eq(resource_find(""), -1);
	ck_assert_int_eq(resource_find("numpro"), -1);
}
END_TEST

/* No option may mean two things. */
START_TEST(settings_are_distinct)
{
	for (size_t i = 0; i < setting_count; i++) {
		ck_assert(settings[i].memory || resource_find(settings[i].key) < 0);
		/* Whoever can set it needs an option for it. */
		if (!settings[i].option)
			ck_assert(!settings[i].settable);
		else
			ck_assert_int_eq(resource_find(settings[i].option), -1);
		for (size_t j = 0; settings[i].option && j < i; j++)
			ck_assert(!settings[j].option || strcmp(settings[i].option, settings[j].option));
	}
}
END_TEST

Suite *resource_suite(void)
{
	Suite *suite = suite_create("resource");
	TCase *tcase = tcase_create("resource");

	tcase_add_test(tcase, as_in_uapi);
	tcase_add_test(tcase, unit_of_name);
	tcase_add_test(tcase, find);
	tcase_add_test(tcase, settings_are_distinct);
	suite_add_tcase(suite, tcase);
	return suite;
}
