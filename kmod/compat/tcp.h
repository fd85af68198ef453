/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * To end a TCP connection that no program has any more. What tcp_abort() does to such a one until
 * "tcp: fix forever orphan socket caused by tcp_abort" (6.11, and in some of the older ones)
 * makes it stay for ever; tcp_done() is not exported any more in 7.3, perhaps from 6.15 on.
 * Only the newer way tells the peer, by a reset.
 */
#ifndef VZLITE_COMPAT_TCP_H
#define VZLITE_COMPAT_TCP_H

#include <linux/version.h>
#include <net/tcp.h>

/* The caller has a reference of @sk, which is a TCP socket with SOCK_DEAD. Sleeps. */
static inline void vz_tcp_end(struct sock *sk)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 15, 0)
	lock_sock(sk);
	/* Softirqs that find a socket locked by a task leave it alone, but inet_csk_listen_stop(). */
	local_bh_disable();
	bh_lock_sock(sk);
	if (sk->sk_state != TCP_CLOSE)
		tcp_done(sk);
	bh_unlock_sock(sk);
	local_bh_enable();
	release_sock(sk);
#else
	tcp_abort(sk, ECONNABORTED);
#endif
}

#endif
