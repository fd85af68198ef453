// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory of the host's that a VE's root gets through its network namespace, and that the
 * kernel charges to no memory cgroup. Each has a fixed bound, far above what is used in
 * earnest; nobody is told of refusals but who asks for more. Without a bound are what an
 * AF_PACKET socket has besides (fanout, memberships: numothersock), and next hops.
 *
 * AF_PACKET sockets: up to 6.14 or so those that are bound to no device are in one list for all
 * networks, which each packet of anybody's goes through. A VE has 64 (beancounter.c); ENOBUFS.
 *
 * Rings of AF_PACKET sockets (libpcap): a ring has at most VZ_RING_BYTES, and a VE at most 16
 * (beancounter.c). A socket has one for each direction, and it counts from when it is first
 * asked for until the socket is freed, also if the kernel then refused it. ENOMEM, as when the
 * kernel has no memory; libpcap then asks for less. The socket itself stands in the ledger,
 * which is how we hear of its end. A page that something else keeps then, keeps its whole
 * block: so VEs are refused vmsplice(2), into a pipe (userland/describe.c), and SO_ZEROCOPY
 * (EPERM; MSG_ZEROCOPY copies then), and a block has at most VZ_RING_BLOCK, as libpcap's
 * largest have.
 *
 * Fragments of IP packets that wait for the rest: net.ipv4.ipfrag_high_thresh and its like are
 * a VE's root's to set, in as many namespaces as he makes. Of each family (IPv4, IPv6, its
 * connection tracking's) a namespace has no more than its share of VZ_FRAGMENT_BYTES, which
 * all namespaces of the same owner have together. Soft interrupt: which VE it is is not
 * asked, but whether the namespace is one of a user namespace.
 *
 * What is remembered of the addresses that ICMP errors, redirects and fragments had to do with
 * (inet_peer): some VZ_PEERS_MAX of each family in a network that is not the host's first, where
 * the kernel would keep 65,000. More come one in a second, which also has the kernel look for
 * old ones, of ten minutes at most. Refused, it does without: what it sends to these then has
 * no limit of its own in time, only the one for all.
 *
 * net.core.optmem_max is a VE's root's to set since 6.8: of what it bounds (control messages,
 * filters of multicast sources) a tenant's socket gets no more than the host's own says.
 */
#include <linux/cred.h>
#include <linux/hash.h>
#include <linux/if_packet.h>
#include <linux/jiffies.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/preempt.h>
#include <linux/user_namespace.h>
#include <net/inet_frag.h>
#include <net/inetpeer.h>
#include <net/net_namespace.h>
#include <net/sock.h>

#include "../compat/optmem.h"
#include "../hook_direct.h"
#include "../host.h"
#include "../ledger.h"
#include "../ve.h"
#include "charge.h"

#define VZ_RING_BYTES		(4UL << 20)
#define VZ_RING_BLOCK		(512UL << 10)
#define VZ_PEERS_MAX		512
#define VZ_FRAGMENT_BYTES	(32L << 20)
#define VZ_FRAGMENT_MIN		(32L << 10)	/* 1024 namespaces, as many as a VE has, have no more */
#define VZ_FRAGMENT_MAX		(4L << 20)	/* the kernel's own default */

/* For the ledger: addresses in the socket, for itself and one for each direction. */
static void *packets(struct sock *sk)
{
	return (char *)sk + 12;
}

static void *ring(struct sock *sk, bool tx)
{
	return (char *)sk + (tx ? 8 : 4);
}

/* The socket is locked: whether it and its rings stand in the ledger does not change. */
static noinline int ring_charge(struct vz_ve *ve, struct sock *sk,
				const struct tpacket_req *request, bool tx)
{
	u64 block = PAGE_SIZE << get_order(request->tp_block_size);

	if (block > VZ_RING_BLOCK || block * request->tp_block_nr > VZ_RING_BYTES)
		return -ENOMEM;
	if (vz_ledger_stands(VZ_INNER_RINGS, ring(sk, tx)))
		return 0;
	if (!vz_ledger_stands(VZLITE_NUMOTHERSOCK, sk)) {
		vz_ledger_adopt(ve, VZLITE_NUMOTHERSOCK, sk);
		if (!vz_ledger_stands(VZLITE_NUMOTHERSOCK, sk))
			return -ENOMEM;
	}
	return vz_ledger_charge(ve, VZ_INNER_RINGS, ring(sk, tx)) ? -ENOMEM : 0;
}

/* (sock, request, closing, tx): the request is the kernel's copy. The socket is locked. */
VZ_HANDLER(vz_network_ring)
{
	const struct tpacket_req *request = arg1;
	struct vz_ve *ve;
	int ret = 0;

	/* None, one that the kernel refuses, or in another engine's container with the host's root. */
	if ((int)(unsigned long)arg2 || !request->tp_block_nr || !request->tp_block_size ||
	    current_user_ns() == &init_user_ns)
		return 0;
	preempt_disable_notrace();
	ve = vz_ve_of_task(current);
	if (ve)
		ret = ring_charge(ve, arg0, request, (int)(unsigned long)arg3);
	preempt_enable_notrace();
	return ret;
}
VZ_REFUSER_IF(VZ_UNLESS_HOST, vz_network_ring, 4);

/* (socket, level, option) */
VZ_HANDLER(vz_network_option)
{
	if (likely((int)(unsigned long)arg1 != SOL_SOCKET || (int)(unsigned long)arg2 != SO_ZEROCOPY))
		return 0;
	return vz_host_by_tenant() ? -EPERM : 0;
}
VZ_REFUSER_IF(VZ_UNLESS_HOST, vz_network_option, 3);

bool vz_network_packets(struct vz_ve *ve, struct sock *sk)
{
	return current_user_ns() == &init_user_ns ||
	       !vz_ledger_charge(ve, VZ_INNER_PACKETS, packets(sk));
}

void vz_network_sock_free(struct sock *sk)
{
	vz_ledger_uncharge_fixed(VZ_INNER_PACKETS, packets(sk));
	vz_ledger_uncharge_fixed(VZ_INNER_RINGS, ring(sk, false));
	vz_ledger_uncharge_fixed(VZ_INNER_RINGS, ring(sk, true));
}

struct ucounts *vz_network_owner(const struct net *net)
{
	struct ucounts *ucounts = net->ucounts;

	while (ucounts && ucounts->ns != &init_user_ns)
		ucounts = ucounts->ns->ucounts;
	return ucounts;
}

long vz_network_namespaces(const struct ucounts *owner)
{
	return owner ? max(atomic_long_read(&owner->ucount[UCOUNT_NET_NAMESPACES]), 1L) : 1;
}

long vz_network_share(const struct net *net, long total)
{
	struct ucounts *owner = vz_network_owner(net);

	if (!owner || uid_eq(owner->uid, GLOBAL_ROOT_UID))
		return LONG_MAX;
	return total / vz_network_namespaces(owner);
}

/* (fqdir, key). The kernel answers NULL, too, where more waits than it wants. */
VZ_HANDLER(vz_network_fragment)
{
	const struct fqdir *fqdir = arg0;
	const struct net *net = fqdir->net;
	long most;

	if (likely(net->user_ns == &init_user_ns))
		return 0;
	most = clamp(VZ_FRAGMENT_BYTES / vz_network_namespaces(vz_network_owner(net)),
		     VZ_FRAGMENT_MIN, VZ_FRAGMENT_MAX);
	return frag_mem_limit(fqdir) > most ? VZ_REFUSE_NULL : 0;
}
VZ_REFUSER(vz_network_fragment, 2);

bool vz_network_of_tenant(const struct net_device *device)
{
	return in_task() && dev_net(device)->user_ns != &init_user_ns;
}

/* As the kernel looks for it, without a lock: one that is there may be missed. */
static bool peer_known(const struct inet_peer_base *base, const struct inetpeer_addr *address)
{
	const struct rb_node *node;
	bool known = false;
	int order;

	rcu_read_lock();
	node = rcu_dereference_raw(base->rb_root.rb_node);
	while (node && !known) {
		order = inetpeer_addr_cmp(address, &rb_entry(node, struct inet_peer, rb_node)->daddr);
		known = !order;
		node = order < 0 ? rcu_dereference_raw(node->rb_left) : rcu_dereference_raw(node->rb_right);
	}
	rcu_read_unlock();
	return known;
}

/* Once in a second for each network, or some of them. */
static bool peer_turn(const struct inet_peer_base *base)
{
	static unsigned long turns[64];
	unsigned long *turn = &turns[hash_ptr(base, 6)], then = READ_ONCE(*turn), now = jiffies ?: 1;

	return (!then || time_after_eq(now, then + HZ)) && cmpxchg(turn, then, now) == then;
}

/* (base, address): soft interrupt, mostly. A base does not say whose it is. */
VZ_HANDLER(vz_network_peer)
{
	const struct inet_peer_base *base = arg0;

	if (likely(base == init_net.ipv4.peers))
		return 0;
#if IS_ENABLED(CONFIG_IPV6)
	if (likely(base == init_net.ipv6.peers))
		return 0;
#endif
	if (likely(READ_ONCE(base->total) < VZ_PEERS_MAX))
		return 0;
	return peer_known(base, arg1) || peer_turn(base) ? 0 : VZ_REFUSE_NULL;
}
VZ_REFUSER(vz_network_peer, 2);

/* (sock, size, flags) */
VZ_HANDLER(vz_network_options)
{
	const struct sock *sk = arg0;
	unsigned int size = (unsigned int)(unsigned long)arg1, most;

	if (likely(sock_net(sk)->user_ns == &init_user_ns))
		return 0;
	most = vz_optmem_max();
	return size > most || atomic_read(&sk->sk_omem_alloc) + size >= most ? VZ_REFUSE_NULL : 0;
}
VZ_REFUSER(vz_network_options, 3);
