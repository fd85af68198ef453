// SPDX-License-Identifier: GPL-2.0-or-later
/* Requests, byte for byte against what the header says, and what the kernel says of a bad one. */
#include <netlink/genl/genl.h>

#include "message.h"
#include "unit.h"

START_TEST(header)
{
	struct nl_msg *msg = message_new(MESSAGE_FAMILY, VZLITE_CMD_COUNTER_GET, NLM_F_DUMP);
	struct nlmsghdr *nlh = nlmsg_hdr(msg);
	struct genlmsghdr *genl = nlmsg_data(nlh);

	ck_assert_uint_eq(nlh->nlmsg_type, MESSAGE_FAMILY);
	ck_assert_uint_eq(nlh->nlmsg_flags & NLM_F_DUMP, NLM_F_DUMP);
	ck_assert_uint_eq(genl->cmd, VZLITE_CMD_COUNTER_GET);
	ck_assert_uint_eq(genl->version, VZLITE_GENL_VERSION);
	ck_assert_uint_eq(nlh->nlmsg_len, NLMSG_LENGTH(GENL_HDRLEN));
	ck_assert_int_eq(message_command(nlh), VZLITE_CMD_COUNTER_GET);
	nlmsg_free(msg);
}
END_TEST

/* The attribute at *@p, of @type and @len; *@p moves behind it. */
static const char *take(const char **p, const char *end, int type, int len)
{
	const struct nlattr *attr = (const struct nlattr *)*p;

	ck_assert(*p + NLA_HDRLEN <= end);
	ck_assert_int_eq(attr->nla_type, type);
	if (len >= 0)
		ck_assert_int_eq(attr->nla_len - NLA_HDRLEN, len);
	*p += NLA_ALIGN(attr->nla_len);
	ck_assert(*p <= end);
	return (const char *)attr + NLA_HDRLEN;
}

