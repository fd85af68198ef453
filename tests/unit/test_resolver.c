// SPDX-License-Identifier: GPL-2.0-or-later
/* What a VE's /etc/resolv.conf is to hold, also of the host's. */
#include "error.h"
#include "resolver.h"
#include "unit.h"

static const struct {
	const char *servers, *domains, *host;
	const char *want;	/* NULL: refused */
	const char *says;	/* NULL: no line, or @want has none */
} texts[] = {
	{ NULL, NULL, "nameserver 192.0.2.53\n", "", NULL },
	{ "192.0.2.1 2001:db8::1", "a.example b.example", "nameserver 192.0.2.53\n",
	  "search a.example b.example\nnameserver 192.0.2.1\nnameserver 2001:db8::1\n", NULL },
	{ "inherit", "inherit", "# of the host\nsearch old\ndomain example.org\nnameserver 192.0.2.53\n"
	  "  nameserver\t2001:db8::53 # second\noptions edns0\nsearch a.example b_d . b.example\n",
	  "search a.example b.example\nnameserver 192.0.2.53\nnameserver 2001:db8::53\n", NULL },
	{ "inherit", NULL, "search a.example\nnameserver 192.0.2.1\nnameserver 192.0.2.2\nnameserver 192.0.2.3\n"
	  "nameserver 192.0.2.4", "nameserver 192.0.2.1\nnameserver 192.0.2.2\nnameserver 192.0.2.3\n", NULL },
	{ "192.0.2.1", "inherit", "nameserver 192.0.2.53\n", "nameserver 192.0.2.1\n", NULL },
	{ "inherit", NULL, "nameserver 127.0.0.53\nnameserver 192.0.2.53\n", "nameserver 192.0.2.53\n",
	  "unit 101: the host's resolver 127.0.0.53 is of no use in a VE: left out" },
	{ "inherit", NULL, "nameserver fe80::1%eth0\nnameserver 192.0.2.53\n", "nameserver 192.0.2.53\n",
	  "the host's resolver fe80::1%eth0" },
	{ "inherit", "inherit", "search a.example\n", NULL, "the host has no resolver for a VE" },
};

START_TEST(text)
{
	cleanup_config struct config c;
	char path[400], got[RESOLVER_TEXT], *said;
	int status;

	config_init(&c, 101);
	write_text(site, "resolv.conf", texts[_i].host);
	snprintf(path, sizeof(path), "%s/resolv.conf", site);
	resolver_set_host(path);
	ck_assert(!texts[_i].servers || !config_set(&c, "NAMESERVER", texts[_i].servers));
	ck_assert(!texts[_i].domains || !config_set(&c, "SEARCHDOMAIN", texts[_i].domains));
	errors_begin();
	status = resolver_text(&c, got);
	said = errors_end();
	if (texts[_i].says) {
		expect_line(said, texts[_i].says);
	} else {
		ck_assert_str_eq(said, "");
		free(said);
	}
	ck_assert_int_eq(status, texts[_i].want ? 0 : EXIT_BAD_NAMESERVER);
	ck_assert_str_eq(got, texts[_i].want ? texts[_i].want : "");
}
END_TEST

/* Behind so many bytes of a comment. What does not fit is left out, not cut. */
static const struct {
	size_t comment;
	const char *want;	/* NULL: none is found */
} long_ones[] = {
	{ 4095 - sizeof("nameserver 192.0.2.5"), "nameserver 192.0.2.53\n" },
	{ 65530, NULL },
	{ 65535 - sizeof("nameserver 192.0.2.5"), NULL },
	{ 65536 - sizeof("nameserver 192.0.2.53\n") - 1, "nameserver 192.0.2.53\n" },
	{ 100000, NULL },
};

START_TEST(long_host_file)
{
	cleanup_free char *host = malloc(long_ones[_i].comment + 64);
	cleanup_config struct config c;
	char path[400], got[RESOLVER_TEXT];

	config_init(&c, 101);
	memset(host, '#', long_ones[_i].comment);
	strcpy(host + long_ones[_i].comment, "\nnameserver 192.0.2.53\n");
	write_text(site, "resolv.conf", host);
	snprintf(path, sizeof(path), "%s/resolv.conf", site);
	resolver_set_host(path);
	ck_assert_int_eq(config_set(&c, "NAMESERVER", "inherit"), 0);
	errors_begin();
	ck_assert_int_eq(resolver_text(&c, got), long_ones[_i].want ? 0 : EXIT_BAD_NAMESERVER);
	free(errors_end());
	ck_assert_str_eq(got, long_ones[_i].want ? long_ones[_i].want : "");
}
END_TEST

START_TEST(no_host_file)
{
	cleanup_config struct config c;
	char got[RESOLVER_TEXT];

	config_init(&c, 101);
	resolver_set_host("/nonexistent/resolv.conf");
	ck_assert_int_eq(config_set(&c, "SEARCHDOMAIN", "inherit"), 0);
	ck_assert_int_eq(resolver_text(&c, got), 0);
	ck_assert_str_eq(got, "");
}
END_TEST

START_TEST(for_resolved)
{
	char got[RESOLVER_TEXT + 128];

	resolver_for_resolved("search a.example b.example\nnameserver 192.0.2.1\nnameserver 2001:db8::1\n", got,
			      sizeof(got));
	ck_assert_str_eq(strchr(got, '\n') + 1, "[Resolve]\nDNS=\nDNS=192.0.2.1 2001:db8::1\n"
			 "Domains=\nDomains=a.example b.example\n");
	resolver_for_resolved("nameserver 192.0.2.1\n", got, sizeof(got));
	ck_assert_str_eq(strchr(got, '\n') + 1, "[Resolve]\nDNS=\nDNS=192.0.2.1\n");
	resolver_for_resolved("search a.example\n", got, sizeof(got));
	ck_assert_str_eq(strchr(got, '\n') + 1, "[Resolve]\nDomains=\nDomains=a.example\n");
	/* What does not fit is cut, and nothing behind it is written. */
	memset(got, 'x', sizeof(got));
	resolver_for_resolved("nameserver 192.0.2.1\n", got, 10);
	ck_assert_uint_eq(strlen(got), 9);
	ck_assert_int_eq(got[10], 'x');
}
END_TEST

Suite *resolver_suite(void)
{
	Suite *suite = suite_create("resolver");
	TCase *tcase = tcase_create("resolver");

	tcase_add_checked_fixture(tcase, site_make, site_remove);
	tcase_add_loop_test(tcase, text, 0, ARRAY_SIZE(texts));
	tcase_add_loop_test(tcase, long_host_file, 0, ARRAY_SIZE(long_ones));
	tcase_add_test(tcase, no_host_file);
	tcase_add_test(tcase, for_resolved);
	suite_add_tcase(suite, tcase);
	return suite;
}
