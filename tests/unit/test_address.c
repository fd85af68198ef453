// SPDX-License-Identifier: GPL-2.0-or-later
/* Addresses, as options and configurations have them. */
#include "address.h"
#include "config.h"
#include "error.h"
#include "given.h"
#include "rate.h"
#include "traffic.h"
#include "unit.h"

static const struct {
	const char *text;
	const char *then;	/* as it is written back; NULL: refused */
} one[] = {
	{ "10.0.0.101", "10.0.0.101" },
	{ "10.0.0.101/24", "10.0.0.101/24" },
	{ "10.0.0.101/0", "10.0.0.101/0" },
	{ "10.0.0.101/33", NULL },
	{ "10.0.0.101/", NULL },
	{ "10.0.0.101/-1", NULL },
	{ "10.0.0.101/255.255.255.0", "10.0.0.101/24" },
	{ "10.0.0.101/255.255.255.255", "10.0.0.101/32" },
	{ "10.0.0.101/0.0.0.0", "10.0.0.101/0" },
	{ "10.0.0.101/255.0.255.0", NULL },
	{ "10.0.0.101/0.0.0.255", NULL },
	{ "2001:db8::101/255.255.255.0", NULL },
	{ "10.0.0.101/2 ", NULL },
	{ "10.0.0", NULL },
	{ "10.0.0.256", NULL },
	{ "010.0.0.1", NULL },
	{ "", NULL },
	{ "all", NULL },
	{ "example.org", NULL },
	{ "0.0.0.0", NULL },
	{ "0.1.2.3", NULL },
	{ "127.0.0.1", NULL },
	{ "127.255.255.255", NULL },
	{ "128.0.0.1", "128.0.0.1" },
	{ "169.254.1.1", NULL },
	{ "169.253.255.255", "169.253.255.255" },
	{ "223.255.255.255", "223.255.255.255" },
	{ "224.0.0.1", NULL },
	{ "255.255.255.255", NULL },
	{ "2001:DB8:0:0::101", "2001:db8::101" },
	{ "2001:db8::101/128", "2001:db8::101/128" },
	{ "2001:db8::101/129", NULL },
	{ "2001:db8::101%eth0", NULL },
	{ "2001:db8:::1", NULL },
	{ "::", NULL },
	{ "::1", NULL },
	{ "::ffff:10.0.0.1", NULL },
	{ "fe80::1", NULL },
	{ "febf:ffff::1", NULL },
	{ "fec0::1", NULL },
	{ "ff02::1", NULL },
	{ "fd00::1", "fd00::1" },
	{ "2001:db8:1111:2222:3333:4444:5555:6666/64", "2001:db8:1111:2222:3333:4444:5555:6666/64" },
	{ "2001:db8:1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb", NULL },
};

START_TEST(parses)
{
	char text[ADDRESS_TEXT];
	struct address a;

	ck_assert_int_eq(address_parse(one[_i].text, &a), one[_i].then != NULL);
	if (!one[_i].then)
		return;
	address_format(&a, true, text);
	ck_assert_str_eq(text, one[_i].then);
}
END_TEST

static const struct {
	const char *text;
	bool private;
} privates[] = {
	{ "10.255.0.1", true }, { "11.0.0.1", false }, { "172.16.0.1", true }, { "172.31.255.1", true },
	{ "172.32.0.1", false }, { "172.15.0.1", false }, { "192.168.9.9", true }, { "192.169.0.1", false },
	{ "100.64.0.1", true }, { "100.127.255.255", true }, { "100.128.0.1", false },
	{ "fc00::1", true }, { "fdff::1", true }, { "2001:db8::1", false },
};

START_TEST(private_ranges)
{
	struct address a;

	for (size_t i = 0; i < ARRAY_SIZE(privates); i++) {
		ck_assert(address_parse(privates[i].text, &a));
		ck_assert_msg(address_private(&a) == privates[i].private, "%s", privates[i].text);
	}
}
END_TEST

