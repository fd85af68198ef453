// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What others have taken away of what was made for VEs is made again, from what is written
 * down: with an interface that goes down, or loses its last address, the kernel forgets for
 * whom the host answers there; who manages interfaces removes routes that he has not made, and
 * who loads a firewall all tables.
 */
#include <errno.h>
#include <string.h>

#include "error.h"
#include "network/mend.h"

static int failed(const struct member *m, int error, const struct address *a, const char *what)
{
	char text[ADDRESS_TEXT];

	address_format(a, false, text);
	errno = error;
	return fail_errno(EXIT_ADD_IP, "%s %u: %s %s", operation, m->ctid, what, text);
}

/* @index: the host's end. One that is down is that of a start that was killed. */
static int mend_route(struct work *w, const struct member *m, int index, const struct address *a)
{
	int error = rtnl_add_route(w->host, index, a);
	char text[ADDRESS_TEXT];

	if (error)
		return error == EEXIST ? 0 : failed(m, error, a, "route");
	address_format(a, false, text);
	warn("%s %u: the route of %s was gone, and is there again", operation, m->ctid, text);
	return 0;
}

static int mend_member(struct work *w, const struct member *m)
{
	char name[IFNAMSIZ];
	int status = 0, error, index;

	network_link_name(m->ctid, name);
	index = rtnl_is_up(w->host, name) ? rtnl_index(w->host, name) : 0;
	for (size_t i = 0; !status && i < m->net.addresses.n; i++) {
		const struct address *a = &m->net.addresses.list[i];

		error = members_add_proxy(w->host, &m->net, i);
		if (error)
			status = failed(m, error, a, "answer outside for");
		if (!status && index)
			status = mend_route(w, m, index, a);
	}
	return status;
}

int mend(struct work *w)
{
	const struct members *all = &w->members;
	int status = 0;

	if (all->n && !rules_there()) {
		status = rules_write(w->ctid, all->list, all->n, NULL);
		if (!status)
			warn("%s: the filter of all VEs was gone, and is there again", operation);
	}
	/* One that cannot be helped is no reason to leave the others alone. */
	for (size_t i = 0; i < all->n; i++)
		status = mend_member(w, &all->list[i]) ?: status;
	return status;
}
