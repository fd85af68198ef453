// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What others have taken away of what was made for VEs is made again, from what is written
 * down: with an interface that goes down, or loses its last address, the kernel forgets for
 * whom the host answers there; who manages interfaces removes routes that he has not made, who
 * loads a firewall all tables, and who switches forwarding off does so for VEs' links, too. Where an address was looked for when the VE started may have
 * become the wrong place: that is looked at again.
 */
#include <errno.h>
#include <string.h>

#include "error.h"
#include "network/announce.h"
#include "network/forward.h"
#include "network/mend.h"
#include "network/way.h"

#define LIST_TRIES 5

static int failed(const struct member *m, int error, const struct address *a, const char *what)
{
	char text[ADDRESS_TEXT];

	address_format(a, false, text);
	errno = error;
	return fail_errno(EXIT_ADD_IP, "%s %u: %s %s", operation, m->ctid, what, text);
}

/* @index: the host's end. The kernel's errno. Where the host has switched IPv6 off nothing can be done: when
 * it is on again, interfaces get addresses, of which we hear. */
static int mend_route(struct work *w, const struct member *m, int index, const struct address *a)
{
	int error = rtnl_add_route(w->host, index, a);
	char text[ADDRESS_TEXT];

	if (error)
		return error == EEXIST || (error == EACCES && a->family == AF_INET6) ? 0 : error;
	address_format(a, false, text);
	warn("%s %u: the route of %s was gone, and is there again", operation, m->ctid, text);
	return 0;
}

/* One address that cannot be helped is no reason to leave the others alone. Of more the first has its line. */
static int mend_member(struct work *w, const struct member *m)
{
	const struct address *failing = NULL;
	const char *what = NULL;
	char name[IFNAMSIZ];
	int first = 0, index;

	network_link_name(m->ctid, name);
	/* One that is down is that of a start that was killed. */
	index = rtnl_is_up(w->host, name) ? rtnl_index(w->host, name) : 0;
	for (size_t i = 0; i < m->net.addresses.n; i++) {
		const struct address *a = &m->net.addresses.list[i];
		int proxy = members_add_proxy(w->host, &m->net, i);
		int route = index ? mend_route(w, m, index, a) : 0;

		if (first || !(proxy || route))
			continue;
		first = proxy ? proxy : route;
		what = proxy ? "answer outside for" : "route";
		failing = a;
	}
	return first ? failed(m, first, failing, what) : 0;
}

/* Who changes net.ipv4.ip_forward changes it for each interface, also for VEs' own. Then it may be off for the
 * one outside, too, which is the admin's to switch on. */
static void mend_forwarding(struct nl_sock *host, const struct members *all)
{
	unsigned int n = 0;

	for (size_t m = 0; m < all->n; m++) {
		const struct network *net = &all->list[m].net;
		char name[IFNAMSIZ];

		network_link_name(all->list[m].ctid, name);
		/* One that is down is that of a start that was killed, and never forwarded. */
		if (!rtnl_is_up(host, name) || !forward_again(name))
			continue;
		n++;
		for (size_t i = 0; i < net->addresses.n; i++)
			if (*net->device[i] && if_nametoindex(net->device[i]))
				forward_warn(all->list[m].ctid, &net->addresses.list[i], net->device[i]);
	}
	if (n)
		warn("%s: what VEs send was not forwarded any more, and is again (links: %u)", operation, n);
}

/* The host answers for the address number @i of @m at @index from now on. What is written down
 * comes first, and the old place is forgotten: who asks there gets no answer any more. */
static int move(struct work *w, struct member *m, size_t i, int index)
{
	const struct address *a = &m->net.addresses.list[i];
	char name[IFNAMSIZ], text[ADDRESS_TEXT];
	int status, error;

	if (!if_indextoname(index, name))
		return 0;	/* gone again, of which we shall hear */
	members_drop_proxy(w->host, &m->net, i);
	memcpy(m->net.device[i], name, IFNAMSIZ);
	status = network_write(m->ctid, &m->net);
	error = status ? 0 : members_add_proxy(w->host, &m->net, i);
	if (status || error)
		return status ? status : failed(m, error, a, "answer outside for");
	address_format(a, false, text);
	warn("%s %u: the host answers for %s by %s now", operation, m->ctid, text, name);
	forward_warn(m->ctid, a, name);
	error = announce(index, a);
	if (error)
		warn("%s %u: announce %s by %s: %s", operation, m->ctid, text, name, strerror(error));
	return 0;
}

static int move_all(struct work *w, const struct way *ways)
{
	int status = 0;
	size_t n = 0;

	for (size_t m = 0; m < w->members.n; m++)
		for (size_t i = 0; i < w->members.list[m].net.addresses.n; i++, n++)
			if (ways[n].best != ways[n].now)
				status = move(w, &w->members.list[m], i, ways[n].best) ?: status;
	return status;
}

/* Those without a place get one, and who is better reached elsewhere moves there. */
static int look_again(struct work *w)
{
	const struct members *all = &w->members;
	cleanup_free struct way *ways = NULL;
	size_t n = 0;
	int error, tries = 0;

	for (size_t m = 0; m < all->n; m++)
		n += all->list[m].net.addresses.n;
	ways = calloc(n + 1, sizeof(*ways));
	if (!ways)
		return fail_memory();
	n = 0;
	for (size_t m = 0; m < all->n; m++) {
		const struct network *net = &all->list[m].net;
		char name[IFNAMSIZ];

		network_link_name(all->list[m].ctid, name);
		for (size_t i = 0; i < net->addresses.n; i++)
			ways[n++] = (struct way){
				.a = &net->addresses.list[i], .own = if_nametoindex(name),
				.now = *net->device[i] ? if_nametoindex(net->device[i]) : 0,
			};
	}
	/* Routes that change meanwhile make the list a broken one. */
	do
		error = ways_find(w->host, ways, n);
	while (error == EIO && ++tries < LIST_TRIES);
	errno = error;
	return error ? fail_errno(EXIT_ADD_IP, "%s %u: list the host's routes", operation, w->ctid)
		     : move_all(w, ways);
}

static int mend_rules(struct work *w, enum network_rules rules)
{
	const struct members *all = &w->members;
	bool counted, there = rules_there(all->list, all->n, &counted);
	int status;

	if (there && rules == RULES_LOOK)
		return 0;
	status = rules_write(w->ctid, all->list, all->n, NULL);
	if (!status && !there)
		warn("%s: the filter of all VEs was gone, and is there again%s", operation,
		     counted ? "" : "; their connections are counted anew");
	else if (!status && rules == RULES_CHANGED)
		warn("%s: the filter of all VEs was changed by others, and is as it was", operation);
	return status;
}

int mend(struct work *w, enum network_rules rules)
{
	const struct members *all = &w->members;
	int status = all->n ? mend_rules(w, rules) : 0;

	status = look_again(w) ?: status;
	mend_forwarding(w->host, all);
	/* One that cannot be helped is no reason to leave the others alone. */
	for (size_t i = 0; i < all->n; i++)
		status = mend_member(w, &all->list[i]) ?: status;
	return status;
}
