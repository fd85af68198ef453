// SPDX-License-Identifier: GPL-2.0-or-later
#include <sys/stat.h>

#include "config_shared.h"
#include "error.h"
#include "setting.h"
#include "unit.h"

/* Load 101.conf, which must succeed. */
static void load(struct config *c)
{
	ck_assert_int_eq(config_load(c, 101), 0);
}

START_TEST(all_keys)
{
	cleanup_config struct config c;

	write_text(site_conf, "101.conf",
		   "# a VE\n"
		   "NAME=\"web\"\nHOSTNAME='ve101.example'\nOSTEMPLATE=debian-13\n"
		   "VE_LAYOUT=\"dir\"\nVE_INIT=\"/bin/true\"\nCPUMASK=\"0-3,5\"\nCPUS=\"2\"\n"
		   "LOCAL_UID=\"131072\"\n  CPUUNITS=\"2000\" # twice\nCPULIMIT=\"150\"\r\n"
		   "STOP_TIMEOUT=30\r\nONBOOT=\"yes\"\nNUMPROC=\"240:260\"\n"
		   "PHYSPAGES=\"0:1G\"\nKMEMSIZE=\"14372700:14790164\"\nIPTENTRIES=\"128\"");
	load(&c);
	ck_assert_uint_eq(c.ctid, 101);
	ck_assert_str_eq(c.name, "web");
	ck_assert_str_eq(c.hostname, "ve101.example");
	ck_assert_str_eq(c.ostemplate, "debian-13");
	ck_assert_str_eq(c.layout, "dir");
	ck_assert_str_eq(c.init, "/bin/true");
	ck_assert_str_eq(c.cpumask, "0-3,5");
	ck_assert_str_eq(c.onboot, "yes");
	ck_assert(c.ncpus == 2 && c.local_uid == 131072 && c.cpuunits == 2000);
	ck_assert(c.cpulimit == 150 && c.stop_timeout == 30);
	ck_assert(c.set[VZLITE_NUMPROC] && c.bound[VZLITE_NUMPROC].barrier == 240 &&
		  c.bound[VZLITE_NUMPROC].limit == 260);
	ck_assert(c.set[VZLITE_PHYSPAGES] && c.bound[VZLITE_PHYSPAGES].limit == 262144);
	ck_assert(c.set[VZLITE_NUMIPTENT] && !c.set[VZLITE_NUMFILE]);
}
END_TEST

/* As OpenVZ's files have them. */
START_TEST(openvz_values)
{
	static const char text[] = "CPULIMIT=\"25%\"\nCPUMASK=\"all\"\nNAMESERVER=\"inherit\"\n"
				   "SEARCHDOMAIN=\"inherit\"\nDISABLED=\"no\"\n";
	cleanup_config struct config c;
	cleanup_free char *saved = NULL;

	write_text(site_conf, "101.conf", text);
	load(&c);
	ck_assert_uint_eq(c.cpulimit, 25);
	ck_assert_int_eq(config_save(&c), 0);
	saved = read_text(site_conf, "101.conf");
	ck_assert_str_eq(saved, text);
	ck_assert_int_eq(config_set_option(&c, "cpulimit", "150%"), 0);
	ck_assert_int_eq(config_set_option(&c, "cpumask", "auto"), 0);
	ck_assert_uint_eq(c.cpulimit, 150);
}
END_TEST

START_TEST(nothing_set)
{
	cleanup_config struct config c;

	write_text(site_conf, "101.conf", "");
	load(&c);
	ck_assert(!c.name && !c.hostname && !c.layout && !c.init);
	ck_assert(c.ncpus == CONFIG_UNSET && c.local_uid == CONFIG_UNSET && c.cpulimit == CONFIG_UNSET);
	for (int r = 0; r < VZLITE_RESOURCE_COUNT; r++)
		ck_assert(!c.set[r]);
}
END_TEST

