// SPDX-License-Identifier: GPL-2.0-or-later
#include <linux/genetlink.h>
#include <string.h>

#include <netlink/attr.h>
#include <netlink/genl/genl.h>

#include "message.h"

/* How long an attribute must be: a type we read has one of these. */
enum kind { SKIP, U8, U32, U64, STRING, NEST, BITFIELD, FLAG };

static const enum kind top_kinds[VZLITE_A_MAX + 1] = {
	[VZLITE_A_VERSION]	= STRING,
	[VZLITE_A_VE_COUNT]	= U32,
	[VZLITE_A_ZOMBIE_COUNT]	= U32,
	[VZLITE_A_RESOURCES]	= NEST,
	[VZLITE_A_VIEWS]	= NEST,
	[VZLITE_A_VE_ID]	= U32,
	[VZLITE_A_VE_NAME]	= STRING,
	[VZLITE_A_CGROUP_ID]	= U64,
	[VZLITE_A_POPULATED]	= U8,
	[VZLITE_A_COUNTERS]	= NEST,
	[VZLITE_A_PID]		= U32,
	[VZLITE_A_COMM]		= STRING,
	[VZLITE_A_HITS]		= U64,
	[VZLITE_A_FEATURES]	= BITFIELD,
	[VZLITE_A_END]		= U32,
	[VZLITE_A_WAIT_STATUS]	= U32,
	[VZLITE_A_END_MISSING]	= STRING,
	[VZLITE_A_RESOURCE_MASK] = U64,
};

static const enum kind resource_kinds[VZLITE_RESOURCE_A_MAX + 1] = {
	[VZLITE_RESOURCE_A_ID]		= U32,
	[VZLITE_RESOURCE_A_ENFORCER]	= U32,
	[VZLITE_RESOURCE_A_MISSING]	= STRING,
};

static const enum kind view_kinds[VZLITE_VIEW_A_MAX + 1] = {
	[VZLITE_VIEW_A_NAME]		= STRING,
	[VZLITE_VIEW_A_MISSING]		= STRING,
	[VZLITE_VIEW_A_GUARD]		= FLAG,
};

static const enum kind counter_kinds[VZLITE_COUNTER_A_MAX + 1] = {
	[VZLITE_COUNTER_A_RESOURCE]	= U32,
	[VZLITE_COUNTER_A_HELD]		= U64,
	[VZLITE_COUNTER_A_MAXHELD]	= U64,
	[VZLITE_COUNTER_A_BARRIER]	= U64,
	[VZLITE_COUNTER_A_LIMIT]	= U64,
	[VZLITE_COUNTER_A_FAILCNT]	= U64,
	[VZLITE_COUNTER_A_ENFORCER]	= U32,
	[VZLITE_COUNTER_A_AGE]		= U32,
};

static bool kind_ok(enum kind kind, const struct nlattr *attr)
{
	int len = nla_len(attr);
	const char *data = nla_data(attr);

	switch (kind) {
	case FLAG:
		return len == 0;
	case U8:
		return len == 1;
	case U32:
		return len == 4;
	case U64:
	case BITFIELD:
		return len == 8;
	case STRING:
		return len > 0 && memchr(data, '\0', len) == data + len - 1;
	default:
		return true;
	}
}

/* libnl's nla_parse takes the last of two, and lets pass what is too long or
 * left over: this one does not. */
static bool parse(const struct nlattr *attr, int len, const enum kind *kinds, int max,
		  const struct nlattr **tb)
{
	memset(tb, 0, (max + 1) * sizeof(*tb));
	for (; nla_ok(attr, len); attr = nla_next(attr, &len)) {
		int type = nla_type(attr);

		if (type > max || kinds[type] == SKIP)
			continue;
		if (tb[type] || !kind_ok(kinds[type], attr))
			return false;
		tb[type] = attr;
	}
	return len <= 0;
}

static bool parse_nest(const struct nlattr *attr, const enum kind *kinds, int max,
		       const struct nlattr **tb)
{
	return parse(nla_data(attr), nla_len(attr), kinds, max, tb);
}

static bool parse_top(const struct nlmsghdr *nlh, const struct nlattr **tb)
{
	struct nlmsghdr *msg = (struct nlmsghdr *)nlh;	/* libnl's getters lack const */
	struct genlmsghdr *genl;

	if (message_command(nlh) < 0)
		return false;
	genl = genlmsg_hdr(msg);
	return parse(genlmsg_attrdata(genl, 0), genlmsg_attrlen(genl, 0), top_kinds,
		     VZLITE_A_MAX, tb);
}

