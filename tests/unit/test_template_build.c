// SPDX-License-Identifier: GPL-2.0-or-later
/* Of which release a template is, and from where. */
#include <sys/stat.h>

#include "hosts.h"
#include "template/sources.h"
#include "template/subcommand.h"
#include "template/suite.h"
#include "templates.h"

static const struct {
	const char *name, *asked;
	const char *suite;	/* NULL: refused, with @error */
	const char *error;
} suites[] = {
	{ "debian-11", NULL, "bullseye", NULL },
	{ "debian-12", NULL, "bookworm", NULL },
	{ "debian-13", NULL, "trixie", NULL },
	{ "debian13", NULL, "trixie", NULL },
	{ "Debian_12-web", NULL, "bookworm", NULL },
	{ "debian-12.0-x86_64-minimal", NULL, "bookworm", NULL },
	{ "bookworm", NULL, "bookworm", NULL },
	{ "web-bullseye.2", NULL, "bullseye", NULL },
	{ "debian-sid", NULL, "sid", NULL },
	{ "debian-trixie", NULL, "trixie", NULL },
	{ "debian", NULL, "trixie", NULL },
	{ "debian-web", NULL, "trixie", NULL },
	/* A word that others use, too. */
	{ "shop-testing", NULL, "trixie", NULL },
	{ "shop-12", NULL, "trixie", NULL },
	{ "trixieland", NULL, "trixie", NULL },
	{ "web", "bookworm", "bookworm", NULL },
	{ "debian-12", "bookworm", "bookworm", NULL },
	{ "debian-99", "unstable", "unstable", NULL },
	{ "debian-99", NULL, NULL, "debian-99: which suite is Debian 99? (--suite)" },
	{ "debian-123", NULL, NULL, "which suite is Debian 123?" },
	{ "debian-12", "trixie", NULL, "debian-12: --suite trixie: a template of this name is of bookworm" },
	{ "bookworm-web", "sid", NULL, "is of bookworm" },
};

START_TEST(suite_of_name)
{
	const char *suite = NULL;
	int status;

	errors_begin();
	status = suite_choose(suites[_i].name, suites[_i].asked, &suite);
	if (suites[_i].error) {
		expect_line(errors_end(), suites[_i].error);
		ck_assert_int_eq(status, EXIT_BAD_VALUE);
		return;
	}
	free(errors_end());
	ck_assert_int_eq(status, 0);
	ck_assert_str_eq(suite, suites[_i].suite);
}
END_TEST

#define DEFAULT "http://deb.debian.org/debian"
#define MAIN(uri) "deb " uri " bookworm main"
#define SECURITY(uri) "deb " uri " bookworm-security main"

static const struct {
	const char *suite, *asked;
	struct mirrors host;
	const char *lines[2];
	bool https, insecure;
} made[] = {
	{ "bookworm", NULL, { "http://a/debian", "http://a/security", true },
	  { MAIN("http://a/debian"), SECURITY("http://a/security") }, false, false },
	{ "bookworm", "http://b/debian", { "http://a/debian", "https://a/security", true },
	  { MAIN("http://b/debian"), SECURITY("https://a/security") }, true, false },
	{ "bookworm", "https://b/debian", { "", "", false },
	  { MAIN("https://b/debian"), SECURITY(DEFAULT "-security") }, true, false },
	{ "bookworm", NULL, { "mirror+file:/etc/apt/mirrors/debian.list", "mirror+file:/etc/apt/mirrors/s.list", true },
	  { MAIN(DEFAULT), SECURITY(DEFAULT "-security") }, false, false },
	{ "bookworm", NULL, { "file:/srv/debian", "http://a/security", true },
	  { MAIN(DEFAULT), SECURITY("http://a/security") }, false, false },
	{ "bookworm", NULL, { "http://localhost:3142/deb.debian.org/debian", "http://127.0.0.1/security", true },
	  { MAIN(DEFAULT), SECURITY(DEFAULT "-security") }, false, false },
	{ "bookworm", NULL, { "https://u:p@[::1]:80/debian", "http://LocalHost", true },
	  { MAIN(DEFAULT), SECURITY(DEFAULT "-security") }, false, false },
	{ "bookworm", NULL, { "http://localhost.example.org/debian", "http://127.example.org/@localhost", true },
	  { MAIN("http://localhost.example.org/debian"), SECURITY("http://127.example.org/@localhost") },
	  false, false },
	{ "bookworm", "http://localhost/debian", { "http://a/debian", "http://a/security", true },
	  { MAIN("http://localhost/debian"), SECURITY("http://a/security") }, false, false },
	{ "bookworm", NULL, { "http://a/debian", "", true }, { MAIN("http://a/debian") }, false, true },
	{ "bookworm", "http://b/debian", { "http://a/debian", "", true }, { MAIN("http://b/debian") },
	  false, true },
	{ "bookworm", NULL, { "http://a/debian", "", false },
	  { MAIN("http://a/debian"), SECURITY(DEFAULT "-security") }, false, false },
	{ "bookworm", NULL, { "", "", false }, { }, false, false },
	{ "sid", "http://b/debian", { "http://a/debian", "http://a/security", true },
	  { "deb http://b/debian sid main" }, false, false },
};