START_TEST(round_trip)
{
	static const char before[] = "# first\n\nUNKNOWN=\"a b\" # kept\nNUMPROC=\"1\"\n"
				     "  not a setting at all\nNUMPROC=\"2\"  # was 1\nDCACHE=\"5\"\nHOSTNAME=\"a\"\n";
	cleanup_config struct config c;
	cleanup_free char *text = NULL, *again = NULL;

	write_text(site_conf, "101.conf", before);
	load(&c);
	ck_assert_uint_eq(c.bound[VZLITE_NUMPROC].limit, 2);
	ck_assert_int_eq(config_save(&c), 0);
	text = read_text(site_conf, "101.conf");
	ck_assert_str_eq(text, before);
	ck_assert_int_eq(config_set(&c, "NUMPROC", "7:9"), 0);
	ck_assert_int_eq(config_set(&c, "DCACHESIZE", "1M"), 0);
	ck_assert_int_eq(config_set(&c, "NUMFILE", "unlimited"), 0);
	ck_assert_int_eq(config_set(&c, "HOSTNAME", ""), 0);
	ck_assert(!c.hostname);
	ck_assert_int_eq(config_save(&c), 0);
	again = read_text(site_conf, "101.conf");
	ck_assert_str_eq(again, "# first\n\nUNKNOWN=\"a b\" # kept\nNUMPROC=\"1\"\n"
			 "  not a setting at all\nNUMPROC=\"7:9\"  # was 1\nDCACHESIZE=\"1M\"\nHOSTNAME=\"\"\n"
			 "NUMFILE=\"unlimited\"\n");
	config_free(&c);
	load(&c);
	ck_assert(c.bound[VZLITE_NUMPROC].barrier == 7 && c.bound[VZLITE_NUMPROC].limit == 9);
	ck_assert(c.bound[VZLITE_DCACHESIZE].limit == 1 << 20 && !c.hostname);
}
END_TEST

START_TEST(defaults)
{
	cleanup_config struct config c;
	cleanup_free char *text = NULL;

	write_text(site, "vzlite.conf", "NUMPROC=\"10\"\nNUMFILE=\"20\"\nHOSTNAME=\"all\"\n");
	write_text(site_conf, "101.conf", "NUMFILE=\"30\"\n");
	load(&c);
	ck_assert(c.bound[VZLITE_NUMPROC].limit == 10 && c.bound[VZLITE_NUMFILE].limit == 30);
	ck_assert_str_eq(c.hostname, "all");
	/* What no two VEs may share is no default. */
	config_free(&c);
	write_text(site, "vzlite.conf", "LOCAL_UID=\"131072\"\nname=\"all\"\nNUMPROC=\"10\"\n");
	load(&c);
	ck_assert(c.local_uid == CONFIG_UNSET && !c.name && c.bound[VZLITE_NUMPROC].limit == 10);
	/* They stay defaults: saving a VE does not freeze them. */
	ck_assert_int_eq(config_save(&c), 0);
	text = read_text(site_conf, "101.conf");
	ck_assert_str_eq(text, "NUMFILE=\"30\"\n");
}
END_TEST

START_TEST(options)
{
	cleanup_config struct config c;
	cleanup_free char *text = NULL;

	config_init(&c, 101);
	ck_assert_int_eq(config_set_option(&c, "ram", "512M"), 0);
	ck_assert_int_eq(config_set_option(&c, "swap", "4096"), 0);
	ck_assert_int_eq(config_set_option(&c, "numproc", "5"), 0);
	ck_assert_int_eq(config_set_option(&c, "stop-timeout", "0"), 0);
	ck_assert(c.bound[VZLITE_PHYSPAGES].barrier == 0 &&
		  c.bound[VZLITE_PHYSPAGES].limit == 131072 && c.bound[VZLITE_SWAPPAGES].limit == 1);
	ck_assert_int_eq(config_set_option(&c, "ram", "9223372036854775807"), 0);
	ck_assert_uint_eq(c.bound[VZLITE_PHYSPAGES].limit, VZLITE_UNLIMITED);
	ck_assert_int_eq(config_set_option(&c, "ram", "512M"), 0);
	ck_assert_int_eq(config_set_option(&c, "ram", "unlimited"), 0);
	ck_assert(c.bound[VZLITE_PHYSPAGES].limit == VZLITE_UNLIMITED);
	/* Not "none", as 0 is elsewhere, nor megabytes. */
	for (int i = 0; i < 2; i++) {
		errors_begin();
		ck_assert_int_eq(config_set_option(&c, "ram", i ? "512" : "0"), EXIT_BAD_VALUE);
		expect_line(errors_end(), "no VE can run with less than 1M");
	}
	ck_assert_int_eq(config_save(&c), 0);
	text = read_text(site_conf, "101.conf");
	ck_assert_str_eq(text, "PHYSPAGES=\"0:unlimited\"\nSWAPPAGES=\"0:4096B\"\nNUMPROC=\"5\"\n"
			 "STOP_TIMEOUT=\"0\"\n");
}
END_TEST

