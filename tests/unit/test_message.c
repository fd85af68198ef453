// SPDX-License-Identifier: GPL-2.0-or-later
/* Replies, built here whole and then broken in every way that a strict reader refuses. */
#include <linux/genetlink.h>
#include <netlink/attr.h>
#include <netlink/genl/genl.h>

#include "message.h"
#include "unit.h"

struct nl_msg *message_start(int command)
{
	struct nl_msg *msg = message_new(MESSAGE_FAMILY, command, 0);

	ck_assert(msg != NULL);
	return msg;
}

/* What can be wrong with a reply's counter; one bit each. */
enum flaw {
	SHORT = 1, LONG = 2, TWICE = 4, MISSING = 8, TWO_ITEMS = 16, GARBAGE = 32, UNKNOWN = 64,
	NO_RESOURCE = 128,
};

static void put_counter(struct nl_msg *msg, uint32_t resource, enum flaw flaw)
{
	struct nlattr *item = nla_nest_start(msg, VZLITE_ITEM);
	uint64_t twice[2] = { 1, 1 };

	if (!(flaw & NO_RESOURCE))
		nla_put_u32(msg, VZLITE_COUNTER_A_RESOURCE, resource);
	if (flaw & SHORT)
		nla_put_u32(msg, VZLITE_COUNTER_A_HELD, 20);
	else if (flaw & LONG)
		nla_put(msg, VZLITE_COUNTER_A_HELD, 16, twice);
	else if (!(flaw & MISSING))
		nla_put_u64(msg, VZLITE_COUNTER_A_HELD, 20);
	if (flaw & TWICE)
		nla_put_u64(msg, VZLITE_COUNTER_A_HELD, 20);
	nla_put_u64(msg, VZLITE_COUNTER_A_MAXHELD, 26);
	nla_put_u64(msg, VZLITE_COUNTER_A_BARRIER, 240);
	nla_put_u64(msg, VZLITE_COUNTER_A_LIMIT, 260);
	nla_put_u64(msg, VZLITE_COUNTER_A_FAILCNT, 3);
	nla_put_u32(msg, VZLITE_COUNTER_A_ENFORCER, VZLITE_ENFORCER_MODULE);
	nla_put_u32(msg, VZLITE_COUNTER_A_AGE, 1500);
	if (flaw & UNKNOWN)
		nla_put_u64(msg, 200, 1);
	nla_nest_end(msg, item);
}

static struct nl_msg *counters_reply(enum flaw flaw, uint32_t resource)
{
	struct nl_msg *msg = message_start(VZLITE_CMD_COUNTER_GET);
	struct nlattr *array;

	nla_put_u32(msg, VZLITE_A_VE_ID, 101);
	nla_put_string(msg, VZLITE_A_VE_NAME, "web");
	array = nla_nest_start(msg, VZLITE_A_COUNTERS);
	put_counter(msg, resource, flaw);
	if (flaw & TWO_ITEMS)
		put_counter(msg, resource, 0);
	if (flaw & GARBAGE)
		nlmsg_append(msg, "abc", 4, 4);
	nla_nest_end(msg, array);
	if (flaw & UNKNOWN)
		nla_put_u64(msg, 300, 1);
	return msg;
}

static bool parse(struct nl_msg *msg, struct counter *counters)
{
	struct module_ve ve;
	bool ok = message_parse_counters(nlmsg_hdr(msg), &ve, counters);

	if (ok) {
		ck_assert_uint_eq(ve.id, 101);
		ck_assert_str_eq(ve.name, "web");
	}
	nlmsg_free(msg);
	return ok;
}