static bool get_string(const struct nlattr *attr, char *out, size_t size)
{
	size_t len = nla_len(attr);	/* with the NUL that kind_ok has seen */

	if (len > size)
		return false;
	memcpy(out, nla_data(attr), len);
	return true;
}

static bool get_enforcer(const struct nlattr *attr, enum vzlite_enforcer *out)
{
	*out = attr ? nla_get_u32(attr) : VZLITE_ENFORCER_NONE;
	/* One that a newer module has and we have no word for is not "none", and
	 * not "module" either: what we say of it must promise nothing. */
	if (*out > VZLITE_ENFORCER_ACCOUNTED)
		*out = VZLITE_ENFORCER_ACCOUNTED;
	return attr != NULL;
}

int message_command(const struct nlmsghdr *nlh)
{
	if (!genlmsg_valid_hdr((struct nlmsghdr *)nlh, 0))
		return -1;
	return genlmsg_hdr((struct nlmsghdr *)nlh)->cmd;
}

/* The next item of an array, with its attributes in @tb. 1, 0 at the end, -1. */
static int next_item(const struct nlattr **item, int *len, const enum kind *kinds, int max,
		     const struct nlattr **tb)
{
	const struct nlattr *this;

	while (nla_ok(*item, *len)) {
		this = *item;
		*item = nla_next(*item, len);
		if (nla_type(this) == VZLITE_ITEM)
			return parse_nest(this, kinds, max, tb) ? 1 : -1;
	}
	return *len > 0 ? -1 : 0;
}

static bool parse_resources(const struct nlattr *array, struct module_info *info)
{
	const struct nlattr *it[VZLITE_RESOURCE_A_MAX + 1], *item = nla_data(array);
	int len = nla_len(array), more;

	while ((more = next_item(&item, &len, resource_kinds, VZLITE_RESOURCE_A_MAX, it)) > 0) {
		uint32_t r;

		if (!it[VZLITE_RESOURCE_A_ID])
			return false;
		r = nla_get_u32(it[VZLITE_RESOURCE_A_ID]);
		if (r >= VZLITE_RESOURCE_COUNT)
			continue;
		if (!get_enforcer(it[VZLITE_RESOURCE_A_ENFORCER], &info->resource[r].enforcer) ||
		    (it[VZLITE_RESOURCE_A_MISSING] &&
		     !get_string(it[VZLITE_RESOURCE_A_MISSING], info->resource[r].missing,
				 sizeof(info->resource[r].missing))))
			return false;
	}
	return !more;
}

/* Of those that work nothing is to be said; nor of more than there is room for. */
static bool parse_views(const struct nlattr *array, struct module_info *info)
{
	const struct nlattr *it[VZLITE_VIEW_A_MAX + 1], *item = nla_data(array);
	struct missing_view *view = info->missing_view;
	int len = nla_len(array), more;

	while ((more = next_item(&item, &len, view_kinds, VZLITE_VIEW_A_MAX, it)) > 0) {
		if (!it[VZLITE_VIEW_A_NAME])
			return false;
		if (!it[VZLITE_VIEW_A_MISSING] || view == info->missing_view + ARRAY_SIZE(info->missing_view))
			continue;
		if (!get_string(it[VZLITE_VIEW_A_NAME], view->name, sizeof(view->name)) ||
		    !get_string(it[VZLITE_VIEW_A_MISSING], view->missing, sizeof(view->missing)))
			return false;
		view->guard = it[VZLITE_VIEW_A_GUARD];
		view++;
	}
	return !more;
}

bool message_parse_info(const struct nlmsghdr *nlh, struct module_info *info)
{
	const struct nlattr *tb[VZLITE_A_MAX + 1];

	memset(info, 0, sizeof(*info));
	if (!parse_top(nlh, tb) || !tb[VZLITE_A_VERSION] || !tb[VZLITE_A_VE_COUNT] ||
	    !tb[VZLITE_A_ZOMBIE_COUNT] || !tb[VZLITE_A_RESOURCES] ||
	    !get_string(tb[VZLITE_A_VERSION], info->version, sizeof(info->version)) ||
	    (tb[VZLITE_A_END_MISSING] && !get_string(tb[VZLITE_A_END_MISSING], info->end_missing,
						     sizeof(info->end_missing))))
		return false;
	info->ves = nla_get_u32(tb[VZLITE_A_VE_COUNT]);
	info->zombies = nla_get_u32(tb[VZLITE_A_ZOMBIE_COUNT]);
	/* A module of before there were views does not speak of them. */
	return parse_resources(tb[VZLITE_A_RESOURCES], info) &&
	       (!tb[VZLITE_A_VIEWS] || parse_views(tb[VZLITE_A_VIEWS], info));
}

