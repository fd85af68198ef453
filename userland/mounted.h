/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The root of a VE that does not run, mounted on the host (`vzlite mount`), for who wants
 * to look at it or repair it. Where, and whether it is: state.h.
 *
 * It shows the ids that the VE sees, so that what the host's root makes there is the
 * VE's root's. An overlay that the VE's own user namespace had mounted, as at a start, would
 * not do: the host's root has no id in there, and could make nothing (EOVERFLOW). So the host
 * mounts it, but over a mount of the private area that maps the ids: to that, files of other
 * ids than the VE's are nobody's, whatever right we have.
 *
 * Nobody but root gets there, nosuid and nodev hold. The mount is the kernel's to know of,
 * no file of ours says that it is there. The caller holds the VE's lock.
 */
#ifndef VZLITE_MOUNTED_H
#define VZLITE_MOUNTED_H

#include "config.h"

/* Of a VE that ve_check_files() has seen, and that does not run. Runs the action scripts `mount`.
 * One that is mounted stays so. An error: nothing is mounted that was not before. */
int __must_check mounted_begin(const struct config *c);

/* Unmount it, then run the action scripts `umount`. EXIT_UMOUNT_FAILED while it is in use:
 * nothing is changed. What is left of one that was killed goes, too; with @left_only nothing
 * else does: what is mounted is EXIT_MOUNTED. */
int __must_check mounted_end(uint32_t ctid, bool left_only);

#endif
