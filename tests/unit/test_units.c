// SPDX-License-Identifier: GPL-2.0-or-later
#include <inttypes.h>

#include "unit.h"
#include "units.h"

#define NO UINT64_MAX	/* refused */

static const struct {
	const char *text;
	enum unit unit;
	uint64_t value;
} sizes[] = {
	{ "0", UNIT_ITEMS, 0 },
	{ "240", UNIT_ITEMS, 240 },
	{ "0240", UNIT_ITEMS, 240 },
	{ "9223372036854775807", UNIT_ITEMS, VZLITE_UNLIMITED },
	{ "9223372036854775808", UNIT_ITEMS, NO },
	{ "18446744073709551615", UNIT_ITEMS, NO },
	{ "18446744073709551616", UNIT_ITEMS, NO },
	{ "99999999999999999999999999", UNIT_ITEMS, NO },
	{ "unlimited", UNIT_ITEMS, VZLITE_UNLIMITED },
	{ "UNLIMITED", UNIT_PAGES, VZLITE_UNLIMITED },
	{ "unlimite", UNIT_ITEMS, NO },
	{ "", UNIT_ITEMS, NO },
	{ " 1", UNIT_ITEMS, NO },
	{ "1 ", UNIT_ITEMS, NO },
	{ "1 K", UNIT_BYTES, NO },
	{ "-1", UNIT_ITEMS, NO },
	{ "+1", UNIT_ITEMS, NO },
	{ "0x10", UNIT_ITEMS, NO },
	{ "1e3", UNIT_ITEMS, NO },
	{ "1.5", UNIT_BYTES, NO },
	{ "1.5B", UNIT_BYTES, NO },
	{ "1.5", UNIT_ITEMS, NO },
	{ "1.", UNIT_BYTES, NO },
	{ "1.G", UNIT_BYTES, NO },
	{ ".5G", UNIT_BYTES, NO },
	{ "1.5.5G", UNIT_BYTES, NO },
	{ "1.5GB", UNIT_BYTES, NO },
	{ "1.5G", UNIT_BYTES, 3ULL << 29 },
	{ "1.5G", UNIT_PAGES, 393216 },
	{ "2.2G", UNIT_PAGES, 576717 },
	{ "0.5K", UNIT_PAGES, 1 },
	{ "1.5P", UNIT_PAGES, 2 },
	{ "1.0000009K", UNIT_BYTES, 1024 },
	{ "0.0000001G", UNIT_BYTES, NO },
	{ "0.1K", UNIT_BYTES, 102 },
	{ "8388607.9T", UNIT_BYTES, NO },
	{ "8388608.0T", UNIT_BYTES, NO },
	{ "1K", UNIT_ITEMS, NO },
	{ "1P", UNIT_ITEMS, NO },
	{ "K", UNIT_BYTES, NO },
	{ "1KB", UNIT_BYTES, NO },
	{ "1X", UNIT_BYTES, NO },
	{ "1B", UNIT_BYTES, 1 },
	{ "1k", UNIT_BYTES, 1024 },
	{ "1P", UNIT_BYTES, 4096 },
	{ "2M", UNIT_BYTES, 2 << 20 },
	{ "3G", UNIT_BYTES, 3ULL << 30 },
	{ "4T", UNIT_BYTES, 4ULL << 40 },
	{ "8388607T", UNIT_BYTES, 8388607ULL << 40 },
	{ "8388608T", UNIT_BYTES, NO },
	{ "9223372036854775807K", UNIT_BYTES, NO },
	{ "7", UNIT_PAGES, 7 },
	{ "7P", UNIT_PAGES, 7 },
	{ "1G", UNIT_PAGES, 262144 },
	{ "1M", UNIT_PAGES, 256 },
	{ "4K", UNIT_PAGES, 1 },
	{ "1K", UNIT_PAGES, 1 },
	{ "5K", UNIT_PAGES, 2 },
	{ "0K", UNIT_PAGES, 0 },
	{ "1B", UNIT_PAGES, 1 },
	{ "4096B", UNIT_PAGES, 1 },
	{ "4097B", UNIT_PAGES, 2 },
	{ "9223372036854775807B", UNIT_PAGES, 1ULL << 51 },
	{ "9223372036854775807K", UNIT_PAGES, NO },
	{ "9223372036854775807T", UNIT_PAGES, NO },
	{ "9223372036854775807P", UNIT_PAGES, VZLITE_UNLIMITED },
};

