/* SPDX-License-Identifier: GPL-2.0-only */
/* Neighbours: what keeps one from being dropped, and how proxies are made and found. */
#ifndef VZLITE_COMPAT_NEIGHBOUR_H
#define VZLITE_COMPAT_NEIGHBOUR_H

#include <linux/rcupdate.h>
#include <linux/spinlock.h>
#include <linux/version.h>
#include <net/neighbour.h>

/* Besides its state: since 6.17 also that somebody vouches for it. */
#ifdef NEIGH_UPDATE_F_EXT_VALIDATED
#define VZ_NEIGHBOUR_STAYS_UPDATE	(NEIGH_UPDATE_F_EXT_LEARNED | NEIGH_UPDATE_F_EXT_VALIDATED)
#else
#define VZ_NEIGHBOUR_STAYS_UPDATE	NEIGH_UPDATE_F_EXT_LEARNED
#endif

/* Proxies are looked up and, when asked for, made by one function, which answers NULL for an error;
 * since 6.17 two functions do it, and they are found under RCU. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 17, 0)
#define VZ_PROXY_NEW		"pneigh_lookup"
#define VZ_PROXY_REFUSED	VZ_REFUSE_NULL
#define vz_proxy_is_made(arg4)	((int)(unsigned long)(arg4))
#define vz_proxy_next(proxy)	(proxy)
static inline void vz_proxies_lock(struct neigh_table *table)
{
	read_lock_bh(&table->lock);
}
static inline void vz_proxies_unlock(struct neigh_table *table)
{
	read_unlock_bh(&table->lock);
}
#else
#define VZ_PROXY_NEW		"pneigh_create"
#define VZ_PROXY_REFUSED	(-ENOBUFS)
#define vz_proxy_is_made(arg4)	true
#define vz_proxy_next(proxy)	rcu_dereference(proxy)
static inline void vz_proxies_lock(struct neigh_table *table)
{
	rcu_read_lock();
}
static inline void vz_proxies_unlock(struct neigh_table *table)
{
	rcu_read_unlock();
}
#endif

#endif
