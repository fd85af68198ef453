// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * From what is written down to what is wanted. First the new is written down beside the
 * old, then it is made, then the old removed: nothing is ever there that the next command
 * would not find. What of the old stands in the way of the new goes first.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "error.h"
#include "netif/apply.h"
#include "netif/guard.h"
#include "netif/pair.h"
#include "netif_live.h"
#include "network/rtnl.h"
#include "network/shape.h"

static int failed(const struct work *w, int error, const struct netif *n, const char *what)
{
	errno = error;
	return fail_errno(EXIT_NETIF, "%s %u: %s %s", operation, w->ctid, what, n->host_ifname);
}

static bool sysctl6(const char *name, const char *what, const char *value)
{
	cleanup_close int fd = -1;
	char path[96];

	snprintf(path, sizeof(path), "/proc/sys/net/ipv6/conf/%s/%s", name, what);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	return fd >= 0 && write(fd, value, 1) == 1;
}

/* Without IPv6, which has no rp_filter: where the host routes that, it would route whatever
 * the VE sends. If the admin switches it on, as who believes nobody. Errors: a kernel
 * without IPv6 has no such files. */
static void close_inet6(const char *name)
{
	sysctl6(name, "disable_ipv6", "1");
	sysctl6(name, "accept_ra", "0");
	sysctl6(name, "accept_redirects", "0");
}

/* Its index is 0 when @n is to be on none, or that is not there. */
static int find_bridge(const struct work *w, const struct netif *n, struct link *bridge)
{
	int error = 0;

	*bridge = (struct link){ };
	if (*n->bridge)
		error = pair_find(w->host, n->bridge, bridge);
	if (error)
		return failed(w, error, n, "find the bridge of");
	if (strcmp(bridge->kind, "bridge"))
		bridge->index = 0;
	return 0;
}

static int make_pair(const struct work *w, const struct netif *n, const struct link *bridge,
		     struct link *link)
{
	int error;

	if (*n->bridge && !bridge->index)
		return fail(EXIT_NETIF, "%s %u: the host has no bridge %s, which %s is to be on", operation,
			    w->ctid, n->bridge, n->ifname);
	error = pair_make(w->host, n, w->netns, bridge->index ? bridge->mtu : 0);
	/* That the host has none we know. */
	if (error == EEXIST)
		return fail(EXIT_NETIF, "%s %u: the VE has an interface %s of its own", operation, w->ctid,
			    n->ifname);
	if (error)
		return failed(w, error, n, "make the pair of veth");
	error = pair_find(w->host, n->host_ifname, link);
	return error || !link->index ? failed(w, error ? error : ENODEV, n, "find the veth") : 0;
}

/*
 * First what keeps the VE within bounds, and last the way to @bridge. Of one that was @up
 * before this command the rate in force may be another now, and what else the host has set
 * on it is the admin's; but it may have lost its bridge, which was down or made anew.
 */
static int open_up(const struct work *w, const struct netif *n, const struct link *link,
		   const struct link *bridge, bool up)
{
	int error = guard(w->host, link->index, n->unfiltered ? NULL : n->mac, bridge->index);

	if (error)
		return failed(w, error, n, "filter what comes by");
	if (up && (!bridge->index || link->bridge == bridge->index))
		return 0;
	close_inet6(n->host_ifname);
	error = !up ? shape(w->host, link->index, w->rate, GUARD_PRIORITY) : 0;
	if (error)
		return failed(w, error, n, "limit the rate of");
	error = rtnl_raise(w->host, link->index, RTNL_PORT, bridge->index, bridge->mtu);
	return error ? failed(w, error, n, "bring up") : 0;
}

/* @known: written down before this command, so that it may be there. */
static int make(const struct work *w, const struct netif *n, bool known)
{
	struct link link, bridge;
	int error = pair_find(w->host, n->host_ifname, &link), status;
	bool up;

	/* What is not written down is of one that died, and nothing that our VE has. */
	if (!error && !known && pair_is(&link, n)) {
		error = rtnl_delete_link(w->host, link.index);
		link = (struct link){ };
	}
	if (error && error != ENODEV)
		return failed(w, error, n, "look up");
	if (link.index && !pair_is(&link, n))
		return fail(EXIT_NETIF, "%s %u: the host has an interface %s of its own", operation, w->ctid,
			    n->host_ifname);
	up = link.up;
	status = find_bridge(w, n, &bridge);
	if (!status && !link.index)
		status = make_pair(w, n, &bridge, &link);
	return status ? status : open_up(w, n, &link, &bridge, up);
}

