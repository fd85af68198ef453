// SPDX-License-Identifier: GPL-2.0-only
/*
 * numpty: one for each pair of master and slave, from open(/dev/ptmx) until both
 * are closed, as the kernel's own limit counts. It is charged to the VE of the
 * task that opens, whatever mount of devpts it opens on; the object is the slave.
 */
#include <linux/preempt.h>
#include <linux/tty.h>
#include <linux/tty_driver.h>

#include "../hook_direct.h"
#include "../ledger.h"
#include "../ve.h"
#include "charge.h"

/* (inode, file): before there is anything of the pair. */
VZ_HANDLER(vz_pty_ask)
{
	return likely(!vz_asking()) ? 0 : vz_ask_current(VZLITE_NUMPTY, -ENOSPC);
}
VZ_REFUSER_IF(VZ_UNLESS_REFUSED VZ_UNLESS_HOST, vz_pty_ask, 2);

/* (devpts instance, index, slave): returns a pointer or an error. */
VZ_HANDLER(vz_pty_open)
{
	struct vz_ve *ve;
	int ret = 0;

	preempt_disable_notrace();
	ve = vz_ve_of_task(current);
	if (ve) {
		ret = vz_ledger_charge(ve, VZLITE_NUMPTY, arg2);
		if (ret == -EDQUOT) {
			vz_refused(ve, VZLITE_NUMPTY);
			ret = -ENOSPC;
		}
	}
	preempt_enable_notrace();
	return ret;
}
VZ_REFUSER(vz_pty_open, 3);

/* (driver, tty): whichever end is closed last. */
VZ_HANDLER(vz_pty_remove)
{
	struct tty_struct *tty = arg1;

	vz_ledger_uncharge_fixed(VZLITE_NUMPTY,
				 tty->driver->subtype == PTY_TYPE_MASTER ? tty->link : tty);
	return 0;
}
VZ_OBSERVER(vz_pty_remove, 2);
