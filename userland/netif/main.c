// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vzlite-netif OPERATION apply CTID PIDFD INTERFACES RATE | mend CTID | rate CTID RATE | clear CTID
 * See netif_live.h. Run under the VE's lock; what two VEs could both take, a name of the
 * host's, the kernel gives to one of them.
 */
#include <netlink/netlink.h>

#include "error.h"
#include "netif/apply.h"
#include "network/netns.h"
#include "network/rtnl.h"
#include "network/task.h"
#include "units.h"

static int run_apply(struct work *w, char **argv)
{
	struct netifs wanted;
	uint64_t pidfd;
	int status;

	if (!parse_u64(argv[0], INT32_MAX, &pidfd) || !netifs_valid(argv[1]) ||
	    !netifs_parse(argv[1], &wanted))
		return fail(EXIT_NETIF, "%s %u: %.80s: must be interfaces", operation, w->ctid, argv[1]);
	netifs_complete(&wanted, w->ctid, NULL);
	status = task_rate(w->ctid, argv[2], &w->rate);
	if (!status)
		status = netns_open(w->ctid, pidfd, EXIT_NETIF, &w->netns, NULL);
	return status ? status : apply(w, &wanted);
}

static int run_mend(struct work *w, char **argv)
{
	(void)argv;
	return mend(w);
}

static int run_rate(struct work *w, char **argv)
{
	int status = task_rate(w->ctid, argv[0], &w->rate);

	return status ? status : limit_rate(w);
}

static int run_clear(struct work *w, char **argv)
{
	(void)argv;
	return clear(w);
}

static const struct task tasks[] = {
	{ "apply", 3, run_apply },
	{ "mend", 0, run_mend },
	{ "rate", 1, run_rate },
	{ "clear", 0, run_clear },
};

int main(int argc, char **argv)
{
	struct work w = { .netns = -1 };
	const struct task *task = task_find(tasks, ARRAY_SIZE(tasks), argc, argv, &w.ctid);
	int status;

	if (!task)
		return EXIT_BAD_OPTION;
	status = netns_enter_hosts(w.ctid);
	if (status)
		return status;
	w.host = rtnl_open();
	status = w.host ? task->run(&w, argv + TASK_ARGUMENTS) : fail_memory();
	nl_socket_free(w.host);
	cleanup_close_(&w.netns);
	return status;
}
