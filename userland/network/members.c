// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <string.h>

#include "cgroup.h"
#include "error.h"
#include "network/members.h"
#include "network/sysctl.h"

int members_add_proxy(struct nl_sock *host, const struct network *net, size_t i)
{
	const struct address *a = &net->addresses.list[i];
	const char *device = net->device[i];
	unsigned int index = *device ? if_nametoindex(device) : 0;

	if (!index)
		return 0;
	if (a->family == AF_INET6)
		sysctl_set("/proc/sys/net/ipv6/conf/%s/proxy_ndp", device, "1");
	return rtnl_add_proxy(host, index, a);
}

void members_drop_proxy(struct nl_sock *host, const struct network *net, size_t i)
{
	unsigned int index = *net->device[i] ? if_nametoindex(net->device[i]) : 0;

	/* Gone already is as good, and the interface, too. */
	if (index)
		(void)rtnl_delete_proxy(host, index, &net->addresses.list[i]);
}

static void sweep(struct nl_sock *host, const struct member *m)
{
	for (size_t i = 0; i < m->net.addresses.n; i++)
		members_drop_proxy(host, &m->net, i);
	network_forget(m->ctid);
}

int members_read(struct members *m, uint32_t ctid, struct nl_sock *host)
{
	cleanup_ids struct ids ids = { };
	int status = network_list(&ids);

	if (status)
		return status;
	m->list = calloc(ids.n + 1, sizeof(*m->list));
	if (!m->list)
		return fail_memory();
	for (size_t i = 0; !status && i < ids.n; i++) {
		struct member *member = &m->list[m->n];
		char name[IFNAMSIZ];
		int error;

		if (ids.list[i] == ctid)
			continue;
		member->ctid = ids.list[i];
		status = network_read(ids.list[i], &member->net);
		network_link_name(ids.list[i], name);
		error = if_nametoindex(name) ? 0 : errno;
		/* The VE's root can delete its end, and this with it: a set makes them anew. Who starts
		 * a VE has other clocks than the host by now, and cannot tell by those whether it runs. */
		if (status || !error || (error == ENODEV && cgroup_populated(member->ctid)))
			m->n++;
		else if (error == ENODEV)
			sweep(host, member);
		else
			status = fail(EXIT_SYSTEM, "%s %u: look for %s: %s", operation, ctid, name, strerror(error));
	}
	m->list[m->n].ctid = ctid;
	return status ? status : network_read(ctid, members_own(m));
}

void members_free(struct members *m)
{
	free(m->list);
}