START_TEST(lines_of_sources)
{
	struct sources s;
	int n = 0;

	sources_make(made[_i].suite, made[_i].asked, &made[_i].host, &s);
	for (; n < 2 && made[_i].lines[n]; n++)
		ck_assert_str_eq(s.lines[n], made[_i].lines[n]);
	ck_assert_int_eq(s.n, n);
	ck_assert(s.https == made[_i].https && s.insecure == made[_i].insecure);
}
END_TEST

static void stand_in(const char *program, const char *script)
{
	char path[400];

	snprintf(path, sizeof(path), "%s/%s", template_home, program);
	write_text(template_home, program, script);
	ck_assert(!chmod(path, 0755));
}

/* What stands in for mmdebstrap keeps its arguments and its proxies. */
static void stand_ins(void)
{
	char path[400];

	stand_in("mmdebstrap", "#!/bin/sh\n"
		   "printf '%s\\n' \"$@\" >\"${0%/*}/arguments\"\n"
		   "echo \"$http_proxy $https_proxy\" >\"${0%/*}/proxies\"\n"
		   "for a; do case $a in /*) top=$a ;; esac; done\n"
		   "mkdir -p \"$top/etc\" \"$top/sbin\"\n"
		   ": >\"$top/sbin/init\"; chmod 755 \"$top/sbin/init\"; echo host >\"$top/etc/hostname\"\n");
	stand_in("apt-get", "#!/bin/sh\necho 'https://a/debian|stable|Debian'\n"
		   "echo 'mirror+file:/etc/apt/m|stable-security|Debian-Security'\n");
	stand_in("apt-config", "#!/bin/sh\n");
	snprintf(path, sizeof(path), "%s:/usr/bin:/bin", template_home);
	ck_assert(!setenv("PATH", path, 1));
}

START_TEST(built)
{
	char *argv[] = { "template build", "debian-12", "--include", "vim", NULL }, path[400], *text;
	struct stat st;

	optind = 0;
	errors_begin();
	ck_assert_int_eq(template_build(4, argv), 0);
	expect_line(errors_end(), "template build debian-12: suite bookworm");
	text = read_text(template_home, "arguments");
	ck_assert(strstr(text, ",ca-certificates,vim\nbookworm\n/"));
	ck_assert(strstr(text, "\n" MAIN("https://a/debian") "\n" SECURITY(DEFAULT "-security") "\n"));
	free(text);
	text = read_text(template_store, "debian-12/etc/hosts");
	ck_assert_str_eq(text, HOSTS_LOCAL);
	free(text);
	snprintf(path, sizeof(path), "%s/debian-12/etc/hostname", template_store);
	ck_assert(stat(path, &st));
}
END_TEST

