/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VZLITE_NETWORK_NETNS_H
#define VZLITE_NETWORK_NETNS_H

#include "error.h"

struct nl_sock;

/* Become one of the host's: who calls us may have a namespace of his own, in which there are no
 * links of VEs. For good. */
int __must_check netns_enter_hosts(uint32_t ctid);

/*
 * The network namespace of VE @ctid, whose init is @pidfd, and, unless @sock is NULL, an
 * rtnl_open() in it. We are back on return: what is of the host is looked up by where we
 * are. @bad, with a line, when the namespace cannot be entered or left.
 */
int __must_check netns_open(uint32_t ctid, int pidfd, enum exitcode bad, int *netns,
			    struct nl_sock **sock);

#endif
