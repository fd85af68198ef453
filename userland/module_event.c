// SPDX-License-Identifier: GPL-2.0-or-later
/* The module's multicast events; apart, because only few programs listen. */
#include <linux/genetlink.h>
#include <string.h>
#include <sys/socket.h>

#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>

#include "error.h"
#include "follow.h"
#include "module.h"
#include "netlink.h"

static struct {
	struct nl_sock *sock;
	int family;		/* its number, until it is unregistered */
	bool gone;
	bool deaf;		/* it is there, and we could not subscribe: tried again at @retry */
	int64_t retry;
	bool overrun;		/* it was, and what was queued then is not read yet */
} events;

#define RETRY_MS 5000

/* One datagram is one event. */
struct arrival {
	struct limit_event *event;
	enum module_event what;
};

static int refused(int err)
{
	return fail(err == -NLE_PERM ? EXIT_NO_PERMISSION : EXIT_SYSTEM,
		    "%s: subscribe to the module's events: %s", operation, nl_geterror(err));
}

/* Find the family under the numbers that it has now. A socket of its own: on the
 * other one events come in between. 0 or libnl's error. */
static int subscribe(void)
{
	cleanup_sock struct nl_sock *sock = nl_socket_alloc();
	int family, group, err;

	err = sock ? genl_connect(sock) : -NLE_NOMEM;
	if (err < 0)
		return err;
	family = genl_ctrl_resolve(sock, VZLITE_GENL_NAME);
	group = family < 0 ? family :
		genl_ctrl_resolve_grp(sock, VZLITE_GENL_NAME, VZLITE_GENL_MCGRP);
	if (group < 0)
		return group;
	err = nl_socket_add_membership(events.sock, group);
	if (!err)
		events.family = family;
	return err;
}

/* A new module, or the old one for the first time. Asking for the family would load a module that was
 * just removed. */
static enum module_event try_again(void)
{
	int err = module_loaded_now() ? subscribe() : -NLE_OBJ_NOTFOUND;
	bool deaf = err < 0 && module_loaded_now();

	if (deaf && !events.deaf)
		refused(err);
	events.gone = err < 0;
	events.deaf = deaf;
	events.retry = follow_now() + RETRY_MS;
	return events.gone ? MODULE_EVENT_NONE : MODULE_EVENT_BACK;
}

/* The kernel's own family tells of others that come and go. */
static enum module_event on_family(const struct nlmsghdr *nlh)
{
	bool there;

	if (!message_parse_family(nlh, &there))
		return MODULE_EVENT_NONE;
	if (there)
		return events.gone ? try_again() : MODULE_EVENT_NONE;
	if (events.gone)
		return MODULE_EVENT_NONE;
	events.gone = true;
	return MODULE_EVENT_GONE;
}

static int on_message(struct nl_msg *msg, void *arg)
{
	const struct nlmsghdr *nlh = nlmsg_hdr(msg);
	struct arrival *a = arg;

	/* Only the kernel's word counts, and a later module's other events do not. */
	if (nlmsg_get_src(msg)->nl_pid)
		return NL_OK;
	if (nlh->nlmsg_type == GENL_ID_CTRL)
		a->what = on_family(nlh);
	else if (nlh->nlmsg_type == events.family &&
		 message_command(nlh) == VZLITE_CMD_LIMIT_EVENT &&
		 message_parse_event(nlh, a->event))
		a->what = MODULE_EVENT_LIMIT;
	else if (nlh->nlmsg_type == events.family &&
		 message_command(nlh) == VZLITE_CMD_END_EVENT &&
		 message_parse_end(nlh, &a->event->ve))
		a->what = MODULE_EVENT_END;
	return NL_OK;
}

/* Beyond what the system grants to everybody, if this process may. */
static void set_buffer(int fd, size_t bytes)
{
	int size = bytes > INT32_MAX / 2 ? INT32_MAX / 2 : (int)bytes;

	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
}

int module_events_open(size_t buffer, bool wait, int *status)
{
	cleanup_sock struct nl_sock *sock = NULL;
	int family, notify, err;

	sock = wait ? netlink_connect(status) : netlink_open(&family, status);
	if (!sock)
		return -1;
	notify = genl_ctrl_resolve_grp(sock, "nlctrl", "notify");
	err = notify < 0 ? notify : nl_socket_set_nonblocking(sock);
	if (!err)
		err = nl_socket_add_membership(sock, notify);
	if (!err) {
		set_buffer(nl_socket_get_fd(sock), buffer);
		nl_socket_disable_seq_check(sock);
		nl_socket_free(events.sock);
		events.sock = steal_ptr(sock);
		err = subscribe();
		/* The kernel tells when it comes. */
		events.gone = wait && err == -NLE_OBJ_NOTFOUND;
		if (events.gone)
			err = 0;
	}
	if (err < 0) {
		*status = refused(err);
		return -1;
	}
	return nl_socket_get_fd(events.sock);
}

/* Word of the family may be among what was lost. */
static enum module_event lost(void)
{
	(void)try_again();
	return MODULE_EVENT_LOST;
}

int module_events_retry_ms(void)
{
	int64_t left = events.retry - follow_now();

	if (events.overrun)
		return 0;
	return !events.deaf ? -1 : left < 0 ? 0 : (int)left;
}

int module_event_read(struct limit_event *event)
{
	struct arrival a = { .event = event };
	int err = 0;

	if (events.deaf && follow_now() >= events.retry && try_again() == MODULE_EVENT_BACK)
		return MODULE_EVENT_BACK;
	nl_socket_modify_cb(events.sock, NL_CB_VALID, NL_CB_CUSTOM, on_message, &a);
	while (a.what == MODULE_EVENT_NONE && err >= 0)
		err = nl_recvmsgs_default(events.sock);
	if (a.what != MODULE_EVENT_NONE)
		return a.what;
	/* ENOBUFS, in libnl's words. It comes before what is queued, and until nothing of that is left the
	 * kernel drops more without a word: so it is told again then. */
	if (err == -NLE_NOMEM || (err == -NLE_AGAIN && events.overrun)) {
		events.overrun = err == -NLE_NOMEM;
		return lost();
	}
	if (err == -NLE_AGAIN)
		return MODULE_EVENT_NONE;
	return -fail(EXIT_SYSTEM, "%s: read the module's events: %s", operation, nl_geterror(err));
}