START_TEST(size)
{
	uint64_t out = 12345;
	bool ok = parse_size(sizes[_i].text, sizes[_i].unit, &out);

	ck_assert_msg(ok == (sizes[_i].value != NO), "\"%s\": %d", sizes[_i].text, ok);
	ck_assert_msg(out == (ok ? sizes[_i].value : 12345), "\"%s\": %" PRIu64, sizes[_i].text, out);
}
END_TEST

static const struct {
	const char *text;
	enum unit unit;
	bool ok;
	uint64_t barrier, limit;
	const char *again;	/* as format_bound writes it */
} bounds[] = {
	{ "240", UNIT_ITEMS, true, 240, 240, "240" },
	{ "240:260", UNIT_ITEMS, true, 240, 260, "240:260" },
	{ "0:1G", UNIT_PAGES, true, 0, 262144, "0:262144" },
	{ "0:unlimited", UNIT_PAGES, true, 0, VZLITE_UNLIMITED, "0:unlimited" },
	{ "unlimited", UNIT_ITEMS, true, VZLITE_UNLIMITED, VZLITE_UNLIMITED, "unlimited" },
	{ "unlimited:unlimited", UNIT_ITEMS, true, VZLITE_UNLIMITED, VZLITE_UNLIMITED, "unlimited" },
	{ "260:240", UNIT_ITEMS, false, 0, 0, NULL },
	{ "unlimited:5", UNIT_ITEMS, false, 0, 0, NULL },
	{ "5:", UNIT_ITEMS, false, 0, 0, NULL },
	{ ":5", UNIT_ITEMS, false, 0, 0, NULL },
	{ ":", UNIT_ITEMS, false, 0, 0, NULL },
	{ "", UNIT_ITEMS, false, 0, 0, NULL },
	{ "1:2:3", UNIT_ITEMS, false, 0, 0, NULL },
	{ "1 :2", UNIT_ITEMS, false, 0, 0, NULL },
	{ "-1:2", UNIT_ITEMS, false, 0, 0, NULL },
	{ "00000000000000000000000000000000000000000001", UNIT_ITEMS, false, 0, 0, NULL },
};

START_TEST(bound)
{
	struct bound b = { 1, 2 }, again;
	char text[64];

	ck_assert_msg(parse_bound(bounds[_i].text, bounds[_i].unit, &b) == bounds[_i].ok,
		      "\"%s\"", bounds[_i].text);
	if (!bounds[_i].ok) {
		ck_assert(b.barrier == 1 && b.limit == 2);
		return;
	}
	ck_assert(b.barrier == bounds[_i].barrier && b.limit == bounds[_i].limit);
	format_bound(text, sizeof(text), &b);
	ck_assert_str_eq(text, bounds[_i].again);
	ck_assert(parse_bound(text, bounds[_i].unit, &again));
	ck_assert(again.barrier == b.barrier && again.limit == b.limit);
}
END_TEST

START_TEST(short_buffer)
{
	struct bound b = { 240, 260 };
	char text[6] = "xxxxx";

	format_bound(text, 5, &b);
	ck_assert_str_eq(text, "240:");
	format_bound(text, 3, &b);
	ck_assert_str_eq(text, "24");
}
END_TEST

START_TEST(ctid)
{
	static const char *const bad[] = { "0", "-1", "+1", " 1", "1 ", "2147483648", "4294967297",
					   "18446744073709551617", "", "1x", "x", "0x1", "1.0" };
	uint32_t id = 7;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		ck_assert_msg(!parse_ctid(bad[i], &id) && id == 7, "\"%s\"", bad[i]);
	ck_assert(parse_ctid("1", &id) && id == 1);
	ck_assert(parse_ctid("2147483647", &id) && id == 2147483647);
}
END_TEST

