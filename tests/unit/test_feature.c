// SPDX-License-Identifier: GPL-2.0-or-later
#include "config.h"
#include "error.h"
#include "feature.h"
#include "unit.h"

static const struct {
	const char *list;
	bool valid, views;
} lists[] = {
	{ "", true, true },
	{ "views:on", true, true },
	{ "views:off", true, false },
	{ " views:off  ", true, false },
	{ "views:off views:on", true, true },
	{ "nfs:on sit:off ", true, true },	/* as OpenVZ's own tool writes it */
	{ "nfs:on views:off", true, false },
	{ "nviews:off", true, true },
	{ "views", false, true },
	{ "views:", false, true },
	{ "views:o", false, true },
	{ "views:offf", false, true },
	{ "views:OFF", false, true },
	{ ":off", false, true },
	{ "views=off", false, true },
	{ "a:b:on", false, true },
	{ "nfs:on,views:off", true, false },	/* which it reads, too */
};

START_TEST(list)
{
	ck_assert_int_eq(features_valid(lists[_i].list), lists[_i].valid);
	if (lists[_i].valid)
		ck_assert_int_eq(features_views(lists[_i].list), lists[_i].views);
}
END_TEST

START_TEST(others)
{
	char text[FEATURES_TEXT];

	ck_assert(!features_on(NULL, FEATURE_FUSE) && !features_on("views:on tun:on", FEATURE_FUSE));
	ck_assert(features_on("views:on fuse:on", FEATURE_FUSE) && features_on("tun:on", FEATURE_TUN));
	ck_assert(!features_on("fuse:on fuse:off", FEATURE_FUSE));
	ck_assert(!features_at_start("views:off") && features_at_start("views:off,fuse:on"));
	features_text(false, "fuse:on tun:off", text);
	ck_assert_str_eq(text, "views:off fuse:on");
}
END_TEST

static const struct {
	const char *list, *given, *out;	/* NULL: refused */
} changes[] = {
	{ NULL, "views:off", "views:off" },
	{ "", "views:on", "views:on" },
	{ "views:off", "views:on", "views:on" },
	{ "views:on", "views:off", "views:off" },
	{ "nfs:on views:off sit:off", "views:on", "nfs:on sit:off views:on" },
	{ NULL, "views:off,views:on", "views:on" },
	{ NULL, "views:on views:off", "views:off" },
	{ NULL, "fuse:on", "fuse:on" },
	{ "views:off", "tun:on,fuse:on", "views:off fuse:on tun:on" },
	{ "nfs:on fuse:on", "fuse:off", "nfs:on fuse:off" },
	{ NULL, "", NULL },
	{ NULL, " ", NULL },
	{ NULL, "views", NULL },
	{ NULL, "views:maybe", NULL },
	{ NULL, "nfs:on", NULL },
	{ NULL, "views:on nfs:on", NULL },
	{ NULL, "view:on", NULL },
	{ NULL, "viewss:on", NULL },
};

START_TEST(change)
{
	char *out = NULL, reason[256];
	const char *why = features_change(changes[_i].list, changes[_i].given, &out, reason,
					  sizeof(reason));

	ck_assert_int_eq(why != NULL, !changes[_i].out);
	if (why)
		return;
	ck_assert_str_eq(out, changes[_i].out);
	free(out);
}
END_TEST

START_TEST(in_a_configuration)
{
	cleanup_config struct config c;
	int status;

	config_init(&c, 101);
	ck_assert(!config_set(&c, "FEATURES", "nfs:on "));
	ck_assert(!config_set_option(&c, "features", "views:off"));
	ck_assert_str_eq(c.features, "nfs:on views:off");
	ck_assert_str_eq(c.lines[0], "FEATURES=\"nfs:on views:off\"");
	errors_begin();
	status = config_set_option(&c, "features", "ppp:on");
	expect_line(errors_end(), "--features: ppp:on: no such feature (views, fuse, tun, nesting)");
	ck_assert_int_eq(status, EXIT_BAD_VALUE);
	ck_assert_str_eq(c.features, "nfs:on views:off");
}
END_TEST

Suite *feature_suite(void)
{
	Suite *suite = suite_create("feature");
	TCase *tcase = tcase_create("feature");

	tcase_add_loop_test(tcase, list, 0, ARRAY_SIZE(lists));
	tcase_add_loop_test(tcase, change, 0, ARRAY_SIZE(changes));
	tcase_add_test(tcase, others);
	tcase_add_test(tcase, in_a_configuration);
	suite_add_tcase(suite, tcase);
	return suite;
}
