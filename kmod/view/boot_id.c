// SPDX-License-Identifier: GPL-2.0-only
/*
 * /proc/sys/kernel/random/boot_id: a new one each time a VE is started, by which its journal
 * tells one boot from the next. A VE whose cgroup had tasks already when it was made is shown
 * the host's: a container that was adopted, as before, and one that was registered anew.
 */
#include <linux/string.h>
#include <linux/sysctl.h>
#include <linux/uuid.h>

#include "view.h"

/* (ctl_table, write, buf, lenp, ppos): prints the 16 bytes at table->data. Without data, for
 * random/uuid, makes new ones. */
long vz_view_boot_id(void *table, void *write, void *buf, void *lenp, void *ppos,
		     unsigned long body)
{
	u8 id[UUID_SIZE] = { };
	struct ctl_table own = { .data = id, .maxlen = sizeof(id) };
	struct vz_ve *ve = vz_view_use_current();

	if (ve) {
		memcpy(id, ve->boot_id, sizeof(id));
		vz_ve_put(ve);
	}
	if (((struct ctl_table *)table)->data && memchr_inv(id, 0, sizeof(id)))
		table = &own;
	return vz_hook_body5(table, write, buf, lenp, ppos, body);
}
VZ_REPLACER5(vz_view_boot_id);
VZ_HANDLER(vz_view_boot_id_handler)
{
	return vz_view_handle(&vz_view_boot_id_replacement, arg3);
}