static const struct {
	const char *key, *value, *reason;
} bad_values[] = {
	{ "NUMPROC", "-1", "must be BARRIER" },
	{ "NUMPROC", "many", "must be BARRIER" },
	{ "NUMPROC", "", "must be BARRIER" },
	{ "NUMPROC", "10:5", "the barrier is above the limit" },
	{ "NUMPROC", "1K", "must be BARRIER" },
	{ "KMEMSIZE", "9223372036854775808", "must be BARRIER" },
	{ "NAME", "101", "a name is" },
	{ "NAME", "-x", "a name is" },
	{ "NAME", "a/b", "a name is" },
	{ "HOSTNAME", "a_b", "not a host name" },
	{ "OSTEMPLATE", "../x", "not a template" },
	{ "NAMESERVER", "10.0.0.1 10.0.0.2 10.0.0.3 10.0.0.4", "up to 3" },
	{ "SEARCHDOMAIN", "a_b", "up to 6" },
	{ "VE_LAYOUT", "simfs", "must be overlay or dir" },
	{ "VE_INIT", "sbin/init", "absolute path" },
	{ "VE_INIT", "/a\"b", "absolute path" },
	{ "VE_INIT", "/a$(b)", "absolute path" },
	{ "CPUMASK", "3-1", "not a list" },
	{ "CPUS", "9000", "from 0 to 8192" },
	{ "CPUUNITS", "7", "from 8 to 500000" },
	{ "CPUUNITS", "500001", "from 8 to 500000" },
	{ "CPULIMIT", "-5", "must be a number" },
	{ "CPULIMIT", "50%%", "must be a number" },
	{ "CPULIMIT", "%", "must be a number" },
	{ "CPULIMIT", "00000000000000000000000000000000050%", "must be a number" },
	{ "CPUS", "2%", "must be a number" },
	{ "CPUMASK", "all,1", "not a list" },
	{ "LOCAL_UID", "0", "from 65536" },
	{ "LOCAL_UID", "4294901761", "from 65536" },
	{ "STOP_TIMEOUT", "1d", "must be a number" },
	{ "ONBOOT", "maybe", "must be yes or no" },
	{ "DISABLED", "1", "must be yes or no" },
	{ "ALLOWREBOOT", "never", "must be yes or no" },
};

START_TEST(bad_value)
{
	cleanup_config struct config c;
	const char *key = bad_values[_i].key, *value = bad_values[_i].value;
	char where[400];
	struct key known;
	bool label;
	int status;

	ck_assert(key_find(key, &known));
	label = known.setting && known.setting->label;
	/* On the command line: nothing is changed. */
	config_init(&c, 101);
	errors_begin();
	status = config_set(&c, key, value);
	expect_line(errors_end(), bad_values[_i].reason);
	ck_assert(status && status != EXIT_SYSTEM);
	ck_assert_uint_eq(c.nlines, 0);
	config_free(&c);
	/* In the file: with its place. */
	snprintf(where, sizeof(where), "\n%s='%s'\n", key, value);
	write_text(site_conf, "101.conf", where);
	errors_begin();
	status = config_load(&c, 101);
	snprintf(where, sizeof(where), "/conf/101.conf:2: %s=\"%s\": ", key, value);
	expect_line(errors_end(), where);
	/* Of what limits nothing it is only told. */
	ck_assert_int_eq(status, label ? 0 : EXIT_BAD_VALUE);
	if (label)
		ck_assert(!c.name && !c.hostname && !c.ostemplate && !c.nameserver && !c.searchdomain);
}
END_TEST

/* Whoever lists it is to see what else the file says; one line is enough. */
START_TEST(behind_a_bad_line)
{
	cleanup_config struct config c;

	write_text(site_conf, "101.conf", "CPUUNITS=x\nHOSTNAME=a\nNUMPROC=y\nIP_ADDRESS=10.0.0.1\n");
	errors_begin();
	ck_assert_int_eq(config_load(&c, 101), EXIT_BAD_VALUE);
	expect_line(errors_end(), "101.conf:1: CPUUNITS=\"x\": must be");
	ck_assert_str_eq(c.hostname, "a");
	ck_assert_str_eq(c.ip_address, "10.0.0.1");
}
END_TEST

static void expect_load(int status, const char *part)
{
	cleanup_config struct config c;
	int got;

	errors_begin();
	got = config_load(&c, 101);
	expect_line(errors_end(), part);
	ck_assert_int_eq(got, status);
}

/* What a shell would take for a setting, as OpenVZ's files were read by one. */
static const char *const not_plain[] = {
	"export NUMPROC=\"5\"", "  NUMPROC = \"5\"", "NUMPROC+=\"5\"", "NUMPROC +=5", "declare NUMPROC=5",
	"\tdeclare -i -x\tNUMPROC=5", "typeset -r NUMPROC=\"5\"", "readonly NUMPROC=5", "local NUMPROC=5",
	"export -- NUMPROC=5", "export\tNUMPROC+=5",
};

