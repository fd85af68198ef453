// SPDX-License-Identifier: GPL-2.0-or-later
/* Requests. */
#include <netlink/attr.h>
#include <netlink/genl/genl.h>

#include "message.h"

struct nl_msg *message_new(int family, enum vzlite_cmd command, int flags)
{
	struct nl_msg *msg = nlmsg_alloc();

	if (msg && !genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, family, 0, flags, command,
				VZLITE_GENL_VERSION)) {
		nlmsg_free(msg);
		return NULL;
	}
	return msg;
}

bool message_put_id(struct nl_msg *msg, uint32_t id)
{
	return !nla_put_u32(msg, VZLITE_A_VE_ID, id);
}

bool message_put_name(struct nl_msg *msg, const char *name)
{
	return !nla_put_string(msg, VZLITE_A_VE_NAME, name);
}

bool message_put_cgroup_fd(struct nl_msg *msg, int fd)
{
	return !nla_put_u32(msg, VZLITE_A_CGROUP_FD, fd);
}

bool message_put_mask(struct nl_msg *msg, uint64_t mask)
{
	return !nla_put_u64(msg, VZLITE_A_RESOURCE_MASK, mask);
}

static struct nlattr *nest(struct nl_msg *msg, int type)
{
	return nla_nest_start(msg, type | NLA_F_NESTED);
}

bool message_put_bounds(struct nl_msg *msg, const struct bound *bounds, const bool *set)
{
	struct nlattr *array = NULL, *item;

	for (int r = 0; r < VZLITE_RESOURCE_COUNT; r++) {
		if (!set[r])
			continue;
		if (!array && !(array = nest(msg, VZLITE_A_COUNTERS)))
			return false;
		item = nest(msg, VZLITE_ITEM);
		if (!item || nla_put_u32(msg, VZLITE_COUNTER_A_RESOURCE, r) ||
		    nla_put_u64(msg, VZLITE_COUNTER_A_BARRIER, bounds[r].barrier) ||
		    nla_put_u64(msg, VZLITE_COUNTER_A_LIMIT, bounds[r].limit))
			return false;
		nla_nest_end(msg, item);
	}
	if (array)
		nla_nest_end(msg, array);
	return true;
}

bool message_put_views(struct nl_msg *msg, bool on)
{
	struct nla_bitfield32 features = { on ? VZLITE_FEATURE_VIEWS : 0, VZLITE_FEATURE_VIEWS };

	return !nla_put(msg, VZLITE_A_FEATURES, sizeof(features), &features);
}

bool message_put_release(struct nl_msg *msg)
{
	return !nla_put_flag(msg, VZLITE_A_RELEASE);
}