/* What every message about a VE starts with. */
static bool get_ve(const struct nlattr **tb, struct module_ve *ve)
{
	memset(ve, 0, sizeof(*ve));
	if (!tb[VZLITE_A_VE_ID] || !tb[VZLITE_A_VE_NAME] ||
	    !get_string(tb[VZLITE_A_VE_NAME], ve->name, sizeof(ve->name)))
		return false;
	ve->id = nla_get_u32(tb[VZLITE_A_VE_ID]);
	return ve->id >= VZLITE_VE_ID_MIN && ve->id <= VZLITE_VE_ID_MAX;
}

static bool get_views(const struct nlattr *attr)
{
	struct nla_bitfield32 features;

	if (!attr)
		return true;
	memcpy(&features, nla_data(attr), sizeof(features));
	return !(features.selector & VZLITE_FEATURE_VIEWS) || features.value & VZLITE_FEATURE_VIEWS;
}

/* One way to end that a newer module has and we have no word for is an exit. */
static bool get_end(const struct nlattr **tb, struct module_ve *ve)
{
	if (!tb[VZLITE_A_END] != !tb[VZLITE_A_WAIT_STATUS])
		return false;
	if (!tb[VZLITE_A_END])
		return true;
	ve->end = nla_get_u32(tb[VZLITE_A_END]);
	if (ve->end > VZLITE_END_HALT)
		ve->end = VZLITE_END_EXIT;
	ve->wait_status = nla_get_u32(tb[VZLITE_A_WAIT_STATUS]);
	return true;
}

bool message_parse_end(const struct nlmsghdr *nlh, struct module_ve *ve)
{
	const struct nlattr *tb[VZLITE_A_MAX + 1];

	return parse_top(nlh, tb) && get_ve(tb, ve) && get_end(tb, ve) &&
	       ve->end != VZLITE_END_NONE;
}

bool message_parse_ve(const struct nlmsghdr *nlh, struct module_ve *ve)
{
	const struct nlattr *tb[VZLITE_A_MAX + 1];

	if (!parse_top(nlh, tb) || !get_ve(tb, ve) || !tb[VZLITE_A_CGROUP_ID] ||
	    !tb[VZLITE_A_POPULATED])
		return false;
	ve->cgroup_id = nla_get_u64(tb[VZLITE_A_CGROUP_ID]);
	ve->populated = nla_get_u8(tb[VZLITE_A_POPULATED]);
	ve->views = get_views(tb[VZLITE_A_FEATURES]);
	return get_end(tb, ve);
}

/* Counters that this program has no name for are skipped. */
static bool get_counters(const struct nlattr *array,
			 struct counter counters[VZLITE_RESOURCE_COUNT])
{
	const struct nlattr *item = nla_data(array), *it[VZLITE_COUNTER_A_MAX + 1];
	int len = nla_len(array), more;

	memset(counters, 0, VZLITE_RESOURCE_COUNT * sizeof(*counters));
	while ((more = next_item(&item, &len, counter_kinds, VZLITE_COUNTER_A_MAX, it)) > 0) {
		struct counter *c;
		uint32_t r;

		if (!it[VZLITE_COUNTER_A_RESOURCE] || !it[VZLITE_COUNTER_A_HELD] ||
		    !it[VZLITE_COUNTER_A_MAXHELD] || !it[VZLITE_COUNTER_A_BARRIER] ||
		    !it[VZLITE_COUNTER_A_LIMIT] || !it[VZLITE_COUNTER_A_FAILCNT])
			return false;
		r = nla_get_u32(it[VZLITE_COUNTER_A_RESOURCE]);
		if (r >= VZLITE_RESOURCE_COUNT)
			continue;
		c = &counters[r];
		if (c->present)
			return false;
		c->present = true;
		c->held = nla_get_u64(it[VZLITE_COUNTER_A_HELD]);
		c->maxheld = nla_get_u64(it[VZLITE_COUNTER_A_MAXHELD]);
		c->barrier = nla_get_u64(it[VZLITE_COUNTER_A_BARRIER]);
		c->limit = nla_get_u64(it[VZLITE_COUNTER_A_LIMIT]);
		c->failcnt = nla_get_u64(it[VZLITE_COUNTER_A_FAILCNT]);
		get_enforcer(it[VZLITE_COUNTER_A_ENFORCER], &c->enforcer);
		if (it[VZLITE_COUNTER_A_AGE])
			c->age = nla_get_u32(it[VZLITE_COUNTER_A_AGE]);
	}
	return !more;
}

