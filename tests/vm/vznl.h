/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages of the module's netlink family without any library: also such as no library
 * would make. */
#ifndef VZNL_H
#define VZNL_H

#include <errno.h>
#include <fcntl.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "uapi/vzlite.h"

struct message {
	struct nlmsghdr n;
	struct genlmsghdr g;
	char data[8192];
};

static int sock, family, group;
static unsigned int sequence;

static inline void start(struct message *m, int type, int cmd, int flags)
{
	memset(m, 0, sizeof(*m));
	m->n.nlmsg_len = NLMSG_LENGTH(GENL_HDRLEN);
	m->n.nlmsg_type = type;
	m->n.nlmsg_flags = NLM_F_REQUEST | flags;
	m->n.nlmsg_seq = ++sequence;
	m->g.cmd = cmd;
	m->g.version = 1;
}

static inline struct nlattr *put(struct message *m, int type, const void *data, int len)
{
	struct nlattr *a = (void *)((char *)m + NLMSG_ALIGN(m->n.nlmsg_len));

	a->nla_type = type;
	a->nla_len = NLA_HDRLEN + len;
	if (len)
		memcpy((char *)a + NLA_HDRLEN, data, len);
	m->n.nlmsg_len = NLMSG_ALIGN(m->n.nlmsg_len) + NLA_ALIGN(a->nla_len);
	return a;
}

static inline void put_u32(struct message *m, int type, uint32_t v) { put(m, type, &v, 4); }
static inline void put_u64(struct message *m, int type, uint64_t v) { put(m, type, &v, 8); }

static inline struct nlattr *nest(struct message *m, int type)
{
	return put(m, type | NLA_F_NESTED, NULL, 0);
}

static inline void nest_end(struct message *m, struct nlattr *a)
{
	a->nla_len = (char *)m + m->n.nlmsg_len - (char *)a;
}

static inline const struct nlattr *find(const void *head, int len, int type)
{
	const struct nlattr *a = head;

	while (len >= NLA_HDRLEN && a->nla_len >= NLA_HDRLEN && a->nla_len <= len) {
		if ((a->nla_type & NLA_TYPE_MASK) == type)
			return a;
		len -= NLA_ALIGN(a->nla_len);
		a = (const void *)((const char *)a + NLA_ALIGN(a->nla_len));
	}
	return NULL;
}

static inline const struct nlattr *within(const struct nlattr *a, int type)
{
	return a ? find((const char *)a + NLA_HDRLEN, a->nla_len - NLA_HDRLEN, type) : NULL;
}

static inline uint64_t value(const struct nlattr *a)
{
	uint64_t v = 0;

	if (a)
		memcpy(&v, (const char *)a + NLA_HDRLEN, a->nla_len - NLA_HDRLEN > 4 ? 8 : 4);
	return v;
}

static inline const char *text(const struct nlattr *a)
{
	return a ? (const char *)a + NLA_HDRLEN : "?";
}

static inline const struct nlattr *top(const struct nlmsghdr *n, int type)
{
	return find((const char *)n + NLMSG_LENGTH(GENL_HDRLEN),
		    n->nlmsg_len - NLMSG_LENGTH(GENL_HDRLEN), type);
}

/* Send; call @each for every answer until the ack or the end. The errno. */
static inline int talk(struct message *m, void (*each)(const struct nlmsghdr *))
{
	static char buf[1 << 17];
	ssize_t len;

	if (send(sock, m, m->n.nlmsg_len, 0) < 0)
		return errno;
	for (;;) {
		struct nlmsghdr *n = (void *)buf;

		len = recv(sock, buf, sizeof(buf), 0);
		if (len < 0)
			return errno;
		for (; NLMSG_OK(n, len); n = NLMSG_NEXT(n, len)) {
			if (n->nlmsg_seq != sequence)
				continue;
			if (n->nlmsg_type == NLMSG_ERROR)
				return -((struct nlmsgerr *)NLMSG_DATA(n))->error;
			if (n->nlmsg_type == NLMSG_DONE)
				return -*(int *)NLMSG_DATA(n);
			if (each)
				each(n);
		}
	}
}

static inline void learn_family(const struct nlmsghdr *n)
{
	family = value(top(n, CTRL_ATTR_FAMILY_ID)) & 0xffff;
	group = value(within(within(top(n, CTRL_ATTR_MCAST_GROUPS), 1), CTRL_ATTR_MCAST_GRP_ID));
}

/* Opens the socket, too. An errno. */
static inline int resolve(void)
{
	struct message m;

	sock = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	if (sock < 0)
		return errno;
	start(&m, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, NLM_F_ACK);
	put(&m, CTRL_ATTR_FAMILY_NAME, VZLITE_GENL_NAME, sizeof(VZLITE_GENL_NAME));
	return talk(&m, learn_family);
}

#endif