/* One that is gone already, with the VE's end, is as good. */
static int unmake(const struct work *w, const struct netif *n)
{
	struct link link;
	int error = pair_find(w->host, n->host_ifname, &link);

	if (!error && pair_is(&link, n))
		error = rtnl_delete_link(w->host, link.index);
	return error && error != ENODEV ? failed(w, error, n, "remove") : 0;
}

static bool has(const struct netifs *list, const struct netif *n)
{
	for (size_t i = 0; i < list->n; i++)
		if (netif_same(&list->list[i], n))
			return true;
	return false;
}

/* Has one of @list a name of @n? */
static bool in_the_way(const struct netif *n, const struct netifs *list)
{
	for (size_t i = 0; i < list->n; i++)
		if (!strcmp(list->list[i].ifname, n->ifname) ||
		    !strcmp(list->list[i].host_ifname, n->host_ifname))
			return true;
	return false;
}

/* Those of @old that are not wanted; with @first only those in the way. */
static int unmake_old(const struct work *w, const struct netifs *old, const struct netifs *wanted,
		      bool first)
{
	int status = 0;

	for (size_t i = 0; !status && i < old->n; i++)
		if (!has(wanted, &old->list[i]) && (!first || in_the_way(&old->list[i], wanted)))
			status = unmake(w, &old->list[i]);
	return status;
}

int apply(struct work *w, const struct netifs *wanted)
{
	struct netifs old, both;
	int status = netif_read(w->ctid, &old);

	if (status)
		return status;
	both = *wanted;
	for (size_t i = 0; i < old.n && both.n < ARRAY_SIZE(both.list); i++)
		if (!has(wanted, &old.list[i]))
			both.list[both.n++] = old.list[i];
	status = netif_write(w->ctid, &both);
	if (!status)
		status = unmake_old(w, &old, wanted, true);
	for (size_t i = 0; !status && i < wanted->n; i++)
		status = make(w, &wanted->list[i], has(&old, &wanted->list[i]));
	if (!status)
		status = unmake_old(w, &old, wanted, false);
	return status || both.n == wanted->n ? status : netif_write(w->ctid, wanted);
}

/* @n, if it has lost its bridge. One that is down, gone, or on another is so by somebody's will, or a
 * start's that was killed; and a bridge that is gone will be told of when it comes. */
static int put_back(const struct work *w, const struct netif *n)
{
	struct link link, bridge;
	int error = pair_find(w->host, n->host_ifname, &link), status;

	if (error)
		return failed(w, error, n, "look up");
	if (!pair_is(&link, n) || !link.up || link.bridge)
		return 0;
	status = find_bridge(w, n, &bridge);
	if (status || !bridge.index)
		return status;
	status = open_up(w, n, &link, &bridge, true);
	if (!status)
		warn("%s %u: %s was off the bridge %s, and is on it again", operation, w->ctid, n->host_ifname,
		     n->bridge);
	return status;
}

int mend(struct work *w)
{
	struct netifs list;
	int status = netif_read(w->ctid, &list);

	/* Who was killed half way has left the old behind the new. */
	netifs_keep_first(&list);
	/* One that cannot be helped is no reason to leave the others alone. */
	for (size_t i = 0; i < list.n; i++)
		status = put_back(w, &list.list[i]) ?: status;
	return status;
}

int limit_rate(struct work *w)
{
	struct netifs list;
	int status = netif_read(w->ctid, &list);

	for (size_t i = 0; i < list.n; i++) {
		struct link link;
		int error = pair_find(w->host, list.list[i].host_ifname, &link);

		if (!error && pair_is(&link, &list.list[i]))
			error = shape(w->host, link.index, w->rate, GUARD_PRIORITY);
		/* The VE's root can remove one at any time; and no link may hinder the others. */
		errno = error;
		if (error && error != ENODEV)
			status = fail_errno(EXIT_SET_RATE, "%s %u: limit the rate of %s", operation, w->ctid,
					    list.list[i].host_ifname);
	}
	return status;
}

int clear(struct work *w)
{
	struct netifs list;
	int status = netif_read(w->ctid, &list);

	/* They would go with the network namespace, but that takes its time. */
	for (size_t i = 0; !status && i < list.n; i++)
		status = unmake(w, &list.list[i]);
	if (!status)
		netif_forget(w->ctid);
	return status;
}