START_TEST(counters)
{
	struct counter c[VZLITE_RESOURCE_COUNT];

	for (int flaw = 0; flaw <= UNKNOWN; flaw = flaw ? flaw * 2 : 1) {
		bool good = !flaw || flaw == UNKNOWN;

		ck_assert_msg(parse(counters_reply(flaw, VZLITE_NUMPROC), c) == good, "flaw %d", flaw);
		if (!good)
			continue;
		ck_assert(c[VZLITE_NUMPROC].present && !c[VZLITE_NUMFILE].present);
		ck_assert_uint_eq(c[VZLITE_NUMPROC].held, 20);
		ck_assert_uint_eq(c[VZLITE_NUMPROC].maxheld, 26);
		ck_assert_uint_eq(c[VZLITE_NUMPROC].barrier, 240);
		ck_assert_uint_eq(c[VZLITE_NUMPROC].limit, 260);
		ck_assert_uint_eq(c[VZLITE_NUMPROC].failcnt, 3);
		ck_assert_int_eq(c[VZLITE_NUMPROC].enforcer, VZLITE_ENFORCER_MODULE);
		ck_assert_int_eq(c[VZLITE_NUMPROC].age, 1500);
	}
	ck_assert(!parse(counters_reply(NO_RESOURCE, 0), c));
	/* A newer module's resource has no place here and disturbs nothing. */
	ck_assert(parse(counters_reply(0, 1000), c));
	for (int r = 0; r < VZLITE_RESOURCE_COUNT; r++)
		ck_assert(!c[r].present);
}
END_TEST

/* Cut at every length: never good but at the whole, never read past the end. */
START_TEST(cut_short)
{
	struct nl_msg *msg = counters_reply(0, VZLITE_NUMPROC);
	uint32_t whole = nlmsg_hdr(msg)->nlmsg_len;
	struct counter c[VZLITE_RESOURCE_COUNT];
	struct module_ve ve;

	for (uint32_t len = 0; len <= whole; len++) {
		/* Of exactly this size, so that a sanitizer sees a byte too many. */
		struct nlmsghdr *copy = malloc(len < sizeof(*copy) ? sizeof(*copy) : len);

		memcpy(copy, nlmsg_hdr(msg), len < sizeof(*copy) ? sizeof(*copy) : len);
		copy->nlmsg_len = len;
		ck_assert_msg(message_parse_counters(copy, &ve, c) == (len == whole), "length %u", len);
		free(copy);
	}
	nlmsg_free(msg);
}
END_TEST

/* No bit of a reply, flipped, makes the reader do more than say no. */
START_TEST(flipped_bits)
{
	struct nl_msg *msg = counters_reply(0, VZLITE_NUMPROC);
	uint32_t whole = nlmsg_hdr(msg)->nlmsg_len;
	struct counter c[VZLITE_RESOURCE_COUNT];
	struct module_ve ve;

	for (uint32_t bit = NLMSG_HDRLEN * 8; bit < whole * 8; bit++) {
		char *copy = malloc(whole);

		memcpy(copy, nlmsg_hdr(msg), whole);
		copy[bit / 8] ^= 1 << bit % 8;
		(void)message_parse_counters((struct nlmsghdr *)copy, &ve, c);
		free(copy);
	}
	nlmsg_free(msg);
}
END_TEST

static const struct {
	int bytes;		/* 0: no attribute */
	uint64_t bits;
	bool ok, views;
} features[] = {
	{ 0, 0, true, true },		/* a module without views switches nothing off */
	{ 8, 0, true, true },
	{ 8, 1ULL << 32, true, false },
	{ 8, 1ULL << 32 | 1, true, true },
	{ 8, 3ULL << 32 | 2, true, false },
	{ 4, 1, false, false },
	{ 12, 1ULL << 32, false, false },
};

START_TEST(views)
{
	struct nl_msg *msg = message_start(VZLITE_CMD_VE_GET);
	uint64_t bits[2] = { features[_i].bits, 0 };
	struct module_ve ve;

	nla_put_u32(msg, VZLITE_A_VE_ID, 101);
	nla_put_string(msg, VZLITE_A_VE_NAME, "web");
	nla_put_u64(msg, VZLITE_A_CGROUP_ID, 77);
	nla_put_u8(msg, VZLITE_A_POPULATED, 1);
	if (features[_i].bytes)
		nla_put(msg, VZLITE_A_FEATURES, features[_i].bytes, bits);
	ck_assert_int_eq(message_parse_ve(nlmsg_hdr(msg), &ve), features[_i].ok);
	if (features[_i].ok)
		ck_assert_int_eq(ve.views, features[_i].views);
	nlmsg_free(msg);
}
END_TEST