static const struct {
	const char *targets;
	struct mirrors host;
} hosts[] = {
	{ "http://a/d|stable|Debian\nhttp://a/s|stable-security|Debian-Security", { "http://a/d", "http://a/s", true } },
	{ "http://a/d|oldstable|Debian\nhttp://a/d|oldstable-updates|Debian", { "http://a/d", "", true } },
	{ "http://a/d|unstable|Debian", { "http://a/d", "", false } },
	{ "http://a/d|testing|Debian\nhttp://a/d|testing-updates|Debian", { "http://a/d", "", false } },
	{ "http://a/d|unstable|Debian\nhttp://a/d|stable|Debian", { "http://a/d", "", true } },
	{ "http://a/b|stable-backports|Debian Backports", { "", "", false } },
	{ "", { "", "", false } },
};

START_TEST(mirrors_of_host)
{
	struct mirrors host;
	char script[400];

	snprintf(script, sizeof(script), "#!/bin/sh\necho '%s'\n", hosts[_i].targets);
	stand_in("apt-get", script);
	mirrors_find(&host);
	ck_assert_str_eq(host.debian, hosts[_i].host.debian);
	ck_assert_str_eq(host.security, hosts[_i].host.security);
	ck_assert(host.released == hosts[_i].host.released);
}
END_TEST

#define HTTP "Acquire::http::Proxy"
#define HTTPS "Acquire::https::Proxy"

static const struct {
	const char *config, *environment, *proxies;
} proxies[] = {
	{ "", NULL, " \n" },
	{ HTTP "=http://u:p@h:3128/\n", NULL, "http://u:p@h:3128/ http://u:p@h:3128/\n" },
	{ HTTP "::deb.example.org=DIRECT\n" HTTP "=http://h:1\n" HTTPS "=http://s:2\n", NULL,
	  "http://h:1 http://s:2\n" },
	{ HTTP "=http://h:1\n" HTTPS "=DIRECT\n", NULL, "http://h:1 \n" },
	{ HTTP "::h=http://h:1\n" HTTP "=\n", NULL, " \n" },
	{ HTTP "=http://h:1\n", "http://e:3", "http://e:3 http://h:1\n" },
};

START_TEST(quietly)
{
	char *argv[] = { "template build", "debian-12", NULL }, *text;

	verbosity = -1;
	optind = 0;
	errors_begin();
	ck_assert_int_eq(template_build(2, argv), 0);
	text = errors_end();
	ck_assert_str_eq(text, "");
	free(text);
	text = read_text(template_home, "arguments");
	ck_assert(strstr(text, "\n--quiet\nbookworm\n"));
	free(text);
}
END_TEST

/* As the host's apt goes, unless the caller says otherwise. */
START_TEST(by_proxy)
{
	char *argv[] = { "template build", "debian-12", NULL }, script[400], *text;

	snprintf(script, sizeof(script), "#!/bin/sh\n[ \"$*\" = 'dump --format %%f=%%v%%n " HTTP " " HTTPS
		 "' ] || exit 1\nprintf '%s'\n", proxies[_i].config);
	stand_in("apt-config", script);
	ck_assert(!unsetenv("http_proxy") && !unsetenv("https_proxy"));
	ck_assert(!proxies[_i].environment || !setenv("http_proxy", proxies[_i].environment, 1));
	optind = 0;
	errors_begin();
	ck_assert_int_eq(template_build(2, argv), 0);
	expect_line(errors_end(), "suite bookworm");
	text = read_text(template_home, "proxies");
	ck_assert_str_eq(text, proxies[_i].proxies);
	free(text);
}
END_TEST

Suite *template_build_suite(void)
{
	Suite *suite = suite_create("template build");
	TCase *tcase = tcase_create("template build"), *whole = templates_case(suite);

	tcase_add_loop_test(tcase, suite_of_name, 0, ARRAY_SIZE(suites));
	tcase_add_loop_test(tcase, lines_of_sources, 0, ARRAY_SIZE(made));
	suite_add_tcase(suite, tcase);
	if (whole) {
		tcase_add_checked_fixture(whole, stand_ins, NULL);
		tcase_add_test(whole, built);
		tcase_add_test(whole, quietly);
		tcase_add_loop_test(whole, mirrors_of_host, 0, ARRAY_SIZE(hosts));
		tcase_add_loop_test(whole, by_proxy, 0, ARRAY_SIZE(proxies));
	}
	return suite;
}
