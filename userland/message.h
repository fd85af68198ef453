/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The bytes of include/uapi/vzlite.h: requests made, replies read. Replies are
 * read strictly: a known attribute of another length or given twice, a string
 * without its end, a missing attribute or bytes left over make the whole message
 * malformed. Unknown attributes are skipped.
 */
#ifndef VZLITE_MESSAGE_H
#define VZLITE_MESSAGE_H

#include <linux/netlink.h>
#include <netlink/msg.h>

#include "module.h"

/* A request with its headers; NULL when out of memory. @flags: NLM_F_DUMP or 0. */
struct nl_msg *message_new(int family, enum vzlite_cmd command, int flags);

/* Each returns false when out of room. */
bool message_put_id(struct nl_msg *msg, uint32_t id);
bool message_put_name(struct nl_msg *msg, const char *name);
bool message_put_mask(struct nl_msg *msg, uint64_t mask);
bool message_put_cgroup_fd(struct nl_msg *msg, int fd);
/* @bounds[i] where @set[i]. */
bool message_put_bounds(struct nl_msg *msg, const struct bound *bounds, const bool *set);

bool message_put_views(struct nl_msg *msg, bool on);
bool message_put_release(struct nl_msg *msg);

/* The command of a reply, -1 when there is not even a header. */
int message_command(const struct nlmsghdr *nlh);

/* Each returns false when malformed; *out is then undefined. */
bool message_parse_info(const struct nlmsghdr *nlh, struct module_info *info);
bool message_parse_ve(const struct nlmsghdr *nlh, struct module_ve *ve);
bool message_parse_counters(const struct nlmsghdr *nlh, struct module_ve *ve,
			    struct counter counters[VZLITE_RESOURCE_COUNT]);
/* Of an END_EVENT: id, name, and how it ended. */
bool message_parse_end(const struct nlmsghdr *nlh, struct module_ve *ve);
bool message_parse_event(const struct nlmsghdr *nlh, struct limit_event *event);
/* The kernel's own word ("nlctrl") that our family has come (*there) or gone; false
 * when it is about anything else. */
bool message_parse_family(const struct nlmsghdr *nlh, bool *there);

/* The text of an extended acknowledgement (an error message with NLM_F_ACK_TLVS);
 * "" when there is none. */
void message_error_text(const struct nlmsghdr *nlh, char *text, size_t size);

#endif