static bool parse_ve(uint32_t id, const char *name, size_t len, int cgroup_bytes)
{
	struct nl_msg *msg = message_start(VZLITE_CMD_VE_GET);
	struct module_ve ve;
	uint64_t cgroup = 77;
	bool ok;

	nla_put_u32(msg, VZLITE_A_VE_ID, id);
	nla_put(msg, VZLITE_A_VE_NAME, len, name);
	nla_put(msg, VZLITE_A_CGROUP_ID, cgroup_bytes, &cgroup);
	nla_put_u8(msg, VZLITE_A_POPULATED, 1);
	ok = message_parse_ve(nlmsg_hdr(msg), &ve);
	if (ok) {
		ck_assert_uint_eq(ve.id, id);
		ck_assert_str_eq(ve.name, name);
		ck_assert(ve.cgroup_id == 77 && ve.populated);
	}
	nlmsg_free(msg);
	return ok;
}

START_TEST(ve)
{
	char name[VZLITE_VE_NAME_MAX + 2] = "";

	ck_assert(parse_ve(101, "web", 4, 8));
	ck_assert(!parse_ve(101, "web", 4, 4));
	ck_assert(!parse_ve(101, "web", 3, 8));		/* no NUL */
	ck_assert(!parse_ve(101, "w\0b", 4, 8));	/* one in the middle */
	ck_assert(!parse_ve(101, "", 0, 8));
	ck_assert(!parse_ve(0, "web", 4, 8));
	ck_assert(!parse_ve(2147483648U, "web", 4, 8));
	memset(name, 'a', VZLITE_VE_NAME_MAX);
	ck_assert(parse_ve(101, name, VZLITE_VE_NAME_MAX + 1, 8));
	memset(name, 'a', VZLITE_VE_NAME_MAX + 1);
	ck_assert(!parse_ve(101, name, VZLITE_VE_NAME_MAX + 2, 8));
}
END_TEST

static bool parse_event(struct limit_event *event, int counters, const char *comm)
{
	struct nl_msg *msg = message_start(VZLITE_CMD_LIMIT_EVENT);
	struct nlattr *array;
	bool ok;

	nla_put_u32(msg, VZLITE_A_VE_ID, 101);
	nla_put_string(msg, VZLITE_A_VE_NAME, "web");
	array = nla_nest_start(msg, VZLITE_A_COUNTERS);
	for (int i = 0; i < counters; i++)
		put_counter(msg, VZLITE_NUMPROC + i, 0);
	nla_nest_end(msg, array);
	nla_put_u32(msg, VZLITE_A_PID, 4321);
	nla_put_string(msg, VZLITE_A_COMM, comm);
	nla_put_u64(msg, VZLITE_A_HITS, 9);
	ok = message_parse_event(nlmsg_hdr(msg), event);
	nlmsg_free(msg);
	return ok;
}

START_TEST(event)
{
	struct limit_event e;

	ck_assert(parse_event(&e, 1, "fifteen-bytes-x"));
	ck_assert_uint_eq(e.ve.id, 101);
	ck_assert_int_eq(e.resource, VZLITE_NUMPROC);
	ck_assert_uint_eq(e.counter.failcnt, 3);
	ck_assert_uint_eq(e.pid, 4321);
	ck_assert_uint_eq(e.hits, 9);
	ck_assert_str_eq(e.comm, "fifteen-bytes-x");
	ck_assert(!parse_event(&e, 1, "sixteen-bytes-xx"));
	ck_assert(!parse_event(&e, 0, "x"));
	ck_assert(!parse_event(&e, 2, "x"));
}
END_TEST

static bool parse_end(struct module_ve *ve, int command, uint32_t how, bool with_status)
{
	struct nl_msg *msg = message_start(command);
	bool ok;

	nla_put_u32(msg, VZLITE_A_VE_ID, 101);
	nla_put_string(msg, VZLITE_A_VE_NAME, "web");
	nla_put_u64(msg, VZLITE_A_CGROUP_ID, 1);
	nla_put(msg, VZLITE_A_POPULATED, 1, "");
	if (how)
		nla_put_u32(msg, VZLITE_A_END, how);
	if (with_status)
		nla_put_u32(msg, VZLITE_A_WAIT_STATUS, 256);
	ok = command == VZLITE_CMD_VE_GET ? message_parse_ve(nlmsg_hdr(msg), ve) :
	     message_parse_end(nlmsg_hdr(msg), ve);
	nlmsg_free(msg);
	return ok;
}

