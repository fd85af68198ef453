// SPDX-License-Identifier: GPL-2.0-or-later
/* Interfaces that have lost their bridge. Apart, as the daemon alone asks for that. */
#include <string.h>

#include "helper.h"
#include "netif_live.h"

/* The host's network, whatever network namespace we are in. */
#define LINKS "/proc/1/root/sys/class/net"

/* By sysfs, which costs less than to run who would mend it. */
static bool is_off(const struct netif *n)
{
	char path[96];

	if (!*n->bridge)
		return false;
	/* On it, or where the admin has put it. */
	snprintf(path, sizeof(path), LINKS "/%s/master", n->host_ifname);
	if (!access(path, F_OK))
		return false;
	snprintf(path, sizeof(path), LINKS "/%s/brif", n->bridge);
	if (access(path, F_OK))
		return false;
	snprintf(path, sizeof(path), LINKS "/%s", n->host_ifname);
	return !access(path, F_OK);
}

bool netif_off_bridge(uint32_t ctid, const char *bridge)
{
	struct netifs list;

	if (netif_read(ctid, &list))
		return true;
	for (size_t i = 0; i < list.n; i++)
		if ((!bridge || !strcmp(list.list[i].bridge, bridge)) && is_off(&list.list[i]))
			return true;
	return false;
}

int netif_mend(uint32_t ctid)
{
	const char *const arguments[] = { NULL };

	return netif_off_bridge(ctid, NULL) ? helper_task(ctid, NETIF_HELPER, "mend", arguments, -1) : 0;
}
