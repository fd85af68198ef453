// SPDX-License-Identifier: GPL-2.0-only
#include <linux/mutex.h>
#include <net/sock.h>

#include "../ledger.h"
#include "sample.h"
#include "shown.h"
#include "socket.h"

#define SOCKETS (BIT(VZLITE_NUMTCPSOCK) | BIT(VZLITE_NUMOTHERSOCK))
#define SAMPLED (BIT(VZ_SAMPLED_TCPSND) | BIT(VZ_SAMPLED_TCPRCV) | \
		 BIT(VZ_SAMPLED_OTHERSOCK) | BIT(VZ_SAMPLED_DGRAMRCV))

/* Also orders all use of the sums. */
static DEFINE_MUTEX(walk_mutex);

/* No socket is locked: each figure is one that it has, or just had. */
static void add_socket(struct vz_ve *ve, enum vzlite_resource resource, void *object)
{
	const struct sock *sk = object;
	u64 *sums = ve->samples.sums;
	u64 received = max(atomic_read(&sk->sk_rmem_alloc), 0) + READ_ONCE(sk->sk_backlog.len);

	if (resource == VZLITE_NUMTCPSOCK) {
		sums[VZ_SAMPLED_TCPSND] += max(READ_ONCE(sk->sk_wmem_queued), 0);
		sums[VZ_SAMPLED_TCPRCV] += received;
	} else {
		/* -1 of one that waits for a grace period to be freed. */
		sums[VZ_SAMPLED_OTHERSOCK] += max(sk_wmem_alloc_get(sk), 0);
		sums[VZ_SAMPLED_DGRAMRCV] += received;
	}
}

static void each_ve(void (*call)(struct vz_ve *ve, u64 walk), u64 walk)
{
	unsigned long key;
	struct vz_ve *ve;

	rcu_read_lock();
	for (key = 0; (ve = vz_ve_first(&key)) && key <= VZLITE_VE_ID_MAX; key++)
		call(ve, walk);
	rcu_read_unlock();
}

static void clear_sums(struct vz_ve *ve, u64 walk)
{
	memset(ve->samples.sums, 0, sizeof(ve->samples.sums));
	ve->samples.walk = walk;
}

/* Not of a VE that came during the walk. */
static void publish_sums(struct vz_ve *ve, u64 walk)
{
	if (ve->samples.walk == walk)
		vz_sample_publish(ve, SAMPLED, ve->samples.sums);
}

void vz_socket_sample(void)
{
	static u64 last;
	u64 now;

	mutex_lock(&walk_mutex);
	now = get_jiffies_64();
	if (!last || now - last >= HZ) {
		each_ve(clear_sums, now);
		vz_ledger_visit(SOCKETS, add_socket);
		each_ve(publish_sums, now);
		last = now;
	}
	mutex_unlock(&walk_mutex);
}

bool vz_socket_read(struct vz_ve *ve, enum vzlite_resource resource,
		    struct vz_counter_values *values)
{
	enum vz_sampled sampled;

	/* Who counts the sockets finds the buffers. */
	switch (resource) {
	case VZLITE_TCPSNDBUF:
		sampled = VZ_SAMPLED_TCPSND;
		break;
	case VZLITE_TCPRCVBUF:
		sampled = VZ_SAMPLED_TCPRCV;
		break;
	case VZLITE_OTHERSOCKBUF:
		sampled = VZ_SAMPLED_OTHERSOCK;
		break;
	default:
		sampled = VZ_SAMPLED_DGRAMRCV;
		break;
	}
	if (vz_resource_enforcer(sampled <= VZ_SAMPLED_TCPRCV ? VZLITE_NUMTCPSOCK :
				 VZLITE_NUMOTHERSOCK) == VZLITE_ENFORCER_NONE ||
	    !vz_sample_read(ve, sampled, &values->held, &values->maxheld, &values->age))
		return false;
	values->barrier = values->limit = VZLITE_UNLIMITED;
	return true;
}
