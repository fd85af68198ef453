/* SPDX-License-Identifier: GPL-2.0-only */
/* The host's net.core.optmem_max, in bytes: since 6.8 each network namespace has its own. */
#ifndef VZLITE_COMPAT_OPTMEM_H
#define VZLITE_COMPAT_OPTMEM_H

#include <linux/version.h>
#include <net/net_namespace.h>
#include <net/sock.h>

static inline unsigned int vz_optmem_max(void)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 8, 0)
	return READ_ONCE(sysctl_optmem_max);
#else
	return READ_ONCE(init_net.core.sysctl_optmem_max);
#endif
}

#endif