START_TEST(words)
{
	static const char *const names[] = { "a", "web-1", "a.b", "A_b+c", "0", "_x" };
	static const char *const bad_names[] = { "", "-a", ".a", "a b", "a/b", "a\n", "\xc3\xbc", "a:b" };
	static const char *const hosts[] = { "a", "a.b", "a-b.c1", "1" };
	static const char *const bad_hosts[] = { "", "-a", "a-", "a..b", ".a", "a.", "a_b", "a b",
						 "a-.b", "a.-b" };
	static const char *const lists[] = { "0", "0-3", "0-3,5", "1,2,8191" };
	static const char *const bad_lists[] = { "", ",", "1,", ",1", "3-1", "1-", "-1", "8192", "a",
						 "1;2", "1--2", "all" };
	char longest[70];

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		ck_assert_msg(valid_name(names[i]), "%s", names[i]);
	for (size_t i = 0; i < ARRAY_SIZE(bad_names); i++)
		ck_assert_msg(!valid_name(bad_names[i]), "%s", bad_names[i]);
	for (size_t i = 0; i < ARRAY_SIZE(hosts); i++)
		ck_assert_msg(valid_hostname(hosts[i]), "%s", hosts[i]);
	for (size_t i = 0; i < ARRAY_SIZE(bad_hosts); i++)
		ck_assert_msg(!valid_hostname(bad_hosts[i]), "%s", bad_hosts[i]);
	for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
		ck_assert_msg(parse_cpulist(lists[i]), "%s", lists[i]);
	for (size_t i = 0; i < ARRAY_SIZE(bad_lists); i++)
		ck_assert_msg(!parse_cpulist(bad_lists[i]), "%s", bad_lists[i]);
	memset(longest, 'a', sizeof(longest));
	longest[65] = '\0';
	ck_assert(!valid_hostname(longest) && !valid_name(longest));
	longest[64] = '\0';
	ck_assert(valid_hostname(longest) && !valid_name(longest));
	longest[63] = '\0';
	ck_assert(valid_name(longest));
}
END_TEST

START_TEST(cgroups)
{
	static const char *const good[] = {
		"/x", "/machine.slice/libpod-0123.scope", "/lxc.payload.web", "/machine-web\\x2d1.scope",
		"/a/.b", "/a/..b", "/a/b.", "/system.slice/system-getty.slice/getty@tty1.service",
	};
	static const char *const bad[] = {
		"", "x", "/", "//", "/a/", "//a", "/a//b", "/.", "/..", "/a/..", "/a/../b", "/a/./b",
		"/a b", "/a\"b", "/a'b", "/a$b", "/a`b", "/a\nb", "/a\x7f",
	};
	char path[2100];

	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		ck_assert_msg(valid_cgroup(good[i]), "%s", good[i]);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		ck_assert_msg(!valid_cgroup(bad[i]), "%s", bad[i]);
	memset(path, 'a', sizeof(path));
	path[0] = '/';
	path[2000] = '\0';
	ck_assert(valid_cgroup(path));
	path[2000] = 'a';
	path[2001] = '\0';
	ck_assert(!valid_cgroup(path));
}
END_TEST

Suite *units_suite(void)
{
	Suite *suite = suite_create("units");
	TCase *tcase = tcase_create("units");

	tcase_add_loop_test(tcase, size, 0, ARRAY_SIZE(sizes));
	tcase_add_loop_test(tcase, bound, 0, ARRAY_SIZE(bounds));
	tcase_add_test(tcase, short_buffer);
	tcase_add_test(tcase, ctid);
	tcase_add_test(tcase, words);
	tcase_add_test(tcase, cgroups);
	suite_add_tcase(suite, tcase);
	return suite;
}
