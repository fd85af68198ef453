// SPDX-License-Identifier: GPL-2.0-or-later
/* Interfaces, as options and configurations have them. */
#include "config.h"
#include "error.h"
#include "given.h"
#include "netif.h"
#include "unit.h"

#define MAC "02:00:00:00:00:01"
#define HOST "fe:00:00:00:00:01"

static const struct {
	const char *text;
	const char *then;	/* as it is written back; NULL: refused */
} lists[] = {
	{ "", "" },
	{ NULL, "" },
	{ ";;", "" },
	{ "ifname=eth0", "ifname=eth0" },
	{ "ifname=eth0;", "ifname=eth0" },
	{ "host_mac=" HOST ",ifname=eth0,mac_filter=on,bridge=vmbr0,mac=" MAC ",host_ifname=veth101.0",
	  "ifname=eth0,bridge=vmbr0,mac=" MAC ",host_ifname=veth101.0,host_mac=" HOST },
	{ "ifname=eth0,mac=,host_mac=,bridge=,host_ifname=", "ifname=eth0" },
	{ "ifname=eth0,mac_filter=off;ifname=eth1", "ifname=eth0,mac_filter=off;ifname=eth1" },
	{ "ifname=eth0,mac=02:AB:cD:00:00:01", "ifname=eth0,mac=02:ab:cd:00:00:01" },
	{ "ifname=abcdefghijklmno", "ifname=abcdefghijklmno" },
	{ "ifname=abcdefghijklmnop", NULL },
	{ "ifname=", NULL },
	{ "bridge=vmbr0", NULL },
	{ "eth0", NULL },
	{ "ifname=eth0,ip=10.0.0.1", NULL },
	{ "ifname=eth0,IFNAME=eth1", NULL },
	{ "ifname=eth0,bridge", NULL },
	{ "ifname=eth0,bridge=a/b", NULL },
	{ "ifname=eth0,bridge=..", NULL },
	{ "ifname=a b", NULL },
	{ "ifname=eth%d", NULL },
	{ "ifname=e:0", NULL },
	{ "ifname=lo", NULL },
	{ "ifname=venet0", NULL },
	{ "ifname=all", NULL },
	{ "ifname=default", NULL },
	{ "ifname=eth0,host_ifname=venet0", "ifname=eth0,host_ifname=venet0" },
	{ "ifname=eth0,host_ifname=vz101", NULL },
	{ "ifname=eth0,host_ifname=vz", "ifname=eth0,host_ifname=vz" },
	{ "ifname=eth0,host_ifname=vzlan", "ifname=eth0,host_ifname=vzlan" },
	{ "ifname=eth0,host_ifname=lo", NULL },
	{ "ifname=eth0,mac_filter=yes", NULL },
	{ "ifname=eth0,mac=03:00:00:00:00:01", NULL },
	{ "ifname=eth0,mac=00:00:00:00:00:00", NULL },
	{ "ifname=eth0,mac=02:00:00:00:00", NULL },
	{ "ifname=eth0,mac=02:00:00:00:00:01:02", NULL },
	{ "ifname=eth0,mac=02:00:00:00:00:0g", NULL },
	{ "ifname=eth0,mac=02-00-00-00-00-01", NULL },
	/* As vzctl writes it. */
	{ "ifname=eth0,mac=" MAC ",host_ifname=veth101.0,host_mac=" MAC,
	  "ifname=eth0,mac=" MAC ",host_ifname=veth101.0" },
};

START_TEST(parses)
{
	struct netifs list;
	char *text;

	ck_assert_int_eq(netifs_parse(lists[_i].text, &list), lists[_i].then != NULL);
	if (!lists[_i].then)
		return;
	text = netifs_join(&list);
	ck_assert_str_eq(text, lists[_i].then);
	free(text);
}
END_TEST

