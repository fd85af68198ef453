// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vzlite-network OPERATION apply CTID PIDFD ADDRESSES nat|"" RATE | rate CTID RATE | clear CTID
 * See network.h. A program of its own: libnftables and what it draws in costs more to
 * load than most commands do in all, and VEs without addresses need none of it.
 */
#include <fcntl.h>
#include <netlink/netlink.h>
#include <sched.h>
#include <string.h>

#include "error.h"
#include "network/apply.h"
#include "rate.h"
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

static int run_apply(struct work *w, char **argv)
{
	struct addresses wanted;
	uint64_t pidfd;
	int status;

	if (!parse_u64(argv[0], INT32_MAX, &pidfd) || !addresses_parse(argv[1], &wanted) || !wanted.n)
		return fail(EXIT_BAD_IP, "%s %u: %.80s: must be IP addresses", operation, w->ctid, argv[1]);
	if (*argv[3] && !rate_parse(argv[3], &w->rate))
		return fail(EXIT_SET_RATE, "%s %u: %.80s: must be a rate", operation, w->ctid, argv[3]);
	status = enter_ve(w, pidfd);
	if (!status)
		status = begin(w);
	return status ? status : apply(w, &wanted, *argv[2]);
}

static int run_rate(struct work *w, char **argv)
{
	int status;

	if (*argv[0] && !rate_parse(argv[0], &w->rate))
		return fail(EXIT_SET_RATE, "%s %u: %.80s: must be a rate", operation, w->ctid, argv[0]);
	status = begin(w);
	return status ? status : limit_rate(w);
}

static int run_clear(struct work *w, char **argv)
{
	int status = begin(w);

	(void)argv;
	return status ? status : clear(w);
}

static const struct {
	const char *name;
	int arguments;		/* behind the CTID */
	int (*run)(struct work *w, char **argv);
} tasks[] = {
	{ "apply", 4, run_apply },
	{ "rate", 1, run_rate },
	{ "clear", 0, run_clear },
};

static int run(int argc, char **argv, struct work *w)
{
	cleanup_close int lock = -1;

	if (argc < 4 || !parse_ctid(argv[3], &w->ctid))
		return fail(EXIT_BAD_OPTION, "vzlite-network: run by vzlite, not by hand");
	operation = argv[1];
	for (size_t i = 0; i < ARRAY_SIZE(tasks); i++) {
		int status;

		if (strcmp(tasks[i].name, argv[2]) || argc != 4 + tasks[i].arguments)
			continue;
		status = host_lock("network", &lock);
		return status ? status : tasks[i].run(w, argv + 4);
	}
	return fail(EXIT_BAD_OPTION, "vzlite-network: run by vzlite, not by hand");
}

int main(int argc, char **argv)
{
	struct work w = { .netns = -1 };
	int status = run(argc, argv, &w);

	nl_socket_free(w.host);
	nl_socket_free(w.ve);
	members_free(&w.members);
	cleanup_close_(&w.netns);
	return status;
}
