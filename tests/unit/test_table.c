// SPDX-License-Identifier: GPL-2.0-or-later
#include "error.h"
#include "table.h"
#include "unit.h"

static void fill(struct counter *counters)
{
	memset(counters, 0, VZLITE_RESOURCE_COUNT * sizeof(*counters));
	counters[VZLITE_NUMPROC] = (struct counter){ 20, 26, 240, 260, 3, VZLITE_ENFORCER_MODULE, true,
						     0 };
	counters[VZLITE_PHYSPAGES] = (struct counter){ 2267, 2399, 0, VZLITE_UNLIMITED, 0,
						       VZLITE_ENFORCER_CGROUP, true, 1500 };
	counters[VZLITE_DUMMY4] = (struct counter){ 0, 0, 1, 1, 0, VZLITE_ENFORCER_NONE, true, 0 };
	counters[VZLITE_KMEMSIZE] = (struct counter){ 4372700, 0, 1023, 1024, 0,
						      VZLITE_ENFORCER_NONE, true, 0 };
}

static const struct {
	enum unit unit;
	uint64_t value;
	const char *text;
} humans[] = {
	{ UNIT_ITEMS, 0, "0" },
	{ UNIT_ITEMS, 123456, "123456" },
	{ UNIT_ITEMS, VZLITE_UNLIMITED, "unlimited" },
	{ UNIT_BYTES, 0, "0" },
	{ UNIT_BYTES, 1023, "1023" },
	{ UNIT_BYTES, 1024, "1K" },
	{ UNIT_BYTES, 1536, "1.5K" },
	{ UNIT_BYTES, (1 << 20) - 1, "1023.9K" },
	{ UNIT_BYTES, 1 << 30, "1G" },
	{ UNIT_BYTES, 1ULL << 50, "1024T" },
	{ UNIT_PAGES, 0, "0" },
	{ UNIT_PAGES, 1, "4K" },
	{ UNIT_PAGES, 256, "1M" },
	{ UNIT_PAGES, 257, "1M" },
	{ UNIT_PAGES, 300, "1.1M" },
	{ UNIT_PAGES, VZLITE_UNLIMITED, "unlimited" },
	{ UNIT_PAGES, VZLITE_UNLIMITED - 1, "34359738367.9T" },
};

START_TEST(human)
{
	char buf[32];

	format_human(buf, sizeof(buf), humans[_i].unit, humans[_i].value);
	ck_assert_str_eq(buf, humans[_i].text);
}
END_TEST

START_TEST(stats)
{
	struct counter counters[VZLITE_RESOURCE_COUNT];
	FILE *out = output_begin();

	fill(counters);
	stats_header(out);
	stats_rows(out, 101, counters);
	output_is(out,
"      CTID  RESOURCE            HELD     MAXHELD     BARRIER       LIMIT    FAILCNT  ENFORCER\n"
"       101  kmemsize            4.1M           0        1023          1K          0  none\n"
"            numproc               20          26         240         260          3  module\n"
"            physpages           8.8M        9.3M           0   unlimited          0  cgroup\n");
}
END_TEST

START_TEST(stats_as_json)
{
	struct counter counters[VZLITE_RESOURCE_COUNT];
	FILE *out = output_begin();
	struct json j = { .out = out };

	fill(counters);
	counters[VZLITE_KMEMSIZE].present = false;
	json_open(&j, NULL, '{');
	stats_json(&j, counters);
	json_close(&j, '}');
	output_is(out,
"{\"numproc\": {\"held\": 20, \"maxheld\": 26, \"barrier\": 240, \"limit\": 260, \"failcnt\": 3, \"enforcer\": \"module\", \"age_ms\": 0}, "
"\"physpages\": {\"held\": 2267, \"maxheld\": 2399, \"barrier\": 0, \"limit\": 9223372036854775807, \"failcnt\": 0, \"enforcer\": \"cgroup\", \"age_ms\": 1500}}");
}
END_TEST

START_TEST(strings_as_json)
{
	FILE *out = output_begin();
	struct json j = { .out = out };

	json_open(&j, NULL, '[');
	json_string(&j, NULL, "a\"b\\c\n\x01");
	json_string(&j, NULL, NULL);
	json_open(&j, NULL, '{');
	json_close(&j, '}');
	json_number(&j, NULL, UINT64_MAX);
	json_close(&j, ']');
	output_is(out, "[\"a\\\"b\\\\c\\u000a\\u0001\", null, {}, 18446744073709551615]");
}
END_TEST