static const struct {
	const char *text;
	bool good;
} wholes[] = {
	{ "ifname=eth0;ifname=eth1", true },
	{ "ifname=eth0;ifname=eth0", false },
	{ "ifname=eth0,host_ifname=x;ifname=eth1,host_ifname=x", false },
	{ "ifname=eth0,mac=" MAC ";ifname=eth1,mac=" MAC, false },
	{ "ifname=0;ifname=1;ifname=2;ifname=3;ifname=4;ifname=5;ifname=6;ifname=7;ifname=8;ifname=9;"
	  "ifname=a;ifname=b", true },
	{ "ifname=0;ifname=1;ifname=2;ifname=3;ifname=4;ifname=5;ifname=6;ifname=7;ifname=8;ifname=9;"
	  "ifname=a;ifname=b;ifname=c", false },
};

START_TEST(none_twice)
{
	ck_assert_msg(netifs_valid(wholes[_i].text) == wholes[_i].good, "%s", wholes[_i].text);
}
END_TEST

static const struct {
	const char *text, *then;
} unions[] = {
	{ "", "" },
	{ "ifname=eth0;ifname=eth1", "ifname=eth0;ifname=eth1" },
	{ "ifname=eth0,bridge=a;ifname=eth1;ifname=eth0,bridge=b", "ifname=eth0,bridge=a;ifname=eth1" },
	{ "ifname=eth0,host_ifname=x;ifname=eth1,host_ifname=x;ifname=eth2", "ifname=eth0,host_ifname=x;ifname=eth2" },
	{ "ifname=eth0,mac=" MAC ";ifname=eth1,mac=" MAC, "ifname=eth0,mac=" MAC },
	/* What shares something only with one that is not kept is kept. */
	{ "ifname=eth0;ifname=eth0,mac=" MAC ";ifname=eth1,mac=" MAC, "ifname=eth0;ifname=eth1,mac=" MAC },
};

START_TEST(first_kept)
{
	struct netifs list;
	char *text;

	ck_assert(netifs_parse(unions[_i].text, &list));
	netifs_keep_first(&list);
	text = netifs_join(&list);
	ck_assert_str_eq(text, unions[_i].then);
	ck_assert(netifs_valid(text));
	free(text);
}
END_TEST

/* As many as there may be, each as long as it may be, are a line of a configuration. */
START_TEST(longest)
{
	struct netifs list = { .n = NETIFS_MAX };
	cleanup_config struct config c;
	char *text;

	for (size_t i = 0; i < list.n; i++) {
		struct netif *n = &list.list[i];

		sprintf(n->ifname, "abcdefghijklm%02zu", i);
		sprintf(n->host_ifname, "ABCDEFGHIJKLM%02zu", i);
		strcpy(n->bridge, "abcdefghijklmno");
		n->mac[5] = n->host_mac[5] = i + 1;
		n->host_mac[0] = 0xfe;
		n->unfiltered = true;
	}
	text = netifs_join(&list);
	config_init(&c, 101);
	ck_assert(netifs_valid(text));
	ck_assert_int_eq(config_set(&c, "NETIF", text), 0);
	ck_assert_str_eq(c.netif, text);
	free(text);
}
END_TEST

typedef const char *change(const char *now, const char *given, char **out, char *reason, size_t size);

static const struct {
	change *change;
	const char *now, *given, *then;	/* NULL: refused */
} changes[] = {
	{ netif_add, NULL, "eth0," MAC, "ifname=eth0,mac=" MAC ",host_mac=" HOST },
	{ netif_add, "ifname=eth1", "eth0," MAC ",x," HOST ",br0",
	  "ifname=eth1;ifname=eth0,bridge=br0,mac=" MAC ",host_ifname=x,host_mac=" HOST },
	{ netif_add, NULL, "eth0," MAC ",,,br0", "ifname=eth0,bridge=br0,mac=" MAC ",host_mac=" HOST },
	{ netif_add, NULL, "eth0,fe:00:00:00:00:01", "ifname=eth0,mac=" HOST ",host_mac=fa:00:00:00:00:01" },
	{ netif_add, NULL, "", NULL },
	{ netif_add, NULL, ",," MAC, NULL },
	{ netif_add, NULL, "eth0," MAC ",,,br0,", NULL },
	{ netif_add, NULL, "eth0," MAC ",," MAC, NULL },
	{ netif_add, "ifname=eth0", "eth0", NULL },
	{ netif_add, "ifname=eth1,host_ifname=x", "eth0,,x", NULL },
	{ netif_add, "ifname=eth1,mac=" MAC, "eth0," MAC, NULL },
	{ netif_add, "broken", "eth0", NULL },
	{ netif_delete, "ifname=eth0;ifname=eth1;ifname=eth2", "eth1", "ifname=eth0;ifname=eth2" },
	{ netif_delete, "ifname=eth0", "eth1", "ifname=eth0" },
	{ netif_delete, "ifname=eth0", "all", "" },
	{ netif_delete, "broken", "all", "" },
	{ netif_delete, "ifname=eth0", "", NULL },
	{ netif_filter, "ifname=eth0", "off", NULL },
	{ netif_choose, "ifname=eth0;ifname=eth1", "eth1", "ifname=eth0;ifname=eth1" },
	{ netif_choose, NULL, "a/b", NULL },
};

