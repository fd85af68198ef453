/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a request goes to the module and its answer comes back; message.h is what
 * they look like, module.h what they mean. */
#ifndef VZLITE_NETLINK_H
#define VZLITE_NETLINK_H

#include <netlink/netlink.h>

#include "message.h"

struct request {
	enum vzlite_cmd command;
	const char *what;	/* "change the limits": for the error line */
	bool dump;
	uint32_t id;		/* 0: none */
	bool (*fill)(struct nl_msg *msg, const void *arg);	/* or NULL; false: no room */
	const void *fill_arg;
	/* One reply, or each of a dump; false when it is malformed. */
	bool (*reply)(const struct nlmsghdr *nlh, void *arg);
	void *reply_arg;
	/* The VEs changed during a dump: forget its replies, there will be others. */
	void (*restart)(void *arg);
	int expected[2];	/* errnos that are no error to the caller */

	int error;		/* out: the module's errno, 0 or one of the expected */
};

/* 0, or an exitcode with its line printed. */
int request_run(struct request *r);

/* A socket; NULL with the line printed and *@status set. */
struct nl_sock *netlink_connect(int *status);

/* A socket and the family's number; NULL with the line printed and *@status set. */
struct nl_sock *netlink_open(int *family, int *status);

static inline void cleanup_sock_(struct nl_sock **sock) { nl_socket_free(*sock); }
#define cleanup_sock __attribute__((cleanup(cleanup_sock_)))

#endif
