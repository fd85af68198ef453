// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel's log, which is the host's: syslog(2), /proc/kmsg and /dev/kmsg say EPERM to a
 * VE, as they say to anybody without CAP_SYSLOG. A /proc/kmsg that was opened outside never
 * has anything to read in a VE: poll() would take EPERM for it.
 */
#include "../hook_direct.h"
#include "view.h"

VZ_HANDLER(vz_view_log)
{
	bool on;

	preempt_disable_notrace();
	on = vz_view_on(vz_ve_of_task(current));
	preempt_enable_notrace();
	return on ? -EPERM : 0;
}
VZ_REFUSER(vz_view_log, 4);

static long poll(struct vz_ve *ve, void *arg0, void *arg1, void *arg2, unsigned long body)
{
	return 0;
}
VZ_VIEW(vz_view_kmsg_poll, poll);