START_TEST(change_list)
{
	char reason[256] = "", *then = NULL;
	const char *why = changes[_i].change(changes[_i].now, changes[_i].given, &then, reason, sizeof(reason));

	change_is(why, then, changes[_i].then);
}
END_TEST

START_TEST(filter)
{
	char reason[256], *then = NULL;

	ck_assert_ptr_null(netif_choose(NULL, "eth1", &then, reason, sizeof(reason)));
	free(then);
	ck_assert_ptr_null(netif_filter("ifname=eth0;ifname=eth1", "off", &then, reason, sizeof(reason)));
	ck_assert_str_eq(then, "ifname=eth0;ifname=eth1,mac_filter=off");
	free(then);
	ck_assert_ptr_null(netif_filter("ifname=eth1,mac_filter=off", "on", &then, reason, sizeof(reason)));
	ck_assert_str_eq(then, "ifname=eth1");
	free(then);
	ck_assert_ptr_nonnull(netif_filter("ifname=eth1", "yes", &then, reason, sizeof(reason)));
}
END_TEST

/* In the configuration and in force it is the same; of another name another. */
START_TEST(chosen_addresses)
{
	uint8_t first[MAC_SIZE], again[MAC_SIZE], other[MAC_SIZE], host[MAC_SIZE];

	mac_choose("eth0", first);
	mac_choose("eth0", again);
	mac_choose("eth1", other);
	mac_choose_host(first, host);
	ck_assert(!memcmp(first, again, MAC_SIZE) && memcmp(first, other, MAC_SIZE));
	ck_assert((first[0] & 3) == 2 && host[0] == 0xfe && !memcmp(first + 1, host + 1, MAC_SIZE - 1));
}
END_TEST

static const struct {
	uint32_t ctid;
	const char *text, *live, *then;		/* its host_ifname, of the last one */
} names[] = {
	{ 101, "ifname=eth0", NULL, "veth101.0" },
	{ 101, "ifname=eth0;ifname=eth1", NULL, "veth101.1" },
	{ 101, "ifname=eth0,host_ifname=veth101.1;ifname=eth1", NULL, "veth101.0" },
	{ 101, "ifname=eth1", NULL, "veth101.1" },
	{ 101, "ifname=eth1;ifname=eth0", NULL, "veth101.0" },
	{ 101, "ifname=eth2", "ifname=eth1,host_ifname=veth101.1", "veth101.2" },
	{ 101, "ifname=eth0.100", NULL, "veth101.0" },
	{ 101, "ifname=lan", "ifname=eth0,host_ifname=veth101.0", "veth101.1" },
	{ 101, "ifname=eth1000", NULL, "veth101.0" },
	{ 2147483647, "ifname=eth999", NULL, "ve2147483647.0" },
	{ 101, "ifname=eth0,host_ifname=veth101.0;ifname=eth1,host_ifname=x", NULL, "x" },
	{ 101, "ifname=eth1", "ifname=eth0,host_ifname=veth101.0", "veth101.1" },
	{ 101, "ifname=eth1", "ifname=eth1,host_ifname=lan0", "lan0" },
	{ 214748364, "ifname=eth0", NULL, "veth214748364.0" },
	{ 214748364, "ifname=eth0", "ifname=e,host_ifname=veth214748364.0", "veth214748364.1" },
	{ 2147483647, "ifname=eth0", NULL, "ve2147483647.0" },
};

