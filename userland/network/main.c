// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vzlite-network OPERATION apply CTID PIDFD ADDRESSES nat|"" RATE | rate CTID RATE | clear CTID |
 *	mend CTID look|write|changed
 * See network.h. A program of its own: libnftables and what it draws in costs more to
 * load than most commands do in all, and VEs without addresses need none of it.
 */
#include <netlink/netlink.h>
#include <string.h>

#include "error.h"
#include "hold.h"
#include "lock.h"
#include "network/apply.h"
#include "network/mend.h"
#include "network/netns.h"
#include "network/task.h"

static int begin_with(struct work *w, uint32_t own)
{
	w->host = rtnl_open();
	return w->host ? members_read(&w->members, own, w->host) : fail_memory();
}

static int begin(struct work *w)
{
	network_link_name(w->ctid, w->name);
	return begin_with(w, w->ctid);
}

static int run_apply(struct work *w, char **argv)
{
	struct addresses wanted;
	uint64_t pidfd;
	int status;

	if (!parse_u64(argv[0], INT32_MAX, &pidfd) || !addresses_parse(argv[1], &wanted) || !wanted.n)
		return fail(EXIT_BAD_IP, "%s %u: %.80s: must be IP addresses", operation, w->ctid, argv[1]);
	status = task_rate(w->ctid, argv[3], &w->rate);
	if (!status)
		status = netns_open(w->ctid, pidfd, EXIT_ADD_IP, &w->netns, &w->ve);
	if (!status)
		status = begin(w);
	return status ? status : apply(w, &wanted, *argv[2]);
}

static int run_rate(struct work *w, char **argv)
{
	int status = task_rate(w->ctid, argv[0], &w->rate);

	if (!status)
		status = begin(w);
	return status ? status : limit_rate(w);
}

static int run_clear(struct work *w, char **argv)
{
	int status = begin(w);

	(void)argv;
	return status ? status : clear(w);
}

/* Of all: the CTID, any of theirs, is for lines only, and no VE's 0. */
static int run_mend(struct work *w, char **argv)
{
	enum network_rules rules = RULES_CHANGED;
	int status = begin_with(w, 0);

	while (rules > RULES_LOOK && strcmp(argv[0], network_rules_words[rules]))
		rules--;
	return status ? status : mend(w, rules);
}

static const struct task tasks[] = {
	{ "apply", 4, run_apply },
	{ "rate", 1, run_rate },
	{ "clear", 0, run_clear },
	{ "mend", 1, run_mend },
};

int main(int argc, char **argv)
{
	struct work w = { .netns = -1 };
	const struct task *task = task_find(tasks, ARRAY_SIZE(tasks), argc, argv, &w.ctid);
	int lock = -1, status;
	sigset_t old;

	/* Who presses ^Z stops his own command, and no other's. */
	hold_stops(&old);
	status = task ? host_lock("network", &lock) : EXIT_BAD_OPTION;
	error_keep();
	if (!status)
		status = netns_enter_hosts(w.ctid);
	if (!status)
		status = task->run(&w, argv + TASK_ARGUMENTS);
	nl_socket_free(w.host);
	nl_socket_free(w.ve);
	members_free(&w.members);
	cleanup_close_(&w.netns);
	cleanup_close_(&lock);
	hold_end(&old);
	error_tell();
	return status;
}
