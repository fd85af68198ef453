// SPDX-License-Identifier: GPL-2.0-or-later
#include <linux/ipv6_route.h>
#include <net/if.h>
#include <string.h>

#include "error.h"
#include "network/forward.h"
#include "network/sysctl.h"

#define KEYS_MAX 512

/* Once, for sysctl, which takes a point in a name for what parts names, if there is no slash. */
static void add_key(char keys[KEYS_MAX], int v, const char *device, const char *key, int value)
{
	char part = strchr(device, '.') ? '/' : '.', one[96];

	snprintf(one, sizeof(one), " net%cipv%d%cconf%c%s%c%s=%d", part, v, part, part, device, part, key, value);
	if (!strstr(keys, one) && strlen(keys) + strlen(one) < KEYS_MAX)
		strcat(keys, one);
}

/* Whoever writes 1 to any forwarding of IPv6 has the kernel forget the default routes that routers
 * advertised, but for those by interfaces whose accept_ra is 2. */
static void add_advertised(char keys[KEYS_MAX])
{
	FILE *routes = fopen("/proc/net/ipv6_route", "re");
	char line[256], device[IFNAMSIZ];
	unsigned int length, flags;

	while (routes && fgets(line, sizeof(line), routes)) {
		if (sscanf(line, "%*s %x %*s %*s %*s %*s %*s %*s %x %15s", &length, &flags, device) != 3 ||
		    length || !(flags & RTF_ADDRCONF))
			continue;
		if (!sysctl_is("/proc/sys/net/ipv6/conf/%s/accept_ra", device, '2'))
			add_key(keys, 6, device, "accept_ra", 2);
	}
	if (routes)
		fclose(routes);
}

/* It forwards what is switched on for all interfaces, or by force for one; and it answers to NDP
 * only where it is switched on for that one. */
static void add_forwarding6(char keys[KEYS_MAX], const char *device)
{
	bool forwards = sysctl_on("/proc/sys/net/ipv6/conf/%s/forwarding", "all") ||
			sysctl_on("/proc/sys/net/ipv6/conf/%s/force_forwarding", device);

	if (forwards && sysctl_on("/proc/sys/net/ipv6/conf/%s/forwarding", device))
		return;
	add_advertised(keys);
	add_key(keys, 6, forwards ? device : "all", "forwarding", 1);
}

bool forward_again(const char *link)
{
	return sysctl_is("/proc/sys/net/ipv4/conf/%s/forwarding", link, '0') &&
	       sysctl_set("/proc/sys/net/ipv4/conf/%s/forwarding", link, "1");
}

void forward_warn(uint32_t ctid, const struct address *a, const char *device)
{
	static bool warned[2];
	bool v6 = a->family == AF_INET6;
	char keys[KEYS_MAX] = "";

	if (warned[v6])
		return;
	if (v6)
		add_forwarding6(keys, device);
	else if (!sysctl_on("/proc/sys/net/ipv4/conf/%s/forwarding", device))
		add_key(keys, 4, device, "forwarding", 1);
	if (!*keys)
		return;
	warned[v6] = true;
	warn("%s %u: the host does not forward what comes by %s: sysctl%s", operation, ctid, device, keys);
}