START_TEST(chosen_names)
{
	struct netifs list, live;

	ck_assert(netifs_parse(names[_i].text, &list) && netifs_parse(names[_i].live, &live));
	netifs_complete(&list, names[_i].ctid, &live);
	ck_assert_str_eq(list.list[list.n - 1].host_ifname, names[_i].then);
}
END_TEST

/* Of one that a file leaves open: always the same, for each VE and name another. */
START_TEST(completed)
{
	char *a = netifs_complete_text("ifname=eth0;ifname=eth1", 101, NULL);
	char *b = netifs_complete_text("ifname=eth0;ifname=eth1", 101, NULL);
	char *c = netifs_complete_text("ifname=eth0", 102, NULL);
	char *again = netifs_complete_text(a, 101, NULL);
	struct netifs one, other;

	ck_assert_str_eq(a, b);
	ck_assert_str_eq(a, again);
	ck_assert(netifs_parse(a, &one) && netifs_parse(c, &other));
	ck_assert(memcmp(one.list[0].mac, one.list[1].mac, MAC_SIZE));
	ck_assert(memcmp(one.list[0].mac, other.list[0].mac, MAC_SIZE));
	ck_assert(netif_same(&one.list[0], &one.list[0]) && !netif_same(&one.list[0], &other.list[0]));
	ck_assert_ptr_null(netifs_complete_text("broken", 101, NULL));
	free(a);
	free(b);
	free(c);
	free(again);
}
END_TEST

START_TEST(options)
{
	char *argv[] = { "set", "--netif_add", "eth0," MAC ",,,br0", "--netif_add", "eth1", "--ifname", "eth0",
			 "--mac_filter", "off", "--netif_del", "eth1", NULL };
	struct given g = { };
	cleanup_config struct config c;

	config_init(&c, 101);
	optind = 0;
	ck_assert_int_eq(given_parse(ARRAY_SIZE(argv) - 1, argv, GIVEN_SET, &g), 0);
	ck_assert_int_eq(given_apply(&g, &c), 0);
	ck_assert_int_eq(given_complete_netifs(&c, NULL), 0);
	ck_assert_str_eq(c.netif, "ifname=eth0,bridge=br0,mac=" MAC ",host_ifname=veth101.0,host_mac=" HOST
			 ",mac_filter=off");
	errors_begin();
	ck_assert_int_eq(given_check_adopted(&g, 101), EXIT_BAD_OPTION);
	expect_line(errors_end(), "--netif_add: is for the engine");
}
END_TEST

static const struct {
	const char *option, *value, *line;
} refusals[] = {
	{ "netif_add", "a/b", "--netif_add: a/b is no ifname" },
	{ "netif_add", "eth0,x", "--netif_add: x is no mac" },
	{ "netif_add", "eth0,,,,br0,x", "--netif_add: must be IFNAME[,MAC" },
	{ "netif_del", "a b", "--netif_del: a b is no interface" },
};

START_TEST(refused)
{
	struct config c;

	config_init(&c, 101);
	option_refused(&c, refusals[_i].option, refusals[_i].value, EXIT_BAD_VALUE, refusals[_i].line);
	ck_assert_ptr_null(c.netif);
	config_free(&c);
}
END_TEST

Suite *netif_suite(void)
{
	Suite *suite = suite_create("netif");
	TCase *tcase = tcase_create("netif");

	tcase_add_loop_test(tcase, parses, 0, ARRAY_SIZE(lists));
	tcase_add_loop_test(tcase, none_twice, 0, ARRAY_SIZE(wholes));
	tcase_add_loop_test(tcase, first_kept, 0, ARRAY_SIZE(unions));
	tcase_add_test(tcase, longest);
	tcase_add_loop_test(tcase, change_list, 0, ARRAY_SIZE(changes));
	tcase_add_test(tcase, filter);
	tcase_add_test(tcase, chosen_addresses);
	tcase_add_loop_test(tcase, chosen_names, 0, ARRAY_SIZE(names));
	tcase_add_test(tcase, completed);
	tcase_add_test(tcase, options);
	tcase_add_loop_test(tcase, refused, 0, ARRAY_SIZE(refusals));
	suite_add_tcase(suite, tcase);
	return suite;
}