static const struct {
	const char *now, *add, *del, *then;	/* NULL: refused */
} changes[] = {
	{ NULL, "10.0.0.1", NULL, "10.0.0.1" },
	{ "", "10.0.0.1/24", NULL, "10.0.0.1/24" },
	{ "10.0.0.1", "10.0.0.2", NULL, "10.0.0.1 10.0.0.2" },
	{ "10.0.0.1", "10.0.0.1/24", NULL, "10.0.0.1" },
	{ " 10.0.0.1\t 2001:db8::1 ", " 10.0.0.2  10.0.0.3 ", NULL,
	  "10.0.0.1 2001:db8::1 10.0.0.2 10.0.0.3" },
	{ "10.0.0.1", "10.0.0.2 x", NULL, NULL },
	{ "10.0.0.1", "", NULL, NULL },
	{ "10.0.0.1", "all", NULL, NULL },
	{ "broken", "10.0.0.1", NULL, NULL },
	{ "10.0.0.1 0.0.0.0 10.0.0.1 ::", "10.0.0.2", NULL, "10.0.0.1 10.0.0.2" },
	{ "10.0.0.1/24 10.0.0.2", NULL, "10.0.0.1", "10.0.0.2" },
	{ "10.0.0.1/24 10.0.0.2", NULL, "10.0.0.1/8 10.0.0.2", "" },
	{ "10.0.0.1 2001:db8::1", NULL, "2001:DB8:0::1", "10.0.0.1" },
	{ "10.0.0.1", NULL, "10.0.0.9", "10.0.0.1" },
	{ "10.0.0.1 2001:db8::1", NULL, "all", "" },
	{ NULL, NULL, "all", "" },
	{ "10.0.0.1", NULL, "ALL", NULL },
	{ "10.0.0.1", NULL, " ", NULL },
};

START_TEST(change)
{
	char reason[256] = "", *then = NULL;
	const char *why = changes[_i].add
		? addresses_add(changes[_i].now, changes[_i].add, &then, reason, sizeof(reason))
		: addresses_delete(changes[_i].now, changes[_i].del, &then, reason, sizeof(reason));

	change_is(why, then, changes[_i].then);
}
END_TEST

START_TEST(not_too_many)
{
	char text[ADDRESSES_MAX * 16] = "", reason[256], *then = NULL;
	size_t n = 0;

	for (int i = 0; i < ADDRESSES_MAX; i++)
		n += sprintf(text + n, "10.0.%d.1 ", i);
	ck_assert(addresses_valid(text));
	ck_assert(addresses_add(text, "10.1.0.1", &then, reason, sizeof(reason)) && !then);
	ck_assert(!addresses_add(text, "10.0.0.1", &then, reason, sizeof(reason)) && then);
	free(then);
	strcpy(text + n, "10.1.0.1");
	ck_assert(!addresses_valid(text));
}
END_TEST

static const struct {
	bool (*valid)(const char *);
	const char *text;
	bool good;
} lists[] = {
	{ nameservers_valid, "192.0.2.53", true },
	{ nameservers_valid, "127.0.0.1 ::1  2001:db8::53", true },
	{ nameservers_valid, "192.0.2.53/24", false },
	{ nameservers_valid, "192.0.2.1 192.0.2.2 192.0.2.3 192.0.2.4", false },
	{ nameservers_valid, "dns.example.org", false },
	{ nameservers_valid, "inherit", true },
	{ nameservers_valid, "192.0.2.53 inherit", false },
	{ searchdomains_valid, "inherit", true },
	{ searchdomains_valid, "example.org inherit", false },
	{ searchdomains_valid, "example.org example.com", true },
	{ searchdomains_valid, "a b c d e f", true },
	{ searchdomains_valid, "a b c d e f g", false },
	{ searchdomains_valid, "exa_mple.org", false },
	{ searchdomains_valid, "-x", false },
};

