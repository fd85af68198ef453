// SPDX-License-Identifier: GPL-2.0-or-later
#include "cgroup.h"
#include "unit.h"

static const struct {
	const char *text, *ve, *below;	/* NULL: not in it */
} places[] = {
	{ "0::/vzlite/101\n", "/vzlite/101", "" },
	{ "0::/vzlite/101/init.scope\n", "/vzlite/101", "/init.scope" },
	{ "0::/vzlite/101/a b/0::\n", "/vzlite/101", "/a b/0::" },
	{ "12:cpu:/\n1:name=systemd:/vzlite/101/x\n0::/vzlite/101/y\n", "/vzlite/101", "/y" },
	{ "0::/vzlite/1011\n", "/vzlite/101", NULL },
	{ "0::/vzlite/10\n", "/vzlite/101", NULL },
	{ "0::/\n", "/vzlite/101", NULL },
	{ "1:cpu:/vzlite/101\n", "/vzlite/101", NULL },
	{ "", "/vzlite/101", NULL },
};

START_TEST(place)
{
	char text[128], *below;

	snprintf(text, sizeof(text), "%s", places[_i].text);
	below = cgroup_below(text, places[_i].ve);
	ck_assert(!below == !places[_i].below);
	if (below)
		ck_assert_str_eq(below, places[_i].below);
}
END_TEST

Suite *cgroup_suite(void)
{
	Suite *suite = suite_create("cgroup");
	TCase *tcase = tcase_create("cgroup");

	tcase_add_loop_test(tcase, place, 0, ARRAY_SIZE(places));
	suite_add_tcase(suite, tcase);
	return suite;
}