START_TEST(end)
{
	static const int commands[] = { VZLITE_CMD_VE_GET, VZLITE_CMD_END_EVENT };
	struct module_ve ve;

	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		ck_assert(parse_end(&ve, commands[i], VZLITE_END_REBOOT, true));
		ck_assert_uint_eq(ve.id, 101);
		ck_assert_int_eq(ve.end, VZLITE_END_REBOOT);
		ck_assert_uint_eq(ve.wait_status, 256);
		/* A newer module's word. */
		ck_assert(parse_end(&ve, commands[i], 77, true));
		ck_assert_int_eq(ve.end, VZLITE_END_EXIT);
		ck_assert(!parse_end(&ve, commands[i], VZLITE_END_HALT, false));
		ck_assert(!parse_end(&ve, commands[i], 0, true));
	}
	/* A VE may not have ended yet; an event of an end says which. */
	ck_assert(parse_end(&ve, VZLITE_CMD_VE_GET, 0, false));
	ck_assert_int_eq(ve.end, VZLITE_END_NONE);
	ck_assert(!parse_end(&ve, VZLITE_CMD_END_EVENT, 0, false));
}
END_TEST

/* What the kernel says of families. */
static bool parse_family(int type, int command, const char *name, size_t len, bool *there)
{
	struct nl_msg *msg = nlmsg_alloc();
	bool ok;

	ck_assert(msg && genlmsg_put(msg, 0, 0, type, 0, 0, command, 2));
	nla_put_u16(msg, CTRL_ATTR_FAMILY_ID, 33);
	if (name)
		nla_put(msg, CTRL_ATTR_FAMILY_NAME, len, name);
	nla_put_u32(msg, CTRL_ATTR_VERSION, 1);
	ok = message_parse_family(nlmsg_hdr(msg), there);
	nlmsg_free(msg);
	return ok;
}

START_TEST(family)
{
	bool there = false;

	ck_assert(parse_family(GENL_ID_CTRL, CTRL_CMD_NEWFAMILY, "vzlite", 7, &there) && there);
	ck_assert(parse_family(GENL_ID_CTRL, CTRL_CMD_DELFAMILY, "vzlite", 7, &there) && !there);
	ck_assert(!parse_family(GENL_ID_CTRL, CTRL_CMD_NEWFAMILY, "vzlit", 6, &there));
	ck_assert(!parse_family(GENL_ID_CTRL, CTRL_CMD_NEWFAMILY, "vzlite2", 8, &there));
	ck_assert(!parse_family(GENL_ID_CTRL, CTRL_CMD_NEWFAMILY, "vzlite", 6, &there));
	ck_assert(!parse_family(GENL_ID_CTRL, CTRL_CMD_NEWFAMILY, NULL, 0, &there));
	/* A new multicast group has the number of a limit event, and is none of both. */
	ck_assert(!parse_family(GENL_ID_CTRL, CTRL_CMD_NEWMCAST_GRP, "vzlite", 7, &there));
	ck_assert(!parse_family(33, CTRL_CMD_NEWFAMILY, "vzlite", 7, &there));
	ck_assert(!there);
}
END_TEST

Suite *message_suite(void)
{
	Suite *suite = suite_create("message");
	TCase *tcase = tcase_create("message");

	tcase_add_loop_test(tcase, views, 0, ARRAY_SIZE(features));
	tcase_add_test(tcase, counters);
	tcase_add_test(tcase, cut_short);
	tcase_add_test(tcase, flipped_bits);
	tcase_add_test(tcase, ve);
	tcase_add_test(tcase, event);
	tcase_add_test(tcase, end);
	tcase_add_test(tcase, family);
	suite_add_tcase(suite, tcase);
	return suite;
}