START_TEST(other_lists)
{
	ck_assert_msg(lists[_i].valid(lists[_i].text) == lists[_i].good, "%s", lists[_i].text);
}
END_TEST

static const struct {
	const char *text;
	uint64_t bytes;		/* a second; NO: refused */
} rates[] = {
#define NO UINT64_MAX
#define A_LONG_NAME "abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghij"
	{ "0", 0 }, { "8", 1000 }, { "100", 12500 }, { "100K", 12500 }, { "10M", 1250000 },
	{ "1G", 125000000 }, { "1000G", 125000000000 }, { "1001G", NO }, { "7", NO }, { "", NO },
	{ "M", NO }, { "10m", NO }, { "10MB", NO }, { "-1", NO }, { "1.5M", NO },
	{ "99999999999999999999", NO }, { "99999999999999999999999999999999", NO },
	{ "eth0:1:100", 12500 }, { "*:1:100", 12500 }, { "eth0.5:12:1M", 125000 },
	{ A_LONG_NAME ":1:10M", 1250000 }, { A_LONG_NAME ":1:1000G", 125000000000 },
	{ "eth0:100", NO }, { "eth0::100", NO }, { ":1:100", NO }, { "eth0:1:", NO },
	{ "eth0:1:100 eth1:1:100", NO }, { "e th0:1:100", NO }, { "eth0:x:100", NO },
};

START_TEST(rate)
{
	uint64_t bytes = 0;
	bool good = rates[_i].bytes != NO;

	ck_assert_msg(rate_parse(rates[_i].text, &bytes) == good, "%s", rates[_i].text);
	ck_assert(rate_valid(rates[_i].text) == good);
	if (good)
		ck_assert_uint_eq(bytes, rates[_i].bytes);
}
END_TEST

/* As it is written down */
START_TEST(short_rate)
{
	char text[RATE_TEXT];
	uint64_t bytes;

	if (rates[_i].bytes == NO)
		return;
	rate_shorten(rates[_i].text, text);
	ck_assert(rate_parse(text, &bytes));
	ck_assert_uint_eq(bytes, rates[_i].bytes);
	rate_shorten(NULL, text);
	ck_assert_str_eq(text, "0");
}
END_TEST

/* A setting for each option, as a command line has them. */
START_TEST(options)
{
	char *argv[] = { "set", "--nameserver", "192.0.2.53", "--ipadd", "10.0.0.1", "--ipadd",
			 "2001:db8::1/64", "--nameserver", "192.0.2.54", "--ipdel", "10.0.0.1",
			 "--searchdomain", "a.example", NULL };
	struct given g = { };
	struct config c;

	config_init(&c, 101);
	ck_assert_int_eq(config_set(&c, "NAMESERVER", "192.0.2.1"), 0);
	optind = 0;
	ck_assert_int_eq(given_parse(ARRAY_SIZE(argv) - 1, argv, false, &g), 0);
	ck_assert_int_eq(given_apply(&g, &c), 0);
	ck_assert_str_eq(c.ip_address, "2001:db8::1/64");
	ck_assert_str_eq(c.nameserver, "192.0.2.53 192.0.2.54");
	ck_assert_str_eq(c.searchdomain, "a.example");
	config_free(&c);
}
END_TEST

static const struct {
	const char *option, *value, *line;
	int status;
} refusals[] = {
	{ "ipadd", "10.0.0.300", "--ipadd: 10.0.0.300 is no address that a VE can have", EXIT_BAD_IP },
	{ "ipdel", "x", "--ipdel: x is no address", EXIT_BAD_IP },
	{ "rate", "fast", "--rate fast: must be kbit/s from 8", EXIT_SET_RATE },
	{ "nat", "maybe", "--nat maybe: must be yes or no", EXIT_BAD_VALUE },
	{ "nameserver", "x", "--nameserver x: must be up to 3", EXIT_BAD_NAMESERVER },
	{ "searchdomain", "a_b", "--searchdomain a_b: must be up to 6", EXIT_BAD_SEARCHDOMAIN },
};

