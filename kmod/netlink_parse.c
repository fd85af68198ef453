// SPDX-License-Identifier: GPL-2.0-only
#include <linux/ctype.h>

#include "netlink_parse.h"
#include "ve.h"

/* Policies: one a nest level and command; what a command does not list is
 * unknown to it. */

/* Not const: 6.1 takes a pointer to non-const. */
static struct netlink_range_validation value_range = {
	.max = VZLITE_UNLIMITED,
};
static struct netlink_range_validation id_range = {
	.min = VZLITE_VE_ID_MIN,
	.max = VZLITE_VE_ID_MAX,
};

static const struct nla_policy counter_policy[VZLITE_COUNTER_A_MAX + 1] = {
	[VZLITE_COUNTER_A_RESOURCE]	= NLA_POLICY_MAX(NLA_U32, VZLITE_RESOURCE_COUNT - 1),
	[VZLITE_COUNTER_A_BARRIER]	= NLA_POLICY_FULL_RANGE(NLA_U64, &value_range),
	[VZLITE_COUNTER_A_LIMIT]	= NLA_POLICY_FULL_RANGE(NLA_U64, &value_range),
};

static const struct nla_policy counter_item_policy[VZLITE_ITEM_MAX + 1] = {
	[VZLITE_ITEM]		= NLA_POLICY_NESTED(counter_policy),
};

/* One more than needed: with a maxattr of 0 the family's would be used on it. */
const struct nla_policy vz_none_policy[VZLITE_A_PAD + 1] = {
	[VZLITE_A_UNSPEC]	= { .type = NLA_REJECT },
	[VZLITE_A_PAD]		= { .type = NLA_REJECT },
};

const struct nla_policy vz_id_policy[VZLITE_A_VE_ID + 1] = {
	[VZLITE_A_VE_ID]	= NLA_POLICY_FULL_RANGE(NLA_U32, &id_range),
};

const struct nla_policy vz_del_policy[VZLITE_A_RELEASE + 1] = {
	[VZLITE_A_VE_ID]	= NLA_POLICY_FULL_RANGE(NLA_U32, &id_range),
	[VZLITE_A_RELEASE]	= { .type = NLA_FLAG },
};

const struct nla_policy vz_counter_get_policy[VZLITE_A_RESOURCE_MASK + 1] = {
	[VZLITE_A_VE_ID]	= NLA_POLICY_FULL_RANGE(NLA_U32, &id_range),
	[VZLITE_A_RESOURCE_MASK] = { .type = NLA_U64 },
};

const struct nla_policy vz_ve_policy[VZLITE_A_FEATURES + 1] = {
	[VZLITE_A_VE_ID]	= NLA_POLICY_FULL_RANGE(NLA_U32, &id_range),
	[VZLITE_A_VE_NAME]	= { .type = NLA_NUL_STRING, .len = VZLITE_VE_NAME_MAX },
	[VZLITE_A_CGROUP_FD]	= { .type = NLA_U32 },
	[VZLITE_A_CGROUP_ID]	= { .type = NLA_U64 },
	[VZLITE_A_COUNTERS]	= NLA_POLICY_NESTED(counter_item_policy),
	[VZLITE_A_FEATURES]	= NLA_POLICY_BITFIELD32(VZLITE_FEATURES_ALL),
};

/* A second attribute of one type would silently win over the first. */
static int refuse_duplicates(const struct nlattr *head, int len,
			     struct netlink_ext_ack *extack)
{
	const struct nlattr *attr;
	u64 seen = 0;
	int rem;

	BUILD_BUG_ON(VZLITE_A_MAX >= 64 || VZLITE_COUNTER_A_MAX >= 64);
	nla_for_each_attr(attr, head, len, rem) {
		if (seen & BIT_ULL(nla_type(attr) & 63)) {
			NL_SET_ERR_MSG_ATTR(extack, attr, "attribute stands twice");
			return -EINVAL;
		}
		seen |= BIT_ULL(nla_type(attr) & 63);
	}
	return 0;
}

int vz_request_check(struct genl_info *info, bool needs_id)
{
	if (needs_id && !info->attrs[VZLITE_A_VE_ID]) {
		GENL_SET_ERR_MSG(info, "VE_ID is missing");
		return -EINVAL;
	}
	return refuse_duplicates(genlmsg_data(info->genlhdr),
				 genlmsg_len(info->genlhdr), info->extack);
}

