// SPDX-License-Identifier: GPL-2.0-or-later
#include "disk.h"
#include "unit.h"

#define KEPT 7	/* what no configuration says */

static const struct {
	const char *space, *inodes;	/* NULL: not set */
	struct disk_quota want;
	bool none;			/* no limit at all */
} quotas[] = {
	{ NULL, NULL, { KEPT, KEPT, KEPT, KEPT, 0, 0 }, true },
	{ "", "", { KEPT, KEPT, KEPT, KEPT, 0, 0 }, true },
	{ "1048576", NULL, { 1048576, 1048576, KEPT, KEPT, 0, 0 }, false },
	{ "1048576:1153434", "200000:220000", { 1048576, 1153434, 200000, 220000, 0, 0 }, false },
	{ "2G:2.2G", "131072:144179", { 2097152, 2306867, 131072, 144179, 0, 0 }, false },
	{ "1k", NULL, { 1, 1, KEPT, KEPT, 0, 0 }, false },
	{ "10M:1T", NULL, { 10240, 1ULL << 30, KEPT, KEPT, 0, 0 }, false },
	{ "unlimited", "unlimited", { 0, 0, 0, 0, 0, 0 }, true },
	{ "9223372036854775807", "UNLIMITED", { 0, 0, 0, 0, 0, 0 }, true },
	{ "0.5K", "0", { 1, 1, 0, 0, 0, 0 }, false },
	{ "10M:unlimited", "0", { 10240, 0, 0, 0, 0, 0 }, false },
	{ NULL, "400K:1M", { KEPT, KEPT, 409600, 1048576, 0, 0 }, false },
	{ "0", "5", { 0, 0, 5, 5, 0, 0 }, false },
};

START_TEST(quota)
{
	struct disk_quota q = { KEPT, KEPT, KEPT, KEPT, 0, 0 };
	struct config c = {
		.diskspace = (char *)quotas[_i].space, .diskinodes = (char *)quotas[_i].inodes,
	};

	if (c.diskspace && *c.diskspace)
		ck_assert(disk_space_valid(c.diskspace));
	if (c.diskinodes && *c.diskinodes)
		ck_assert(disk_inodes_valid(c.diskinodes));
	disk_quota_of(&c, &q);
	ck_assert_uint_eq(q.space_soft, quotas[_i].want.space_soft);
	ck_assert_uint_eq(q.space_hard, quotas[_i].want.space_hard);
	ck_assert_uint_eq(q.inodes_soft, quotas[_i].want.inodes_soft);
	ck_assert_uint_eq(q.inodes_hard, quotas[_i].want.inodes_hard);
	ck_assert_int_eq(disk_wanted(&c), !quotas[_i].none);
	c.diskquota = "no";
	ck_assert(!disk_wanted(&c));
}
END_TEST

static const char *const bad[] = {
	"", ":", "1:", ":1", "2:1", "2G:1G", "unlimited:1", "1:2:3", "-1", "+1", " 1", "1 ", "x", "G",
	"1.5", "1e3", "1GB", "1X", ".", ".G", "0x10", "nan", "inf", "1..2G", "99999999999999999999T",
	"11111111111111111111111111111111111111111111111111111111",
};

START_TEST(refused)
{
	ck_assert_msg(!disk_space_valid(bad[_i]), "space %s", bad[_i]);
	ck_assert_msg(!disk_inodes_valid(bad[_i]), "inodes %s", bad[_i]);
}
END_TEST

START_TEST(items_are_no_bytes)
{
	ck_assert(!disk_inodes_valid("1P"));
	ck_assert(!disk_inodes_valid("1B"));
	ck_assert(!disk_inodes_valid("1.5K"));
	ck_assert(!disk_inodes_valid("4G"));
	ck_assert(!disk_inodes_valid("4294967296"));
	ck_assert(disk_inodes_valid("4294967295"));
}
END_TEST

Suite *disk_suite(void)
{
	Suite *suite = suite_create("disk");
	TCase *tcase = tcase_create("disk");

	tcase_add_loop_test(tcase, quota, 0, ARRAY_SIZE(quotas));
	tcase_add_loop_test(tcase, refused, 0, ARRAY_SIZE(bad));
	tcase_add_test(tcase, items_are_no_bytes);
	suite_add_tcase(suite, tcase);
	return suite;
}
