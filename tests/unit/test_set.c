// SPDX-License-Identifier: GPL-2.0-or-later
/* Every beancounter as `set` and a configuration take it: OpenVZ's names, keys and
 * units, written out here once more. */
#include <inttypes.h>
#include <sys/stat.h>

#include "config.h"
#include "error.h"
#include "given.h"
#include "options.h"
#include "unit.h"

#define NO UINT64_MAX		/* refused */
#define INF VZLITE_UNLIMITED

static const struct row {
	const char *option, *key;
	enum vzlite_resource resource;
	char unit;		/* items, bytes, pages */
} rows[] = {
	{ "kmemsize", "KMEMSIZE", 0, 'b' },
	{ "lockedpages", "LOCKEDPAGES", 1, 'p' },
	{ "privvmpages", "PRIVVMPAGES", 2, 'p' },
	{ "shmpages", "SHMPAGES", 3, 'p' },
	{ "numproc", "NUMPROC", 5, 'i' },
	{ "physpages", "PHYSPAGES", 6, 'p' },
	{ "vmguarpages", "VMGUARPAGES", 7, 'p' },
	{ "oomguarpages", "OOMGUARPAGES", 8, 'p' },
	{ "numtcpsock", "NUMTCPSOCK", 9, 'i' },
	{ "numflock", "NUMFLOCK", 10, 'i' },
	{ "numpty", "NUMPTY", 11, 'i' },
	{ "numsiginfo", "NUMSIGINFO", 12, 'i' },
	{ "tcpsndbuf", "TCPSNDBUF", 13, 'b' },
	{ "tcprcvbuf", "TCPRCVBUF", 14, 'b' },
	{ "othersockbuf", "OTHERSOCKBUF", 15, 'b' },
	{ "dgramrcvbuf", "DGRAMRCVBUF", 16, 'b' },
	{ "numothersock", "NUMOTHERSOCK", 17, 'i' },
	{ "dcachesize", "DCACHESIZE", 18, 'b' },
	{ "numfile", "NUMFILE", 19, 'i' },
	{ "numiptent", "NUMIPTENT", 23, 'i' },
	{ "swappages", "SWAPPAGES", 24, 'p' },
};

static const struct {
	const char *value;
	/* Barrier and limit as items, as bytes and as pages. */
	uint64_t items[2], bytes[2], pages[2];
} values[] = {
	{ "240", { 240, 240 }, { 240, 240 }, { 240, 240 } },
	{ "240:260", { 240, 260 }, { 240, 260 }, { 240, 260 } },
	{ "0", { 0, 0 }, { 0, 0 }, { 0, 0 } },
	{ "0:unlimited", { 0, INF }, { 0, INF }, { 0, INF } },
	{ "unlimited", { INF, INF }, { INF, INF }, { INF, INF } },
	{ "9223372036854775807", { INF, INF }, { INF, INF }, { INF, INF } },
	{ "9223372036854775808", { NO, NO }, { NO, NO }, { NO, NO } },
	{ "8K:1M", { NO, NO }, { 8192, 1 << 20 }, { 2, 256 } },
	{ "1G", { NO, NO }, { 1 << 30, 1 << 30 }, { 262144, 262144 } },
	{ "2T", { NO, NO }, { 2ULL << 40, 2ULL << 40 }, { 536870912, 536870912 } },
	{ "10P", { NO, NO }, { 40960, 40960 }, { 10, 10 } },
	{ "8192B", { NO, NO }, { 8192, 8192 }, { 2, 2 } },
	{ "1:2K", { NO, NO }, { 1, 2048 }, { 1, 1 } },
	{ "260:240", { NO, NO }, { NO, NO }, { NO, NO } },
	{ "unlimited:5", { NO, NO }, { NO, NO }, { NO, NO } },
	{ "2P:1P", { NO, NO }, { NO, NO }, { NO, NO } },
	{ "", { NO, NO }, { NO, NO }, { NO, NO } },
	{ "5:", { NO, NO }, { NO, NO }, { NO, NO } },
	{ ":5", { NO, NO }, { NO, NO }, { NO, NO } },
	{ "1:2:3", { NO, NO }, { NO, NO }, { NO, NO } },
	{ "-1", { NO, NO }, { NO, NO }, { NO, NO } },
	{ "many", { NO, NO }, { NO, NO }, { NO, NO } },
};

