// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>
#include <sched.h>

#include "network/netns.h"
#include "network/rtnl.h"

#define OURS "/proc/self/ns/net"

int netns_enter_hosts(uint32_t ctid)
{
	cleanup_close int host = open("/proc/1/ns/net", O_RDONLY | O_CLOEXEC);

	return host < 0 || setns(host, CLONE_NEWNET) ?
	       fail_errno(EXIT_SYSTEM, "%s %u: enter the host's network namespace", operation, ctid) : 0;
}

int netns_open(uint32_t ctid, int pidfd, enum exitcode bad, int *netns, struct nl_sock **sock)
{
	cleanup_close int home = open(OURS, O_RDONLY | O_CLOEXEC);

	if (home < 0 || setns(pidfd, CLONE_NEWNET))
		return fail_errno(bad, "%s %u: join its network namespace", operation, ctid);
	*netns = open(OURS, O_RDONLY | O_CLOEXEC);
	if (sock)
		*sock = rtnl_open();
	if (setns(home, CLONE_NEWNET) || *netns < 0)
		return fail_errno(bad, "%s %u: leave its network namespace", operation, ctid);
	return sock && !*sock ? fail_memory() : 0;
}