static void print(FILE *out, const char *fields, const struct ve_view *ve)
{
	struct column columns[LIST_COLUMNS_MAX];
	int n = list_columns(fields, columns);

	ck_assert_int_gt(n, 0);
	list_header(out, columns, n);
	list_row(out, columns, n, ve);
}

START_TEST(list)
{
	struct counter counters[VZLITE_RESOURCE_COUNT];
	cleanup_config struct config c;
	struct ve_view ve = { 101, "running", &c, counters, false, true, NULL, false };
	FILE *out;

	fill(counters);
	config_init(&c, 101);
	config_set(&c, "HOSTNAME", "ve101");
	config_set(&c, "CPUUNITS", "2000");
	config_set(&c, "NUMFILE", "10:20");
	config_set(&c, "ON_LIMIT", "numproc=log numfile=stop");
	out = output_begin();
	print(out, LIST_DEFAULT, &ve);
	output_is(out, "      CTID      NPROC STATUS    IP_ADDR         HOSTNAME\n"
		    "       101         20 running   -               ve101\n");
	out = output_begin();
	print(out, "ctid,numproc.m,numproc.b,numproc.l,numproc.f,physpages.l,cpuunits,name", &ve);
	output_is(out,
"      CTID    NPROC.M    NPROC.B    NPROC.L    NPROC.F PHYSPAGES.L  CPUUNI NAME\n"
"       101         26        240        260          3 9223372036854775807    2000 -\n");
	out = output_begin();
	print(out, "ctid,on_limit", &ve);
	output_is(out, "      CTID ON_LIMIT\n"
		    "       101 numproc=log numfile=stop\n");
	/* What stands behind a list is where it is. */
	config_set(&c, "IP_ADDRESS", "192.0.2.1 2001:db8::1");
	out = output_begin();
	print(out, LIST_DEFAULT, &ve);
	output_is(out, "      CTID      NPROC STATUS    IP_ADDR         HOSTNAME\n"
		    "       101         20 running   192.0.2.1,2001:db8::1 ve101\n");
	/* However it was written. */
	free(c.ip_address);
	c.ip_address = strdup("  192.0.2.1 \t 2001:db8::1\t");
	free(c.nameserver);
	c.nameserver = strdup(" \t ");
	out = output_begin();
	print(out, "ip,nameserver,ctid,ip", &ve);
	output_is(out, "IP_ADDR         NAMESERVER                             CTID IP_ADDR\n"
		    "192.0.2.1,2001:db8::1 -                                       101 192.0.2.1 2001:db8::1\n");
	config_set(&c, "NETIF", "ifname=eth0,bridge=b;ifname=eth1");
	config_set(&c, "NAT", "yes");
	config_set(&c, "LOCAL_UID", "1879048192");
	out = output_begin();
	print(out, "local_uid,init,nat,rate,netif,bindmount", &ve);
	output_is(out, " LOCAL_UID INIT            NAT RATE         NETIF                            BINDMOUNT\n"
		    "1879048192 -               yes -            ifname=eth0,bridge=b;ifname=eth1 -\n");
	ve.views = false;
	config_set(&c, "CGROUP", "/machine.slice/x");
	out = output_begin();
	print(out, "ctid,features,cgroup", &ve);
	output_is(out, "      CTID FEATURES        CGROUP\n"
		    "       101 views:off       /machine.slice/x\n");
	ve.counters = NULL;
	ve.status = "stopped";
	out = output_begin();
	print(out, "status,numfile,numfile.f,numfile.b,numfile.l,numproc.l", &ve);
	output_is(out, "STATUS       NUMFILE  NUMFILE.F  NUMFILE.B  NUMFILE.L    NPROC.L\n"
		    "stopped            -          -         10         20          -\n");
}
END_TEST

#define DISK_FIELDS "diskspace,diskspace.s,diskspace.h,diskinodes,diskinodes.s,diskinodes.h"
#define DISK_HEADER "  DQBLOCKS DQBLOCKS.S DQBLOCKS.H   DQINODES DQINODES.S DQINODES.H\n"

static void print_disk(const struct ve_view *ve, const char *row, const char *json)
{
	struct column columns[LIST_COLUMNS_MAX];
	FILE *out = output_begin();
	struct json j = { };
	int n;

	print(out, DISK_FIELDS, ve);
	output_is(out, row);
	j.out = out = output_begin();
	n = list_columns("diskspace,diskinodes.s", columns);
	ck_assert(list_shows_disk(columns, n) && !list_shows_disk(columns, 0));
	list_json(&j, columns, n, ve);
	output_is(out, json);
}

