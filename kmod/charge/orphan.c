// SPDX-License-Identifier: GPL-2.0-only
/*
 * The end of a VE's connections. A TCP socket outlives its program while there is something to
 * deliver, as long as its owner wishes: TCP_USER_TIMEOUT takes 24 days, and so do
 * tcp_orphan_retries and tcp_fin_timeout of his network namespace. With it lives that namespace,
 * with all that is in it; the zombie that is charged for it; and the module. A VE that starts
 * anew would have all of its bounds once more. So when a VE is gone, what no program has of its
 * connections is ended, as OpenVZ does.
 *
 * Not those in the host's own namespace, where a container of another engine may be: what they
 * have to deliver is delivered. Another has lost its way out, for who deletes a VE has taken its
 * links before; but in one that several containers share, what one that was released had under way
 * is lost. Not those of a VE that was released while something runs in it: it goes on.
 *
 * Which connections are made in vain, their makers end themselves. Those of a VE have done so
 * when ve->ended is set: a zombie is charged for no new ones, and has been one for a while.
 */
#include <linux/workqueue.h>
#include <net/sock.h>

#include "../compat/tcp.h"
#include "../ledger.h"
#include "../ve.h"
#include "charge.h"

/* What is closed later, since it was on its way in a UNIX socket, or is another's. */
#define AGAIN (10 * HZ)

#define BATCH 1024
/* Of the one work below. */
static struct sock *batch[BATCH];
static unsigned int count;

/* A visitor. */
static void gather(struct vz_ve *ve, enum vzlite_resource resource, void *object)
{
	struct sock *sk = object;

	if (!READ_ONCE(ve->ended) || count == BATCH || !sock_flag(sk, SOCK_DEAD) ||
	    sk->sk_protocol != IPPROTO_TCP || READ_ONCE(sk->sk_state) == TCP_CLOSE ||
	    net_eq(sock_net(sk), &init_net))
		return;
	/* Else its memory is just being freed. */
	if (refcount_inc_not_zero(&sk->sk_refcnt))
		batch[count++] = sk;
}

/* Has a VE that is gone TCP sockets left? */
static bool any_left(void)
{
	unsigned long key = VZLITE_VE_ID_MAX + 1UL;
	struct vz_ve *ve;
	bool left = false;

	rcu_read_lock();
	for (; !left && (ve = vz_ve_first(&key)); key++)
		left = READ_ONCE(ve->ended) &&
		       atomic64_read(&ve->bc.counter[VZLITE_NUMTCPSOCK].held) > 0;
	rcu_read_unlock();
	return left;
}

static void end_orphans(struct work_struct *work);
static DECLARE_DELAYED_WORK(orphans_work, end_orphans);

static void end_orphans(struct work_struct *work)
{
	bool full = any_left();

	while (full) {
		count = 0;
		vz_ledger_visit(BIT(VZLITE_NUMTCPSOCK), gather);
		full = count == BATCH;
		while (count) {
			vz_tcp_end(batch[--count]);
			sock_put(batch[count]);
		}
		cond_resched();
	}
	if (any_left())
		queue_delayed_work(vz_workqueue, &orphans_work, AGAIN);
}

void vz_orphans_end(void)
{
	mod_delayed_work(vz_workqueue, &orphans_work, 0);
}

void vz_orphans_exit(void)
{
	cancel_delayed_work_sync(&orphans_work);
}
