// SPDX-License-Identifier: GPL-2.0-only
/*
 * Some things that the kernel lets the root of any user namespace do to the host;
 * a VE's must not, also where views are off. What stays is the container of another engine
 * without a user namespace: its root is the host's, and its engine decides.
 *
 * Modules that the kernel loads by itself when somebody asks for a socket family, a file system,
 * a kind of link, a line discipline: code of the host's, for good. A VE's programs get what
 * is loaded; for what is not the kernel is told that loading failed.
 * Not what the kernel's thread cryptomgr loads for a VE: a thread is in no VE. Of any name that
 * would be by AF_ALG, which charge/sock.c refuses; what is left is the ciphers that IPsec, TLS,
 * macsec and the like name, which are fixed lists, and the templates that those are made of.
 *
 * net.netfilter.nf_hooks_lwtunnel, a file in each network namespace, for one switch that all of
 * them share, and that cannot be switched off again.
 *
 * Links of the kind ifb: what has been through one carries a mark that nothing takes off when it
 * leaves the VE by its veth, and for which the host leaves out all that traffic control does to
 * what comes in: the wall of MAC addresses, and the rate.
 *
 * Threads of the kernel, which are in no VE: numproc does not count them, no memory cgroup is
 * charged for their stacks, and kernel.threads-max is one for all. By "threaded" of a link
 * (in sysfs) its owner has one for each queue, of which a veth has up to
 * 4096; refused. A work queue of its own, which a link of the kinds bond and wireguard comes with,
 * has one, too: a VE can have 192 (beancounter.c), ENOMEM; that is 64 links of wireguard's. Those
 * of modules that a host must load for it, and that make threads without a work queue (ip_vs,
 * pktgen), have no bound.
 */
#include <linux/cred.h>
#include <linux/user_namespace.h>
#include <net/rtnetlink.h>

#include "charge/charge.h"
#include "hook_direct.h"
#include "host.h"
#include "ledger.h"
#include "ve.h"

bool vz_host_by_tenant(void)
{
	bool in_ve;

	if (current_user_ns() == &init_user_ns)
		return false;
	preempt_disable_notrace();
	in_ve = vz_ve_of_task(current);
	preempt_enable_notrace();
	return in_ve;
}

static int refuse_ve(void)
{
	return vz_host_by_tenant() ? -EPERM : 0;
}

VZ_HANDLER(vz_host_autoload)
{
	return refuse_ve();
}
VZ_REFUSER(vz_host_autoload, 6);

VZ_HANDLER(vz_host_lwtunnel)
{
	return (int)(unsigned long)arg1 ? refuse_ve() : 0;
}
VZ_REFUSER(vz_host_lwtunnel, 5);

/* The kernel's caller takes an error for a pointer that holds one. */
VZ_HANDLER(vz_host_link)
{
	const struct rtnl_link_ops *ops = arg3;

	return strcmp(ops->kind, "ifb") && !vz_link_too_large(ops, arg4) ? 0 : refuse_ve();
}
VZ_REFUSER(vz_host_link, 6);

VZ_HANDLER(vz_host_napi)
{
	return refuse_ve();
}
VZ_REFUSER_IF(VZ_UNLESS_HOST, vz_host_napi, 1);

VZ_HANDLER(vz_host_workqueue)
{
	struct vz_ve *ve;
	int ret = 0;

	if (current_user_ns() == &init_user_ns)
		return 0;
	preempt_disable_notrace();
	ve = vz_ve_of_task(current);
	if (ve)
		ret = vz_ledger_charge(ve, VZ_INNER_WORKQUEUES, arg0);
	preempt_enable_notrace();
	return ret ? -ENOMEM : 0;
}
VZ_REFUSER_IF(VZ_UNLESS_HOST, vz_host_workqueue, 1);

VZ_HANDLER(vz_host_workqueue_end)
{
	vz_ledger_uncharge_fixed(VZ_INNER_WORKQUEUES, arg0);
	return 0;
}
VZ_OBSERVER_IF(VZ_UNLESS_EMPTY(rdi), vz_host_workqueue_end, 1);