START_TEST(refused)
{
	struct config c;

	config_init(&c, 101);
	option_refused(&c, refusals[_i].option, refusals[_i].value, refusals[_i].status, refusals[_i].line);
	ck_assert_ptr_null(c.ip_address);
	config_free(&c);
}
END_TEST

/* In OpenVZ's form a limit as an option, in a file only with RATEBOUND. */
static const struct {
	const char *rate, *ratebound, *limit;
} rate_limits[] = {
	{ "100", NULL, "100" }, { "100", "no", "100" }, { "0", NULL, "0" },
	{ "*:1:8", NULL, NULL }, { "*:1:8", "no", NULL }, { "eth0:1:8", "yes", "eth0:1:8" },
	{ NULL, "yes", NULL },
};

START_TEST(limits_rate)
{
	struct config c;
	const char *limit;

	config_init(&c, 101);
	if (rate_limits[_i].rate)
		ck_assert_int_eq(config_set(&c, "RATE", rate_limits[_i].rate), 0);
	if (rate_limits[_i].ratebound)
		ck_assert_int_eq(config_set(&c, "RATEBOUND", rate_limits[_i].ratebound), 0);
	limit = rate_limit(&c);
	ck_assert(!limit == !rate_limits[_i].limit && (!limit || !strcmp(limit, rate_limits[_i].limit)));
	ck_assert_int_eq(config_set_option(&c, "rate", "eth0:1:2000"), 0);
	ck_assert_str_eq(rate_limit(&c), "2000");
	config_free(&c);
}
END_TEST

START_TEST(traffic)
{
	static const char text[] =
		"Inter-|   Receive                                                |  Transmit\n"
		" face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs\n"
		"    lo: 9 9 0 0 0 0 0 0 9 9 0 0 0 0 0 0\n"
		" vz1011: 8 8 0 0 0 0 0 0 8 8 0 0 0 0 0 0\n"
		" vz101: 1 2 3 4 5 6 7 8 18446744073709551615 10 11 12 13 14 15 16\n"
		" vz102: 1 2 3";
	struct traffic t;
	bool linked;

	ck_assert(!traffic_find(text, 101, &t, &linked) && linked);
	ck_assert_uint_eq(t.out_bytes, 1);
	ck_assert_uint_eq(t.out_packets, 2);
	ck_assert_uint_eq(t.in_bytes, UINT64_MAX);
	ck_assert_uint_eq(t.in_packets, 10);
	ck_assert(!traffic_find(text, 10, &t, &linked) && !linked);
	ck_assert(!traffic_find(text, 102, &t, &linked) && !linked);
	ck_assert(!traffic_find("", 101, &t, &linked) && !linked);
}
END_TEST

Suite *address_suite(void)
{
	Suite *suite = suite_create("address");
	TCase *tcase = tcase_create("address");

	tcase_add_loop_test(tcase, parses, 0, ARRAY_SIZE(one));
	tcase_add_test(tcase, private_ranges);
	tcase_add_loop_test(tcase, change, 0, ARRAY_SIZE(changes));
	tcase_add_test(tcase, not_too_many);
	tcase_add_loop_test(tcase, other_lists, 0, ARRAY_SIZE(lists));
	tcase_add_loop_test(tcase, rate, 0, ARRAY_SIZE(rates));
	tcase_add_loop_test(tcase, short_rate, 0, ARRAY_SIZE(rates));
	tcase_add_loop_test(tcase, limits_rate, 0, ARRAY_SIZE(rate_limits));
	tcase_add_test(tcase, options);
	tcase_add_loop_test(tcase, refused, 0, ARRAY_SIZE(refusals));
	tcase_add_test(tcase, traffic);
	suite_add_tcase(suite, tcase);
	return suite;
}