/* No row of the table under test is missing here. */
START_TEST(all_rows)
{
	size_t n = 0;

	for (int r = 0; r < VZLITE_RESOURCE_COUNT; r++)
		n += resources[r].name != NULL;
	ck_assert_uint_eq(n, ARRAY_SIZE(rows));
}
END_TEST

/* set 101 --OPTION VALUE --save, from argv to *c. */
static int give(struct config *c, const char *option, const char *value)
{
	char word[40];
	char *argv[] = { "set", "101", word, (char *)value, "--save", NULL };
	struct given given = { };

	snprintf(word, sizeof(word), "--%s", option);
	optind = 0;
	ck_assert_int_eq(given_parse(5, argv, GIVEN_SET, &given), 0);
	ck_assert(given.save && given.n == 1);
	return given_apply(&given, c);
}

static void check_value(const struct row *row, size_t v)
{
	const uint64_t *want = row->unit == 'i' ? values[v].items : row->unit == 'b' ? values[v].bytes :
			       values[v].pages;
	cleanup_config struct config c, again;
	cleanup_free char *text = NULL;
	const struct bound *b = &c.bound[row->resource];
	char line[80], *errors;
	int status;

	config_init(&c, 101);
	config_init(&again, 101);
	errors_begin();
	status = give(&c, row->option, values[v].value);
	errors = errors_end();
	if (want[0] == NO) {
		ck_assert_msg(status == EXIT_BAD_VALUE, "%s %s: %d", row->option, values[v].value, status);
		snprintf(line, sizeof(line), "unit 101: --%s ", row->option);
		expect_line(errors, line);
		ck_assert(!c.set[row->resource] && !c.nlines);
		return;
	}
	ck_assert_str_eq(errors, "");
	free(errors);
	ck_assert_msg(!status && c.set[row->resource] && b->barrier == want[0] && b->limit == want[1],
		      "%s %s: %" PRIu64 ":%" PRIu64, row->option, values[v].value, b->barrier, b->limit);
	for (int r = 0; r < VZLITE_RESOURCE_COUNT; r++)
		ck_assert(c.set[r] == (r == (int)row->resource));
	/* Into the file under OpenVZ's key, and out of it the same. */
	ck_assert_int_eq(config_save(&c), 0);
	text = read_text(site_conf, "101.conf");
	snprintf(line, sizeof(line), "%s=\"%s\"\n", row->key, values[v].value);
	ck_assert_str_eq(text, line);
	ck_assert_int_eq(config_load(&again, 101), 0);
	ck_assert(again.bound[row->resource].barrier == want[0] &&
		  again.bound[row->resource].limit == want[1]);
}

START_TEST(all_values)
{
	for (size_t v = 0; v < ARRAY_SIZE(values); v++)
		check_value(&rows[_i], v);
}
END_TEST

/* All of them at once, as a configuration that vzctl wrote has them. */
START_TEST(all_at_once)
{
	char *argv[2 * ARRAY_SIZE(rows) + 3] = { "set", "101" }, words[ARRAY_SIZE(rows)][20];
	cleanup_config struct config c;
	struct given given = { };
	int argc = 2;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		snprintf(words[i], sizeof(words[i]), "--%s", rows[i].option);
		argv[argc++] = words[i];
		argv[argc++] = (char *)"5:7";
	}
	config_init(&c, 101);
	optind = 0;
	ck_assert_int_eq(given_parse(argc, argv, GIVEN_SET, &given), 0);
	ck_assert_int_eq(given_apply(&given, &c), 0);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		ck_assert(c.set[rows[i].resource] && c.bound[rows[i].resource].barrier == 5 &&
			  c.bound[rows[i].resource].limit == 7);
	ck_assert_uint_eq(c.nlines, ARRAY_SIZE(rows));
}
END_TEST

Suite *set_suite(void)
{
	Suite *suite = suite_create("set");
	TCase *tcase = tcase_create("set");

	tcase_add_checked_fixture(tcase, site_make, site_remove);
	tcase_add_test(tcase, all_rows);
	tcase_add_loop_test(tcase, all_values, 0, ARRAY_SIZE(rows));
	tcase_add_test(tcase, all_at_once);
	suite_add_tcase(suite, tcase);
	return suite;
}