static uint32_t u32_at(const char *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static uint64_t u64_at(const char *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static void take_bound(const char **p, const char *end, uint32_t resource, uint64_t barrier,
		       uint64_t limit)
{
	const char *item = take(p, end, VZLITE_ITEM | NLA_F_NESTED, -1);

	ck_assert_uint_eq(u32_at(take(&item, *p, VZLITE_COUNTER_A_RESOURCE, 4)), resource);
	ck_assert_uint_eq(u64_at(take(&item, *p, VZLITE_COUNTER_A_BARRIER, 8)), barrier);
	ck_assert_uint_eq(u64_at(take(&item, *p, VZLITE_COUNTER_A_LIMIT, 8)), limit);
	ck_assert_ptr_eq(item, *p);
}

START_TEST(request)
{
	struct bound bounds[VZLITE_RESOURCE_COUNT] = {
		[VZLITE_NUMPROC] = { 240, 260 },
		[VZLITE_NUMFILE] = { 9312, VZLITE_UNLIMITED },
	};
	bool set[VZLITE_RESOURCE_COUNT] = { [VZLITE_NUMPROC] = true, [VZLITE_NUMFILE] = true };
	struct nl_msg *msg = message_start(VZLITE_CMD_VE_NEW);
	const char *p, *end, *array;

	ck_assert(message_put_id(msg, 101) && message_put_name(msg, "web") &&
		  message_put_cgroup_fd(msg, 5) && message_put_bounds(msg, bounds, set));
	p = (const char *)nlmsg_hdr(msg) + NLMSG_LENGTH(GENL_HDRLEN);
	end = (const char *)nlmsg_hdr(msg) + nlmsg_hdr(msg)->nlmsg_len;
	ck_assert_uint_eq(u32_at(take(&p, end, VZLITE_A_VE_ID, 4)), 101);
	ck_assert_str_eq(take(&p, end, VZLITE_A_VE_NAME, 4), "web");
	ck_assert_uint_eq(u32_at(take(&p, end, VZLITE_A_CGROUP_FD, 4)), 5);
	array = take(&p, end, VZLITE_A_COUNTERS | NLA_F_NESTED, -1);
	ck_assert_ptr_eq(p, end);
	take_bound(&array, end, VZLITE_NUMPROC, 240, 260);
	take_bound(&array, end, VZLITE_NUMFILE, 9312, VZLITE_UNLIMITED);
	ck_assert_ptr_eq(array, end);
	nlmsg_free(msg);
}
END_TEST

START_TEST(request_flags)
{
	struct nl_msg *msg = message_start(VZLITE_CMD_VE_SET);
	const char *p, *end;

	ck_assert(message_put_views(msg, true) && message_put_views(msg, false) &&
		  message_put_release(msg) && message_put_mask(msg, 1ULL << 63 | 32));
	p = (const char *)nlmsg_hdr(msg) + NLMSG_LENGTH(GENL_HDRLEN);
	end = (const char *)nlmsg_hdr(msg) + nlmsg_hdr(msg)->nlmsg_len;
	/* The value, then which bits of it count. */
	ck_assert_uint_eq(u64_at(take(&p, end, VZLITE_A_FEATURES, 8)), 1ULL << 32 | 1);
	ck_assert_uint_eq(u64_at(take(&p, end, VZLITE_A_FEATURES, 8)), 1ULL << 32);
	take(&p, end, VZLITE_A_RELEASE, 0);
	ck_assert_uint_eq(u64_at(take(&p, end, VZLITE_A_RESOURCE_MASK, 8)), 1ULL << 63 | 32);
	ck_assert_ptr_eq(p, end);
	nlmsg_free(msg);
}
END_TEST

/* All resources at once fit in one message; none leaves no nest behind. */
START_TEST(request_sizes)
{
	struct bound bounds[VZLITE_RESOURCE_COUNT] = { };
	bool set[VZLITE_RESOURCE_COUNT] = { };
	struct nl_msg *msg = message_start(VZLITE_CMD_VE_SET);

	ck_assert(message_put_bounds(msg, bounds, set));
	ck_assert_uint_eq(nlmsg_hdr(msg)->nlmsg_len, NLMSG_LENGTH(GENL_HDRLEN));
	memset(set, true, sizeof(set));
	ck_assert(message_put_bounds(msg, bounds, set));
	nlmsg_free(msg);
}
END_TEST

/* An error message with a text, with or without our request in it. */
START_TEST(error_text)
{
	union {
		struct nlmsghdr nlh;
		char bytes[256];
	} m;
	struct nlmsgerr *err = NLMSG_DATA(&m.nlh);
	struct nlattr *attr;
	char text[32];

	for (int capped = 0; capped < 2; capped++) {
		memset(&m, 0, sizeof(m));
		err->msg.nlmsg_len = NLMSG_LENGTH(20);
		attr = (struct nlattr *)((char *)NLMSG_DATA(&m.nlh) + sizeof(*err) + (capped ? 0 : 20));
		attr->nla_type = NLMSGERR_ATTR_MSG;
		attr->nla_len = NLA_HDRLEN + sizeof("no such VE");
		strcpy((char *)attr + NLA_HDRLEN, "no such VE");
		m.nlh.nlmsg_len = (char *)attr - m.bytes + NLA_ALIGN(attr->nla_len);
		m.nlh.nlmsg_flags = NLM_F_ACK_TLVS | (capped ? NLM_F_CAPPED : 0);
		message_error_text(&m.nlh, text, sizeof(text));
		ck_assert_str_eq(text, "no such VE");
		message_error_text(&m.nlh, text, 4);
		ck_assert_str_eq(text, "no ");
		attr->nla_len = 100;
		message_error_text(&m.nlh, text, sizeof(text));
		ck_assert_str_eq(text, "");
		m.nlh.nlmsg_flags &= ~NLM_F_ACK_TLVS;
		message_error_text(&m.nlh, text, sizeof(text));
		ck_assert_str_eq(text, "");
	}
	/* A request's length that leads out of the message. */
	m.nlh.nlmsg_flags = NLM_F_ACK_TLVS;
	err->msg.nlmsg_len = 0xffffffff;
	message_error_text(&m.nlh, text, sizeof(text));
	ck_assert_str_eq(text, "");
	err->msg.nlmsg_len = 3;
	message_error_text(&m.nlh, text, sizeof(text));
	ck_assert_str_eq(text, "");
}
END_TEST

Suite *request_suite(void)
{
	Suite *suite = suite_create("request");
	TCase *tcase = tcase_create("request");

	tcase_add_test(tcase, header);
	tcase_add_test(tcase, request);
	tcase_add_test(tcase, request_sizes);
	tcase_add_test(tcase, request_flags);
	tcase_add_test(tcase, error_text);
	suite_add_tcase(suite, tcase);
	return suite;
}
