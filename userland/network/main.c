// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vzlite-network OPERATION apply CTID PIDFD ADDRESSES | clear CTID
 * See network.h. A program of its own: libnftables and what it draws in costs more to
 * load than most commands do in all, and VEs without addresses need none of it.
 */
#include <fcntl.h>
#include <netlink/netlink.h>
#include <sched.h>
#include <string.h>

#include "error.h"
#include "network/apply.h"
#include "state.h"

/* A socket in the VE's network namespace, and the namespace. We come back: what is of
 * the host is looked up by where we are. */
static int enter_ve(struct work *w, int pidfd)
{
	cleanup_close int ours = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);

	if (ours < 0 || setns(pidfd, CLONE_NEWNET))
		return fail_errno(EXIT_ADD_IP, "%s %u: join its network namespace", operation, w->ctid);
	w->netns = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	w->ve = rtnl_open();
	if (setns(ours, CLONE_NEWNET) || w->netns < 0)
		return fail_errno(EXIT_ADD_IP, "%s %u: leave its network namespace", operation, w->ctid);
	return w->ve ? 0 : fail_memory();
}

static int begin(struct work *w)
{
	network_link_name(w->ctid, w->name);
	w->host = rtnl_open();
	return w->host ? members_read(&w->members, w->ctid, w->host) : fail_memory();
}

static int run_apply(struct work *w, int pidfd, const char *text)
{
	struct addresses wanted;
	int status;

	if (!addresses_parse(text, &wanted))
		return fail(EXIT_BAD_IP, "%s %u: %.80s: must be IP addresses", operation, w->ctid, text);
	status = enter_ve(w, pidfd);
	if (!status)
		status = begin(w);
	return status ? status : apply(w, &wanted);
}

static int run_clear(struct work *w)
{
	int status = begin(w);

	return status ? status : clear(w);
}

int main(int argc, char **argv)
{
	struct work w = { .netns = -1 };
	cleanup_close int lock = -1;
	bool apply = argc == 6 && !strcmp(argv[2], "apply");
	uint64_t pidfd = 0;
	int status;

	if (!(apply || (argc == 4 && !strcmp(argv[2], "clear"))) || !parse_ctid(argv[3], &w.ctid) ||
	    (apply && !parse_u64(argv[4], INT32_MAX, &pidfd)))
		return fail(EXIT_BAD_OPTION, "vzlite-network: run by vzlite, not by hand");
	operation = argv[1];
	status = host_lock("network", &lock);
	if (!status)
		status = apply ? run_apply(&w, pidfd, argv[5]) : run_clear(&w);
	nl_socket_free(w.host);
	nl_socket_free(w.ve);
	members_free(&w.members);
	cleanup_close_(&w.netns);
	return status;
}
