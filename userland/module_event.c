// SPDX-License-Identifier: GPL-2.0-or-later
/* The module's multicast events; apart, because only few programs listen. */
#include <errno.h>
#include <string.h>

#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>

#include "error.h"
#include "module.h"
#include "netlink.h"

static struct nl_sock *events;

/* One datagram is one event. */
struct arrival {
	struct limit_event *event;
	bool good;
};

static int on_event(struct nl_msg *msg, void *arg)
{
	struct arrival *a = arg;

	/* Only the kernel's word counts, and a later module's other events do not. */
	if (!nlmsg_get_src(msg)->nl_pid &&
	    message_command(nlmsg_hdr(msg)) == VZLITE_CMD_LIMIT_EVENT)
		a->good = message_parse_event(nlmsg_hdr(msg), a->event);
	return NL_OK;
}

int module_events_open(void)
{
	cleanup_sock struct nl_sock *sock = NULL;
	int family, group, status, err;

	sock = netlink_open(&family, &status);
	if (!sock)
		return -1;
	group = genl_ctrl_resolve_grp(sock, VZLITE_GENL_NAME, VZLITE_GENL_MCGRP);
	err = group < 0 ? group : nl_socket_add_membership(sock, group);
	if (!err)
		err = nl_socket_set_nonblocking(sock);
	if (err < 0) {
		fail(EXIT_SYSTEM, "%s: subscribe to the module's events: %s", operation,
		     nl_geterror(err));
		return -1;
	}
	nl_socket_disable_seq_check(sock);
	nl_socket_free(events);
	events = steal_ptr(sock);
	return nl_socket_get_fd(events);
}

int module_event_read(struct limit_event *event)
{
	struct arrival a = { .event = event };
	int err = 0;

	nl_socket_modify_cb(events, NL_CB_VALID, NL_CB_CUSTOM, on_event, &a);
	while (!a.good && err >= 0)
		err = nl_recvmsgs_default(events);
	if (a.good)
		return 1;
	/* NOMEM is ENOBUFS: events came faster than they were read and some are gone.
	 * Their hits are in the failcnt; poll again. */
	return err == -NLE_AGAIN || err == -NLE_NOMEM ? 0 : -1;
}
