// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel's log, which is the host's: syslog(2), /proc/kmsg and /dev/kmsg say EPERM to a
 * VE, as they say to anybody without CAP_SYSLOG.
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
