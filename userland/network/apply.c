// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * From what is written down to what is wanted. First the new is written down beside the
 * old, then the filter lets it pass, then it is made; what is no more wanted goes in
 * the reverse order. So nothing is ever there that the next command would not find.
 */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "error.h"
#include "network/announce.h"
#include "network/apply.h"
#include "network/forward.h"
#include "network/shape.h"
#include "network/sysctl.h"

#define VE_NAME "venet0"

static int failed(const struct work *w, int error, const struct address *a, const char *what)
{
	char text[ADDRESS_TEXT] = "";

	if (a)
		address_format(a, false, text);
	errno = error;
	return fail_errno(EXIT_ADD_IP, "%s %u: %s%s%s", operation, w->ctid, what, a ? " " : "", text);
}

/* May the VE have it, and where does the host answer for it? */
static int look_at(const struct work *w, const struct address *a, char device[IFNAMSIZ])
{
	char text[ADDRESS_TEXT];
	int type, index, error;

	*device = '\0';
	address_format(a, false, text);
	for (size_t i = 0; i < w->members.n; i++)
		if (addresses_have(&w->members.list[i].net.addresses, a))
			return fail(EXIT_IP_IN_USE, "%s %u: the address %s is VE %u's", operation, w->ctid,
				    text, w->members.list[i].ctid);
	error = rtnl_find_route(w->host, a, &type, &index);
	/* Nobody out there asks us for it; or not yet, see mend.c. A set may be taking back only what
	 * it has done, with its line. */
	if (error) {
		if (strcmp(operation, "set"))
			warn("%s %u: the host has no route to %s: it answers for it nowhere", operation, w->ctid, text);
		return 0;
	}
	if (type == RTN_LOCAL || type == RTN_BROADCAST || type == RTN_ANYCAST)
		return fail(EXIT_IP_IN_USE, "%s %u: the address %s is the host's own, or all of its "
			    "neighbours'", operation, w->ctid, text);
	if (type == RTN_UNICAST && index && !if_indextoname(index, device))
		*device = '\0';
	return 0;
}

/* Those of @wanted that are not written down yet, behind those that are. */
static int add_to(const struct work *w, const struct addresses *wanted, struct network *net)
{
	struct addresses *list = &net->addresses;

	for (size_t i = 0; i < wanted->n; i++) {
		const struct address *a = &wanted->list[i];
		int status;

		if (addresses_have(list, a))
			continue;
		if (list->n == ADDRESSES_MAX)
			return fail(EXIT_ADD_IP, "%s %u: more than %d addresses at once", operation, w->ctid,
				    ADDRESSES_MAX);
		status = look_at(w, a, net->device[list->n]);
		if (status)
			return status;
		list->list[list->n++] = *a;
	}
	return 0;
}

static int write_all_down(struct work *w)
{
	int status = network_write(w->ctid, members_own(&w->members));

	return status ? status : rules_write(w->ctid, w->members.list, w->members.n + 1, NULL);
}

/* Both ends are down. */
static int make_pair(const struct work *w)
{
	uint8_t mac[6] = { 0x02, 0x76 };	/* no maker's: 2 in the first byte */
	const struct rtnl_pair pair = {
		.name = w->name, .mac = mac, .peer = VE_NAME, .peer_mac = mac, .netns = w->netns,
		.group = NETWORK_GROUP,
	};
	int error;

	for (int i = 0; i < 4; i++)
		mac[2 + i] = w->ctid >> (24 - 8 * i);
	error = rtnl_make_pair(w->host, &pair);
	return error ? failed(w, error, NULL, "make a pair of veth") : 0;
}

/* The host's end. It is brought up last: one that is down may lack all the rest, if the
 * command that made it was killed. */
static int make_link(struct work *w, int *index)
{
	int status, error;
	bool there;

	*index = rtnl_index(w->host, w->name);
	there = *index;
	if (there && rtnl_is_up(w->host, w->name)) {
		(void)forward_again(w->name);
		return 0;
	}
	status = there ? 0 : make_pair(w);
	if (status)
		return status;
	*index = rtnl_index(w->host, w->name);
	/* As a router believes nobody; errors: a kernel without IPv6 has no such files. */
	sysctl_set("/proc/sys/net/ipv6/conf/%s/accept_ra", w->name, "0");
	sysctl_set("/proc/sys/net/ipv6/conf/%s/accept_redirects", w->name, "0");
	sysctl_set("/proc/sys/net/ipv6/conf/%s/accept_source_route", w->name, "-1");
	sysctl_set("/proc/sys/net/ipv6/conf/%s/disable_ipv6", w->name, "0");
	/* Where it can be, IPv6 is forwarded from here without all.forwarding. Its own "forwarding" is
	 * for NDP, which there is none of, and who writes 1 to it has the kernel forget the host's default
	 * routes that routers advertised. */
	sysctl_set("/proc/sys/net/ipv6/conf/%s/force_forwarding", w->name, "1");
	error = w->rate || there ? shape(w->host, *index, w->rate, 0) : 0;
	if (error)
		return failed(w, error, NULL, "limit the rate of its veth");
	error = rtnl_raise(w->host, *index, RTNL_ROUTER, 0, 0);
	return error ? failed(w, error, NULL, "bring up the host's end of its veth") : 0;
}

/* Answer for it outside. */
static int add_proxy(struct work *w, size_t i)
{
	const struct network *net = members_own(&w->members);
	const struct address *a = &net->addresses.list[i];
	const char *device = net->device[i];
	int error;

	if (*device && if_nametoindex(device))
		forward_warn(w->ctid, a, device);
	error = members_add_proxy(w->host, net, i);
	return error ? failed(w, error, a, "answer outside for") : 0;
}