START_TEST(bad_files)
{
	char path[400], *long_line = malloc(300000);
	cleanup_config struct config c;

	config_init(&c, 101);
	snprintf(path, sizeof(path), "%s/101.conf", site_conf);
	expect_load(EXIT_NO_CONFIG, "no such VE");
	/* A limit whose line is broken is not a VE without that limit. */
	write_text(site_conf, "101.conf", "NUMPROC=\"5\n");
	expect_load(EXIT_BAD_VALUE, "101.conf:1: NUMPROC: missing quote");
	write_text(site_conf, "101.conf", "NUMPROC=\"5\" x\n");
	expect_load(EXIT_BAD_VALUE, "101.conf:1: NUMPROC: missing quote, or text behind");
	for (size_t i = 0; i < ARRAY_SIZE(not_plain); i++) {
		snprintf(path, sizeof(path), "\n%s\n", not_plain[i]);
		write_text(site_conf, "101.conf", path);
		expect_load(EXIT_BAD_VALUE, "101.conf:2: NUMPROC: must be NAME=");
	}
	write_text(site_conf, "101.conf", "\xEF\xBB\xBFNUMPROC=\"5\"\n");
	expect_load(EXIT_BAD_VALUE, "101.conf:1: NUMPROC: must be NAME=");
	/* Names that are none of ours, and what sets nothing. */
	write_text(site_conf, "101.conf", "export\ndeclare -x OTHER=5\nexport NUMPROC\n-\nNUMPROC\n"
		   "# NUMPROC += 5\nexport PATH+=:/x\n: NUMPROC=5\n");
	ck_assert(!config_load(&c, 101) && !c.set[VZLITE_NUMPROC]);
	snprintf(path, sizeof(path), "%s/101.conf", site_conf);
	memset(long_line, 'x', 300000);
	long_line[5000] = '\0';
	write_text(site_conf, "101.conf", long_line);
	expect_load(EXIT_BAD_VALUE, "101.conf:1: line: longer than");
	long_line[5000] = 'x';
	long_line[299999] = '\0';
	write_text(site_conf, "101.conf", long_line);
	expect_load(EXIT_NO_PERMISSION, "too large");
	free(long_line);
	write_text(site_conf, "101.conf", "NUMPROC=\"5\"\n");
	ck_assert(!truncate(path, 20));
	expect_load(EXIT_NO_PERMISSION, "NUL");
	write_text(site_conf, "101.conf", "NUMPROC=\"5\"\n");
	ck_assert(!chmod(path, 0666));
	expect_load(EXIT_NO_PERMISSION, "writable by others");
	ck_assert(!unlink(path) && !mkfifo(path, 0600));
	expect_load(EXIT_NO_PERMISSION, "not a regular file");
	ck_assert(!unlink(path) && !symlink("/etc/passwd", path));
	expect_load(EXIT_SYSTEM, "open");
	ck_assert(!unlink(path));
	if (!geteuid()) {
		write_text(site_conf, "101.conf", "NUMPROC=\"5\"\n");
		ck_assert(!chown(path, 12345, 0));
		expect_load(EXIT_NO_PERMISSION, "owned");
	}
}
END_TEST

/* What a killed writer left is no obstacle, and nothing is left behind. */
START_TEST(atomic)
{
	cleanup_config struct config c;
	char path[400];
	struct stat st;

	snprintf(path, sizeof(path), "%s/.101.conf.tmp", site_conf);
	write_text(site_conf, ".101.conf.tmp", "half");
	config_init(&c, 101);
	ck_assert_int_eq(config_set(&c, "NUMPROC", "5"), 0);
	ck_assert_int_eq(config_save(&c), 0);
	ck_assert(stat(path, &st));
	snprintf(path, sizeof(path), "%s/101.conf", site_conf);
	ck_assert(!stat(path, &st) && (st.st_mode & 0777) == 0644);
	/* Who made it less readable keeps that. */
	ck_assert(!chmod(path, 0600));
	ck_assert_int_eq(config_save(&c), 0);
	ck_assert(!stat(path, &st) && (st.st_mode & 07777) == 0600);
	/* Who let a group read it, too. */
	if (geteuid())
		return;
	ck_assert(!chown(path, 0, 4242) && !chmod(path, 0640));
	ck_assert_int_eq(config_save(&c), 0);
	ck_assert(!stat(path, &st) && st.st_gid == 4242 && (st.st_mode & 07777) == 0640);
}
END_TEST

Suite *config_suite(void)
{
	Suite *suite = suite_create("config");
	TCase *tcase = tcase_create("config");

	tcase_add_checked_fixture(tcase, site_make, site_remove);
	tcase_add_test(tcase, all_keys);
	tcase_add_test(tcase, openvz_values);
	tcase_add_test(tcase, nothing_set);
	tcase_add_test(tcase, round_trip);
	tcase_add_test(tcase, defaults);
	tcase_add_test(tcase, options);
	tcase_add_loop_test(tcase, bad_value, 0, ARRAY_SIZE(bad_values));
	tcase_add_test(tcase, behind_a_bad_line);
	tcase_add_test(tcase, bad_files);
	tcase_add_test(tcase, atomic);
	suite_add_tcase(suite, tcase);
	return suite;
}
