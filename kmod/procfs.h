/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * /proc/vzlite/version            "0.1.0 BUILD", see kmod/build-id
 * /proc/vzlite/ve                 a line for each VE, zombies last
 * /proc/vzlite/<id>/beancounters  all counters of a VE, with who enforces each; not for VEs
 * /proc/user_beancounters         OpenVZ's file, version 2.5
 *
 * On the host the last two need CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH, as
 * OpenVZ's does. In a VE its root (those capabilities in the VE's own user
 * namespace) may read user_beancounters, which then has the VE's block only;
 * as that root is not the host's, the mode is 0444 and open checks. `ve` has
 * the VE's own line only. The <id> directories are the host's: a reader in one
 * holds up VE_DEL, and no tenant may. A VE can enter /proc/vzlite, but not list
 * it; it can find out by trying whether an id exists, and how many there are.
 */
#ifndef VZLITE_PROCFS_H
#define VZLITE_PROCFS_H

struct vz_ve;

int vz_procfs_init(void);
void vz_procfs_exit(void);

/* The directory of @ve. Sleeps. Removing waits for readers that are inside: the
 * caller holds no lock. */
int vz_procfs_add_ve(struct vz_ve *ve);
void vz_procfs_remove_ve(struct vz_ve *ve);

#endif