/* What the file system says, else what is configured. */
START_TEST(list_of_disk)
{
	struct disk_usage disk = { 1234, 56, { 2048, 4096, 0, 300, 0, 0 } };
	cleanup_config struct config c;
	struct ve_view ve = { 7, "stopped", &c, NULL, false, true, &disk, false };

	config_init(&c, 7);
	config_set(&c, "DISKSPACE", "1G:unlimited");
	print_disk(&ve, DISK_HEADER
"      1234       2048       4096         56  unlimited        300\n",
"{\"diskspace\": {\"usage\": 1234, \"softlimit\": 2048, \"hardlimit\": 4096}, "
"\"diskinodes\": {\"usage\": 56, \"softlimit\": 9223372036854775807, \"hardlimit\": 300}}");
	ve.disk = NULL;
	print_disk(&ve, DISK_HEADER
"         -    1048576  unlimited          -          -          -\n",
"{\"diskspace\": {\"usage\": null, \"softlimit\": 1048576, \"hardlimit\": 9223372036854775807}, "
"\"diskinodes\": {\"usage\": null, \"softlimit\": null, \"hardlimit\": null}}");
	/* A configuration that could be read, and does not say, gives none. */
	ve.known = true;
	print_disk(&ve, DISK_HEADER
"         -    1048576  unlimited          -          -          -\n",
"{\"diskspace\": {\"usage\": null, \"softlimit\": 1048576, \"hardlimit\": 9223372036854775807}, "
"\"diskinodes\": {\"usage\": null, \"softlimit\": 9223372036854775807, \"hardlimit\": 9223372036854775807}}");
}
END_TEST

START_TEST(list_as_json)
{
	cleanup_config struct config c;
	struct ve_view ve = { 7, "stopped", &c, NULL, false, true, NULL, false };
	struct column columns[LIST_COLUMNS_MAX];
	FILE *out = output_begin();
	struct json j = { .out = out };
	int n = list_columns("ctid,status,hostname,ctid,cpus,iolimit,numproc.f,numproc.l", columns);

	config_init(&c, 7);
	config_set(&c, "NUMPROC", "5:6");
	config_set(&c, "IOLIMIT", "5M");
	list_json(&j, columns, n, &ve);
	output_is(out,
"{\"ctid\": 7, \"status\": \"stopped\", \"hostname\": null, \"cpus\": null, \"iolimit\": 5242880, \"numproc\": "
"{\"held\": 0, \"maxheld\": 0, \"barrier\": 5, \"limit\": 6, \"failcnt\": 0}}");
	/* It runs, and nobody counts or limits it. */
	ve.status = "running";
	ve.uncounted = true;
	out = output_begin();
	j = (struct json){ .out = out };
	list_json(&j, columns + 6, 1, &ve);
	list_row(out, columns + 6, 2, &ve);
	output_is(out,
"{\"numproc\": {\"held\": null, \"maxheld\": null, \"barrier\": null, \"limit\": null, \"failcnt\": null}}"
"         -          -\n");
}
END_TEST

static void print_bounds(const struct ve_view *ve, const char *want)
{
	struct column columns[LIST_COLUMNS_MAX];
	int n = list_columns("status,cpulimit,iolimit,iopslimit,cpus,cpuunits", columns);
	FILE *out = output_begin();
	struct json j = { .out = out };

	list_json(&j, columns, n, ve);
	list_row(out, columns, n, ve);
	output_is(out, want);
}

/* Of these 0 is no limit, said or not; but of what cannot be read nothing is known. */
START_TEST(no_limit_as_json)
{
	cleanup_config struct config c;
	struct ve_view ve = { 7, "stopped", &c, NULL, false, true, NULL, true };

	config_init(&c, 7);
	print_bounds(&ve,
"{\"status\": \"stopped\", \"cpulimit\": 0, \"iolimit\": 0, \"iopslimit\": 0, \"cpus\": null, \"cpuunits\": null}"
"stopped       -          -          -    -       -\n");
	config_set(&c, "CPULIMIT", "0");
	config_set(&c, "IOLIMIT", "0");
	config_set(&c, "IOPSLIMIT", "50");
	print_bounds(&ve,
"{\"status\": \"stopped\", \"cpulimit\": 0, \"iolimit\": 0, \"iopslimit\": 50, \"cpus\": null, \"cpuunits\": null}"
"stopped       0          0         50    -       -\n");
	config_free(&c);
	config_init(&c, 7);
	ve.known = false;
	ve.status = NULL;
	print_bounds(&ve,
"{\"status\": null, \"cpulimit\": null, \"iolimit\": null, \"iopslimit\": null, \"cpus\": null, \"cpuunits\": null}"
"-             -          -          -    -       -\n");
}
END_TEST

