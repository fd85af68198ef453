// SPDX-License-Identifier: GPL-2.0-only
/*
 * numtcpsock and numothersock: one for each socket that a task asked for or that
 * a connection made, from then until its memory is freed. A socket that the kernel
 * makes for itself does not count.
 *
 * A socket that a connection makes is charged to the VE that pays for the
 * listening one: a TCP one when the handshake ends, in
 * a soft interrupt, before anybody accepts it. If nobody pays, since the VE that did is a
 * zombie, or the listening one is older than its VE, it is the VE in whose cgroup that
 * was made. Refused, it is dropped, and the
 * peer repeats the end of the handshake: failcnt counts each try. What is accepted
 * uncounted (protocols in modules, listeners that are the host's) is adopted by
 * the VE that accepts it, by force: each accept has taken a file. TIPC's accept
 * alone tells nobody; Debian's does not load itself.
 *
 * What listens for an MPTCP socket is a TCP socket that the kernel made; where that is not
 * charged, the MPTCP socket pays for its children. An MPTCP connection counts as one while it waits;
 * accepted, as two, its MPTCP socket by force, so that held can pass the limit, but
 * not twice the limit. The TCP sockets that the kernel makes for an MPTCP socket of this side,
 * one to connect or listen, more to other addresses of the peer's, are charged to
 * the VE in whose cgroup that is; refused, they are not made.
 *
 * A TCP socket outlives its program while data or the goodbye is under way; a UNIX
 * one that is closed is kept, and counts, while its peer is open.
 *
 * No VE gets a socket of seven families: AF_VSOCK knows no network namespace and would
 * join all VEs, the host and its hypervisor; AF_RDS (a host must load it) has one table
 * of bound addresses for all namespaces, in which a VE could take what another needs,
 * and TCP sockets of the kernel's behind it; SMC (not in Debian's 7.3) has a TCP socket
 * of the kernel's behind each of its own, and a worker accepts for it: a limit for
 * those who do not use it; AF_ALG has a thread of the kernel, which is in no VE (host.c), load
 * modules of whatever name its user makes up, and is all of the kernel's crypto for what a
 * program can do itself; AF_KCM clones its sockets by an ioctl that tells nobody, and has
 * nothing to receive without bpf(2), which a VE has not; no more has AF_XDP, with rings that
 * nobody is charged for (so has AF_PACKET, see network.c); each of AF_TIPC waits eight seconds for
 * its peer when it is closed, also in a program that was killed. AF_XDP the container of
 * another engine without a user namespace gets, whose root is the host's.
 */
#include <linux/cred.h>
#include <linux/net.h>
#include <linux/preempt.h>
#include <linux/user_namespace.h>
#include <net/sock.h>

#include "../event.h"
#include "../hook_direct.h"
#include "../ledger.h"
#include "../ve.h"
#include "charge.h"

static enum vzlite_resource sock_resource(const struct sock *sk)
{
	if (sk->sk_type == SOCK_STREAM && (sk->sk_family == AF_INET || sk->sk_family == AF_INET6) &&
	    (sk->sk_protocol == IPPROTO_TCP || sk->sk_protocol == IPPROTO_MPTCP))
		return VZLITE_NUMTCPSOCK;
	return VZLITE_NUMOTHERSOCK;
}

/* As the families themselves answer when they have no memory. */
static int refusal(int family)
{
	return family == AF_INET || family == AF_INET6 || family == AF_PACKET ? -ENOBUFS : -ENOMEM;
}

static bool not_for_ves(const struct sock *sk, int family)
{
	return family == AF_VSOCK || family == AF_RDS || family == AF_SMC || family == AF_ALG ||
	       family == AF_KCM || family == AF_TIPC || (family == AF_XDP && current_user_ns() != &init_user_ns) ||
	       (sk->sk_protocol == IPPROTO_SMC && (family == AF_INET || family == AF_INET6));
}

/* Only what is made in any case when there is room: who asks for what there is not, or has no
 * right to it, is to be told that, and may go on without. */
static noinline int sock_ask(struct vz_ve *ve, int family, int type, int protocol)
{
	enum vzlite_resource resource = VZLITE_NUMOTHERSOCK;
	bool known = false;

	switch (family) {
	case AF_UNIX:
		known = (type == SOCK_STREAM || type == SOCK_DGRAM || type == SOCK_SEQPACKET) &&
			(!protocol || protocol == PF_UNIX);
		break;
	case AF_INET:
	case AF_INET6:
		if (type == SOCK_STREAM)
			resource = VZLITE_NUMTCPSOCK;
		known = (type == SOCK_STREAM && (!protocol || protocol == IPPROTO_TCP)) ||
			(type == SOCK_DGRAM && (!protocol || protocol == IPPROTO_UDP));
		break;
	}
	return known && vz_ask(ve, resource) ? refusal(family) : 0;
}

/* (family, type, protocol, kern): before there is anything of the socket. */
VZ_HANDLER(vz_sock_ask)
{
	struct vz_ve *ve;
	int ret = 0;

	if (likely(!vz_asking()) || (int)(unsigned long)arg3)
		return 0;
	preempt_disable_notrace();
	ve = vz_ve_of_task(current);
	if (ve)
		ret = sock_ask(ve, (int)(unsigned long)arg0, (int)(unsigned long)arg1,
			       (int)(unsigned long)arg2);
	preempt_enable_notrace();
	return ret;
}
VZ_REFUSER_IF(VZ_UNLESS_REFUSED VZ_UNLESS_HOST, vz_sock_ask, 4);