/* That its attributes are ones of the command is known. */
int vz_dump_check(struct netlink_callback *cb, unsigned long *mask)
{
	const struct nlmsghdr *nlh = cb->nlh;
	int ret = refuse_duplicates(nlmsg_attrdata(nlh, GENL_HDRLEN),
				    nlmsg_attrlen(nlh, GENL_HDRLEN), cb->extack);

	if (ret)
		return ret;
	if (nlmsg_find_attr(nlh, GENL_HDRLEN, VZLITE_A_VE_ID)) {
		NL_SET_ERR_MSG(cb->extack, "a dump is of all VEs");
		return -EINVAL;
	}
	*mask = vz_parse_mask(nlmsg_find_attr(nlh, GENL_HDRLEN, VZLITE_A_RESOURCE_MASK));
	return 0;
}

unsigned long vz_parse_mask(const struct nlattr *mask)
{
	BUILD_BUG_ON(VZLITE_RESOURCE_COUNT > BITS_PER_LONG);
	return mask ? nla_get_u64(mask) : ~0UL;
}

static int parse_counter(const struct nlattr *item, struct vz_bound *bounds,
			 struct netlink_ext_ack *extack)
{
	struct nlattr *tb[VZLITE_COUNTER_A_MAX + 1];
	struct vz_bound *bound;
	int ret;

	ret = refuse_duplicates(nla_data(item), nla_len(item), extack);
	if (ret)
		return ret;
	ret = nla_parse_nested(tb, VZLITE_COUNTER_A_MAX, item, counter_policy, extack);
	if (ret)
		return ret;
	if (!tb[VZLITE_COUNTER_A_RESOURCE] || !tb[VZLITE_COUNTER_A_BARRIER] ||
	    !tb[VZLITE_COUNTER_A_LIMIT]) {
		NL_SET_ERR_MSG_ATTR(extack, item, "RESOURCE, BARRIER and LIMIT are required");
		return -EINVAL;
	}
	bound = &bounds[nla_get_u32(tb[VZLITE_COUNTER_A_RESOURCE])];
	if (bound->set) {
		NL_SET_ERR_MSG_ATTR(extack, item, "resource stands twice");
		return -EINVAL;
	}
	bound->barrier = nla_get_u64(tb[VZLITE_COUNTER_A_BARRIER]);
	bound->limit = nla_get_u64(tb[VZLITE_COUNTER_A_LIMIT]);
	bound->set = true;
	if (bound->barrier > bound->limit) {
		NL_SET_ERR_MSG_ATTR(extack, item, "barrier is above limit");
		return -EINVAL;
	}
	return 0;
}

int vz_parse_counters(const struct nlattr *counters, struct vz_bound *bounds,
			  struct netlink_ext_ack *extack)
{
	const struct nlattr *item;
	int rem, ret;

	if (!counters)
		return 0;
	nla_for_each_nested(item, counters, rem) {
		if (nla_type(item) != VZLITE_ITEM) {
			NL_SET_ERR_MSG_ATTR(extack, item, "not an ITEM");
			return -EINVAL;
		}
		ret = parse_counter(item, bounds, extack);
		if (ret)
			return ret;
	}
	return 0;
}

static bool name_valid(const char *name)
{
	if (!*name || *name == '-' || *name == '.')
		return false;
	for (; *name; name++) {
		if (!isascii(*name) || (!isalnum(*name) && !strchr("_.+-", *name)))
			return false;
	}
	return true;
}

int vz_parse_name(struct genl_info *info, char *name)
{
	const struct nlattr *attr = info->attrs[VZLITE_A_VE_NAME];

	if (!attr)
		return 0;
	nla_strscpy(name, attr, VZLITE_VE_NAME_MAX + 1);
	/* The policy takes what stands behind a NUL for a part of it. */
	if (strlen(name) + 1 != nla_len(attr) || !name_valid(name)) {
		NL_SET_ERR_MSG_ATTR(info->extack, attr, "not a valid name");
		return -EINVAL;
	}
	return 1;
}

struct nla_bitfield32 vz_parse_features(struct genl_info *info)
{
	const struct nlattr *attr = info->attrs[VZLITE_A_FEATURES];
	struct nla_bitfield32 none = { };

	return attr ? nla_get_bitfield32(attr) : none;
}

struct cgroup *vz_parse_cgroup(struct genl_info *info)
{
	const struct nlattr *fd = info->attrs[VZLITE_A_CGROUP_FD];
	const struct nlattr *id = info->attrs[VZLITE_A_CGROUP_ID];
	struct cgroup *cgroup;

	if (!fd == !id) {
		GENL_SET_ERR_MSG(info, "exactly one of CGROUP_FD and CGROUP_ID is required");
		return ERR_PTR(-EINVAL);
	}
	cgroup = fd ? cgroup_get_from_fd(nla_get_u32(fd)) : cgroup_get_from_id(nla_get_u64(id));
	if (IS_ERR(cgroup))
		NL_SET_ERR_MSG_ATTR(info->extack, fd ?: id, "not a directory of the cgroup v2 hierarchy");
	return cgroup;
}