/* Paths that are the same for long. */
START_TEST(sorted_by_long_text)
{
	cleanup_config struct config c;
	struct ve_view ve = { 7, "adopted", &c, NULL, true, true, NULL, false };
	char path[200] = "/";
	struct list_key one, other;
	struct column column;

	config_init(&c, 7);
	ck_assert_int_eq(list_sort_column("cgroup", &column), 0);
	memset(path + 1, 'a', sizeof(path) - 2);
	c.cgroup = path;
	ck_assert_int_eq(list_key(&column, &ve, &one), 0);
	path[198] = 'b';
	ck_assert_int_eq(list_key(&column, &ve, &other), 0);
	c.cgroup = NULL;
	ck_assert(strcmp(one.text, other.text) < 0);
	free(one.text);
	free(other.text);
}
END_TEST

/* By what they are, not by how they are written. */
START_TEST(sorted_by_rate)
{
	static const char *const rates[] = { NULL, "0", "9000", "*:1:10000", "20M", "1G" };
	cleanup_config struct config c;
	struct ve_view ve = { 7, "running", &c, NULL, true, true, NULL, false };
	struct column column;
	uint64_t before = 0;

	config_init(&c, 7);
	ck_assert_int_eq(list_sort_column("rate", &column), 0);
	for (size_t i = 0; i < ARRAY_SIZE(rates); i++) {
		struct list_key key;

		c.rate = (char *)rates[i];
		ck_assert_int_eq(list_key(&column, &ve, &key), 0);
		ck_assert(!i || key.number > before);
		before = key.number;
		free(key.text);
	}
	c.rate = NULL;
}
END_TEST

START_TEST(bad_fields)
{
	static const char *const bad[] = { "", "foo", "ctid,", ",ctid", "numproc.", "numproc.x",
					   "numproc.mm", "ctid.m", "diskspace.", "diskspace.b", "diskinodes.sh", "disk", "CTID", "ctid, numproc",
					   "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" };
	struct column columns[LIST_COLUMNS_MAX];
	char many[LIST_COLUMNS_MAX * 5 + 10] = "ctid";
	int n;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		errors_begin();
		n = list_columns(bad[i], columns);
		expect_line(errors_end(), "unknown field");
		ck_assert_int_eq(n, -1);
		errors_begin();
		n = list_sort_column(bad[i], columns);
		snprintf(many, sizeof(many), "unit -s %s: unknown field", bad[i]);
		expect_line(errors_end(), many);
		ck_assert_int_eq(n, EXIT_BAD_VALUE);
	}
	errors_begin();
	ck_assert_int_eq(list_sort_column("ctid,numproc", columns), EXIT_BAD_VALUE);
	expect_line(errors_end(), "unknown field");
	ck_assert_int_eq(list_sort_column("numproc.f", columns), 0);
	ck_assert(columns[0].resource == VZLITE_NUMPROC && columns[0].part == 'f');
	ck_assert_int_eq(list_columns("veid,vpsid", columns), 2);
	strcpy(many, "ctid");
	for (int i = 1; i <= LIST_COLUMNS_MAX; i++)
		strcat(many, ",ctid");
	errors_begin();
	n = list_columns(many, columns);
	expect_line(errors_end(), "more than");
	ck_assert_int_eq(n, -1);
	ck_assert_int_le(list_all_columns(columns), LIST_COLUMNS_MAX);
}
END_TEST

Suite *table_suite(void)
{
	Suite *suite = suite_create("table");
	TCase *tcase = tcase_create("table");

	tcase_add_loop_test(tcase, human, 0, ARRAY_SIZE(humans));
	tcase_add_test(tcase, stats);
	tcase_add_test(tcase, stats_as_json);
	tcase_add_test(tcase, strings_as_json);
	tcase_add_test(tcase, list);
	tcase_add_test(tcase, list_of_disk);
	tcase_add_test(tcase, list_as_json);
	tcase_add_test(tcase, no_limit_as_json);
	tcase_add_test(tcase, sorted_by_long_text);
	tcase_add_test(tcase, sorted_by_rate);
	tcase_add_test(tcase, bad_fields);
	suite_add_tcase(suite, tcase);
	return suite;
}
