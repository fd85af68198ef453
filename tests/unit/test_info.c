// SPDX-License-Identifier: GPL-2.0-or-later
/* What the module says of itself, and of what a kernel does not let it do. */
#include <netlink/attr.h>

#include "message.h"
#include "unit.h"

static bool parse_info(struct module_info *info, const char *version, const char *missing)
{
	struct nl_msg *msg = message_start(VZLITE_CMD_MODULE_GET);
	struct nlattr *array, *item;
	bool ok;

	nla_put_string(msg, VZLITE_A_VERSION, version);
	nla_put_u32(msg, VZLITE_A_VE_COUNT, 3);
	nla_put_u32(msg, VZLITE_A_ZOMBIE_COUNT, 1);
	array = nla_nest_start(msg, VZLITE_A_RESOURCES);
	item = nla_nest_start(msg, VZLITE_ITEM);
	nla_put_u32(msg, VZLITE_RESOURCE_A_ID, VZLITE_NUMFILE);
	nla_put_string(msg, VZLITE_RESOURCE_A_NAME, "numfile");
	nla_put_u32(msg, VZLITE_RESOURCE_A_ENFORCER, VZLITE_ENFORCER_MODULE);
	if (missing)
		nla_put_string(msg, VZLITE_RESOURCE_A_MISSING, missing);
	nla_nest_end(msg, item);
	nla_nest_end(msg, array);
	array = nla_nest_start(msg, VZLITE_A_VIEWS);
	for (int i = 0; i < 33; i++) {
		item = nla_nest_start(msg, VZLITE_ITEM);
		if (!item)
			break;
		nla_put_string(msg, VZLITE_VIEW_A_NAME, i ? "stat" : "meminfo");
		if (missing && i)
			nla_put_string(msg, VZLITE_VIEW_A_MISSING, missing);
		if (i == 2)
			nla_put_flag(msg, VZLITE_VIEW_A_GUARD);
		nla_nest_end(msg, item);
	}
	nla_nest_end(msg, array);
	ok = message_parse_info(nlmsg_hdr(msg), info);
	nlmsg_free(msg);
	return ok;
}

START_TEST(info)
{
	struct module_info i;
	char long_text[100];

	memset(long_text, 'a', sizeof(long_text));
	long_text[99] = '\0';
	ck_assert(parse_info(&i, "0.1.0", "alloc_file"));
	ck_assert_str_eq(i.version, "0.1.0");
	ck_assert(i.ves == 3 && i.zombies == 1);
	ck_assert_int_eq(i.resource[VZLITE_NUMFILE].enforcer, VZLITE_ENFORCER_MODULE);
	ck_assert_str_eq(i.resource[VZLITE_NUMFILE].missing, "alloc_file");
	ck_assert_int_eq(i.resource[VZLITE_NUMPROC].enforcer, VZLITE_ENFORCER_NONE);
	for (size_t v = 0; v < ARRAY_SIZE(i.missing_view); v++) {
		ck_assert_str_eq(i.missing_view[v].name, "stat");
		ck_assert_str_eq(i.missing_view[v].missing, "alloc_file");
		ck_assert_int_eq(i.missing_view[v].guard, v == 1);
	}
	ck_assert(parse_info(&i, "0.1.0", NULL));
	ck_assert_str_eq(i.missing_view[0].name, "");
	ck_assert(!parse_info(&i, long_text, NULL));
	ck_assert(!parse_info(&i, "0.1.0", long_text));
}
END_TEST

Suite *info_suite(void)
{
	Suite *suite = suite_create("info");
	TCase *tcase = tcase_create("info");

	tcase_add_test(tcase, info);
	suite_add_tcase(suite, tcase);
	return suite;
}
