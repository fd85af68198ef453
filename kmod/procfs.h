/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * /proc/vzlite/version            "0.1.0"
 * /proc/vzlite/ve                 a line for each VE, zombies last
 * /proc/vzlite/<id>/beancounters  all counters of a VE, with who enforces each
 * /proc/user_beancounters         OpenVZ's file, version 2.5
 *
 * On the host the last two need CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH, as
 * OpenVZ's does. A VE sees only itself, and its root (those capabilities in its
 * user namespace) may read it; since it is not the host's root, the mode is
 * 0444 and the check is made when the file is opened. /proc/vzlite itself can be
 * entered but not listed by a VE: the names in it are the others' ids.
 */
#ifndef VZLITE_PROCFS_H
#define VZLITE_PROCFS_H

struct vz_ve;

int vz_procfs_init(void);
void vz_procfs_exit(void);

/* The directory of @ve. Caller holds the registry's mutex. Sleeps; removing
 * waits for readers that are inside. */
int vz_procfs_add_ve(struct vz_ve *ve);
void vz_procfs_remove_ve(struct vz_ve *ve);

#endif