/* @known: written down before this command, so that it may be there. */
static int add_host_side(struct work *w, int index, size_t i, bool known)
{
	const struct network *net = members_own(&w->members);
	const struct address *a = &net->addresses.list[i];
	int error = rtnl_add_route(w->host, index, a);

	if (error && !(error == EEXIST && known))
		return failed(w, error, a, "route");
	return add_proxy(w, i);
}

/* One that the VE has had, and has switched off with all of IPv6: no reason not to change others. */
static bool is_off(const struct work *w, const struct address *a, size_t known, int error)
{
	struct addresses had = members_own(&w->members)->addresses;
	char text[ADDRESS_TEXT];

	had.n = known;
	if (error != EACCES || a->family != AF_INET6 || !addresses_have(&had, a))
		return false;
	address_format(a, false, text);
	warn("%s %u: the VE is without %s: it has switched IPv6 off", operation, w->ctid, text);
	return true;
}

static int add_ve_side(struct work *w, const struct addresses *wanted, size_t known)
{
	int index = rtnl_index(w->ve, VE_NAME), error;

	if (!index)
		return failed(w, ENODEV, NULL, "find " VE_NAME " in the VE");
	error = rtnl_raise(w->ve, index, RTNL_INSIDE, 0, 0);
	if (error)
		return failed(w, error, NULL, "bring up " VE_NAME " in the VE");
	for (size_t i = 0; i < wanted->n; i++) {
		const struct address *a = &wanted->list[i];

		error = rtnl_add_address(w->ve, index, a);
		if (is_off(w, a, known, error))
			continue;
		if (error && error != EEXIST)
			return failed(w, error, a, "give the VE");
		error = rtnl_add_default(w->ve, index, a->family);
		if (error && error != EEXIST)
			return failed(w, error, a, "make the VE's default route for");
	}
	return 0;
}

/* It may have been another machine's a moment ago. Who missed it finds out by himself,
 * later: that is no reason to fail. */
static void tell_neighbours(const struct work *w, size_t i)
{
	const struct network *net = members_own(&w->members);
	unsigned int index = *net->device[i] ? if_nametoindex(net->device[i]) : 0;
	char text[ADDRESS_TEXT];
	int error = index ? announce(index, &net->addresses.list[i]) : 0;

	if (!error)
		return;
	address_format(&net->addresses.list[i], false, text);
	warn("%s %u: announce %s by %s: %s", operation, w->ctid, text, net->device[i], strerror(error));
}

/* @less: something is taken away. That is done even where the VE has made of its end what
 * nothing can be added to; that had its line. */
static int make(struct work *w, const struct addresses *wanted, size_t known, bool less)
{
	const struct addresses *list = &members_own(&w->members)->addresses;
	int index, status = make_link(w, &index);

	for (size_t i = 0; !status && i < list->n; i++)
		if (addresses_have(wanted, &list->list[i]))
			status = add_host_side(w, index, i, i < known);
	if (!status && add_ve_side(w, wanted, known) && !(less && list->n == known))
		status = EXIT_ADD_IP;
	for (size_t i = known; !status && i < list->n; i++)
		tell_neighbours(w, i);
	return status;
}

/* What is not wanted: from the host first, so that at once nothing passes. In the VE
 * it is the VE's own affair whether it is still there. */
static void unmake(struct work *w, const struct addresses *wanted)
{
	struct network *net = members_own(&w->members);
	int index = rtnl_index(w->host, w->name), inside = -1;
	size_t kept = 0;

	for (size_t i = 0; i < net->addresses.n; i++) {
		const struct address *a = &net->addresses.list[i];

		if (addresses_have(wanted, a)) {
			memmove(net->device[kept], net->device[i], IFNAMSIZ);
			net->addresses.list[kept++] = *a;
			continue;
		}
		(void)rtnl_delete_route(w->host, index, a);
		members_drop_proxy(w->host, net, i);
		if (inside < 0)
			inside = rtnl_index(w->ve, VE_NAME);
		(void)rtnl_delete_address(w->ve, inside, a);
	}
	net->addresses.n = kept;
}

int limit_rate(struct work *w)
{
	int index = rtnl_index(w->host, w->name), error;

	/* The VE's root can remove it. The next is made with its rate. */
	error = index ? shape(w->host, index, w->rate, 0) : ENODEV;
	errno = error;
	return error && error != ENODEV ? fail_errno(EXIT_SET_RATE, "%s %u: limit the rate of %s", operation,
						     w->ctid, w->name) : 0;
}

int apply(struct work *w, const struct addresses *wanted, bool nat)
{
	struct network *net = members_own(&w->members);
	size_t known = net->addresses.n;
	bool less = net->nat && !nat;
	int status = add_to(w, wanted, net);

	less |= wanted->n < net->addresses.n;
	net->nat = nat;
	if (!status)
		status = write_all_down(w);
	if (!status)
		status = make(w, wanted, known, less);
	if (status || net->addresses.n == wanted->n)
		return status;
	unmake(w, wanted);
	/* The filter first: what is not written down is not found. */
	status = rules_write(w->ctid, w->members.list, w->members.n + 1, NULL);
	return status ? status : network_write(w->ctid, net);
}

int clear(struct work *w)
{
	const struct network *net = members_own(&w->members);
	int index = rtnl_index(w->host, w->name), error, status;

	/* It would go with the network namespace, but that takes its time. */
	error = index ? rtnl_delete_link(w->host, index) : 0;
	if (error && error != ENODEV)
		return failed(w, error, NULL, "remove its veth");
	for (size_t i = 0; i < net->addresses.n; i++)
		members_drop_proxy(w->host, net, i);
	status = rules_write(w->ctid, w->members.list, w->members.n,
			     &w->members.list[w->members.n]);
	if (!status)
		network_forget(w->ctid);
	return status;
}