bool message_parse_counters(const struct nlmsghdr *nlh, struct module_ve *ve,
			    struct counter counters[VZLITE_RESOURCE_COUNT])
{
	const struct nlattr *tb[VZLITE_A_MAX + 1];

	return parse_top(nlh, tb) && get_ve(tb, ve) && tb[VZLITE_A_COUNTERS] &&
	       get_counters(tb[VZLITE_A_COUNTERS], counters);
}

bool message_parse_event(const struct nlmsghdr *nlh, struct limit_event *event)
{
	const struct nlattr *tb[VZLITE_A_MAX + 1];
	struct counter counters[VZLITE_RESOURCE_COUNT];
	int hit = -1;

	memset(event, 0, sizeof(*event));
	if (!parse_top(nlh, tb) || !get_ve(tb, &event->ve) || !tb[VZLITE_A_COUNTERS] ||
	    !tb[VZLITE_A_PID] || !tb[VZLITE_A_COMM] || !tb[VZLITE_A_HITS] ||
	    !get_string(tb[VZLITE_A_COMM], event->comm, sizeof(event->comm)) ||
	    !get_counters(tb[VZLITE_A_COUNTERS], counters))
		return false;
	for (int r = 0; r < VZLITE_RESOURCE_COUNT; r++) {
		if (counters[r].present && hit >= 0)
			return false;
		if (counters[r].present)
			hit = r;
	}
	if (hit < 0)
		return false;
	event->resource = hit;
	event->counter = counters[hit];
	event->pid = nla_get_u32(tb[VZLITE_A_PID]);
	event->hits = nla_get_u64(tb[VZLITE_A_HITS]);
	return true;
}

bool message_parse_family(const struct nlmsghdr *nlh, bool *there)
{
	static const enum kind kinds[CTRL_ATTR_FAMILY_NAME + 1] = {
		[CTRL_ATTR_FAMILY_NAME] = STRING,
	};
	const struct nlattr *tb[CTRL_ATTR_FAMILY_NAME + 1];
	struct nlmsghdr *msg = (struct nlmsghdr *)nlh;	/* libnl's getters lack const */
	int command = message_command(nlh);

	if (nlh->nlmsg_type != GENL_ID_CTRL ||
	    (command != CTRL_CMD_NEWFAMILY && command != CTRL_CMD_DELFAMILY) ||
	    !parse(genlmsg_attrdata(genlmsg_hdr(msg), 0), genlmsg_attrlen(genlmsg_hdr(msg), 0),
		   kinds, CTRL_ATTR_FAMILY_NAME, tb) ||
	    !tb[CTRL_ATTR_FAMILY_NAME] ||
	    strcmp(nla_data(tb[CTRL_ATTR_FAMILY_NAME]), VZLITE_GENL_NAME))
		return false;
	*there = command == CTRL_CMD_NEWFAMILY;
	return true;
}

void message_error_text(const struct nlmsghdr *nlh, char *text, size_t size)
{
	static const enum kind kinds[NLMSGERR_ATTR_MSG + 1] = { [NLMSGERR_ATTR_MSG] = STRING };
	const struct nlattr *tb[NLMSGERR_ATTR_MSG + 1];
	const struct nlmsgerr *err = NLMSG_DATA(nlh);
	size_t skip = NLMSG_LENGTH(sizeof(*err));

	*text = '\0';
	if (nlh->nlmsg_len < skip || !(nlh->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	/* Our request stands between, unless the kernel left it out. */
	if (!(nlh->nlmsg_flags & NLM_F_CAPPED)) {
		if (err->msg.nlmsg_len < NLMSG_HDRLEN || err->msg.nlmsg_len > nlh->nlmsg_len)
			return;
		skip += NLMSG_ALIGN(err->msg.nlmsg_len - NLMSG_HDRLEN);
	}
	if (skip >= nlh->nlmsg_len)
		return;
	if (parse((const struct nlattr *)((const char *)nlh + skip), nlh->nlmsg_len - skip, kinds,
		  NLMSGERR_ATTR_MSG, tb) && tb[NLMSGERR_ATTR_MSG])
		snprintf(text, size, "%s", (const char *)nla_data(tb[NLMSGERR_ATTR_MSG]));
}
