// SPDX-License-Identifier: GPL-2.0-only
/*
 * What TCP keeps for a VE besides sockets, charged to nobody.
 *
 * Requests: connections to a listener, until they are accepted or given up. 300 bytes each, as
 * many as its owner's somaxconn and tcp_max_syn_backlog say, for each listener, for as long as
 * his tcp_synack_retries say; packets make them. 65,536 of a VE (beancounter.c): what asks for
 * another gets no answer, as where the kernel has no memory; what gets a cookie is none. Whose a
 * listener is says the cgroup that has made it; that of MPTCP is a socket of the kernel's, in no ledger. Requests that are
 * to go from a closed listener to another (tcp_migrate_req, which is off) do not: their copies
 * would be counted nowhere. No other listener is found for them, before anything is held for it.
 *
 * Connections that were closed and are kept for a minute (TIME_WAIT): 250 bytes, as many as the
 * owner's tcp_max_tw_buckets says. A namespace has its share of VZ_TIMEWAITS, which all namespaces
 * of one owner have; what it has already when there come more, it keeps for that minute. What
 * comes then is forgotten at once, as by the kernel.
 */
#include <linux/cgroup.h>
#include <linux/preempt.h>
#include <linux/refcount.h>
#include <linux/user_namespace.h>
#include <net/inet_timewait_sock.h>
#include <net/net_namespace.h>
#include <net/request_sock.h>
#include <net/sock.h>

#include "../hook_direct.h"
#include "../ledger.h"
#include "../ve.h"
#include "charge.h"

#define VZ_TIMEWAITS	65536

/* (listener, packet, flow, request): the request is new, and freed if there is no route. In a
 * soft interrupt mostly. */
VZ_HANDLER(vz_tcp_request)
{
	struct sock *listener = arg0;
	struct vz_ve *ve;
	int ret = 0;

	if (likely(sock_net(listener)->user_ns == &init_user_ns) ||
	    ((const struct request_sock *)arg3)->syncookie)
		return 0;
	preempt_disable_notrace();
	ve = vz_ve_of_cgroup(sock_cgroup_ptr(&listener->sk_cgrp_data));
	if (ve && vz_ledger_charge(ve, VZ_INNER_REQUESTS, arg3))
		ret = VZ_REFUSE_NULL;
	preempt_enable_notrace();
	return ret;
}
VZ_REFUSER(vz_tcp_request, 5);

/* (request) */
VZ_HANDLER(vz_tcp_request_free)
{
	vz_ledger_uncharge_fixed(VZ_INNER_REQUESTS, arg0);
	return 0;
}
VZ_OBSERVER_IF(VZ_UNLESS_EMPTY(rdi), vz_tcp_request_free, 1);

/* (listener, ...) */
VZ_HANDLER(vz_tcp_migrate)
{
	return sock_net(arg0)->user_ns != &init_user_ns ? VZ_REFUSE_NULL : 0;
}
VZ_REFUSER(vz_tcp_migrate, 3);

/* (socket, death row, state) */
VZ_HANDLER(vz_tcp_timewait)
{
	const struct inet_timewait_death_row *row = arg1;
	const struct net *net = sock_net(arg0);

	if (likely(net->user_ns == &init_user_ns) || row != &net->ipv4.tcp_death_row ||
	    refcount_read(&row->tw_refcount) <= vz_network_share(net, VZ_TIMEWAITS))
		return 0;
	return VZ_REFUSE_NULL;
}
VZ_REFUSER(vz_tcp_timewait, 3);