static noinline int sock_charge(struct vz_ve *ve, struct sock *sk, int family)
{
	enum vzlite_resource resource;
	int ret;

	if (unlikely(not_for_ves(sk, family)))
		return -EAFNOSUPPORT;
	resource = sock_resource(sk);
	if (resource == VZLITE_NUMTCPSOCK)
		ret = vz_ledger_charge(ve, VZLITE_NUMTCPSOCK, sk);
	else
		ret = vz_ledger_charge(ve, VZLITE_NUMOTHERSOCK, sk);
	/* What stands in the ledger is asked for the other charge when it ends. */
	if (likely(!ret))
		return unlikely(family == AF_PACKET) && !vz_network_packets(ve, sk) ? refusal(family) : 0;
	if (ret != -EDQUOT)
		return ret;
	vz_refused(ve, resource);
	return refusal(family);
}

/* (socket, family, type, protocol, kern): the socket is made, and released if we
 * refuse. Those of the kernel itself may have no struct sock. */
VZ_HANDLER(vz_sock_create)
{
	struct socket *socket = arg0;
	struct vz_ve *ve;
	int ret = 0;

	if ((int)(unsigned long)arg4)
		return 0;
	preempt_disable_notrace();
	ve = vz_ve_of_task(current);
	if (unlikely(ve) && socket->sk)
		ret = sock_charge(ve, socket->sk, (int)(unsigned long)arg1);
	preempt_enable_notrace();
	return ret;
}
VZ_REFUSER_IF(VZ_UNLESS_HOST, vz_sock_create, 5);

/* The socket in whose name @listener listens, itself or, for a subflow, an MPTCP
 * one. Only an address for the ledger: it may be closed meanwhile. A struct socket
 * is freed after a grace period. */
static void *sock_master(const struct sock *listener)
{
	const struct socket *socket = READ_ONCE(listener->sk_socket);

	return socket ? READ_ONCE(socket->sk) : NULL;
}

/* For whoever pays for @listener. */
static int sock_inherit(void *listener, enum vzlite_resource resource, void *child)
{
	void *master;
	struct vz_ve *ve;
	int ret;

	preempt_disable_notrace();
	ret = vz_ledger_charge_like(listener, resource, child, &ve);
	if (!ve) {
		master = sock_master(listener);
		if (unlikely(master && master != listener))
			ret = vz_ledger_charge_like(master, resource, child, &ve);
	}
	if (!ve) {
		ve = vz_ve_of_cgroup(sock_cgroup_ptr(&((struct sock *)listener)->sk_cgrp_data));
		if (unlikely(ve))
			ret = vz_ledger_charge(ve, resource, child);
	}
	if (ret == -EDQUOT)
		vz_event_hit(ve, resource);
	preempt_enable_notrace();
	return ret ? -ENOMEM : 0;
}

/* (listener, child), in a soft interrupt. Any error makes the caller drop @child. */
VZ_HANDLER(vz_sock_inherit)
{
	return sock_inherit(arg0, VZLITE_NUMTCPSOCK, arg1);
}
VZ_REFUSER(vz_sock_inherit, 2);

/* (client, listener, child): a connection by AF_UNIX. Both ends are locked. */
VZ_HANDLER(vz_sock_unix_connect)
{
	return sock_inherit(arg1, VZLITE_NUMOTHERSOCK, arg2);
}
VZ_REFUSER(vz_sock_unix_connect, 3);

/* (sock, name), of what is to lie between a TCP socket and its user; here MPTCP. */
VZ_HANDLER(vz_sock_subflow)
{
	struct sock *sk = arg0;
	struct vz_ve *ve;
	int ret = 0;

	if (strcmp(arg1, "mptcp"))
		return 0;
	preempt_disable_notrace();
	ve = vz_ve_of_cgroup(sock_cgroup_ptr(&sk->sk_cgrp_data));
	/* A program's own is there already; the kernel refuses that. */
	if (ve && !vz_ledger_stands(VZLITE_NUMTCPSOCK, sk))
		ret = vz_ledger_charge(ve, VZLITE_NUMTCPSOCK, sk);
	if (ret == -EDQUOT)
		vz_refused(ve, VZLITE_NUMTCPSOCK);
	preempt_enable_notrace();
	return ret ? -ENOBUFS : 0;
}
VZ_REFUSER(vz_sock_subflow, 2);

/* (sock, socket): accepted. Too late to refuse. */
VZ_HANDLER(vz_sock_graft)
{
	struct vz_ve *ve;

	preempt_disable_notrace();
	ve = vz_ve_of_task(current);
	if (unlikely(ve))
		vz_ledger_adopt(ve, sock_resource(arg0), arg0);
	preempt_enable_notrace();
	return 0;
}
VZ_OBSERVER(vz_sock_graft, 2);

VZ_HANDLER(vz_sock_free)
{
	const struct sock *sk = arg0;

	if (unlikely(sk->sk_family == AF_PACKET))
		vz_network_sock_free(arg0);
	vz_ledger_uncharge_either(VZLITE_NUMTCPSOCK, VZLITE_NUMOTHERSOCK, arg0);
	return 0;
}
VZ_OBSERVER_IF(VZ_UNLESS_EMPTY(rdi), vz_sock_free, 1);
