// SPDX-License-Identifier: GPL-2.0-only
#include "cputext.h"
#include "view.h"

static const char *const names[VZ_VIEW_COUNT] = {
	[VZ_VIEW_MEMINFO]	= "meminfo",
	[VZ_VIEW_STAT]		= "stat",
	[VZ_VIEW_CPUINFO]	= "cpuinfo",
	[VZ_VIEW_LOADAVG]	= "loadavg",
	[VZ_VIEW_UPTIME]	= "uptime",
	[VZ_VIEW_SWAPS]		= "swaps",
	[VZ_VIEW_DISKSTATS]	= "diskstats",
	[VZ_VIEW_VMSTAT]	= "vmstat",
	[VZ_VIEW_PRESSURE]	= "pressure",
	[VZ_VIEW_CPU]		= "cpu",
	[VZ_VIEW_SYSINFO]	= "sysinfo",
	[VZ_VIEW_SYSLOG]	= "syslog",
	[VZ_VIEW_KMSG]		= "kmsg",
	[VZ_VIEW_BOOT_ID]	= "boot_id",
	[VZ_VIEW_NEIGHBOURS]	= "neighbours",
	[VZ_VIEW_FRAGMENTS]	= "fragments",
	[VZ_VIEW_PEERS]		= "peers",
	[VZ_VIEW_OPTMEM]	= "optmem",
	[VZ_VIEW_TCP]		= "tcp",
	[VZ_VIEW_CONNTRACK]	= "conntrack",
	[VZ_VIEW_NFTABLES]	= "nftables",
	[VZ_VIEW_QUEUES]	= "queues",
	[VZ_VIEW_LINKS]		= "links",
	[VZ_VIEW_THREADS]	= "threads",
	[VZ_VIEW_HOST]		= "host",
	[VZ_VIEW_MOVES]		= "moves",
	[VZ_VIEW_LOG]		= "log",
};

const char *vz_view_name(enum vz_view view)
{
	return names[view];
}

void vz_view_forget(void)
{
	vz_cputext_forget();
}

struct vz_ve *vz_view_use_current(void)
{
	struct vz_ve *ve;

	rcu_read_lock();
	ve = vz_ve_of_task(current);
	if (!vz_view_on(ve))
		ve = NULL;
	if (ve)
		vz_ve_get(ve);
	rcu_read_unlock();
	return ve;
}

long vz_view_run(vz_view_show show, void *arg0, void *arg1, void *arg2, unsigned long body)
{
	struct vz_ve *ve = vz_view_use_current();
	long ret;

	if (!ve)
		return vz_hook_body(arg0, arg1, arg2, body);
	ret = show(ve, arg0, arg1, arg2, body);
	vz_ve_put(ve);
	return ret;
}
