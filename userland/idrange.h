/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ids of the host for a VE: each has 65536 that are nobody else's. */
#ifndef VZLITE_IDRANGE_H
#define VZLITE_IDRANGE_H

#include "util.h"

/* Where the ranges are, above what useradd, systemd and subuid hand out by
 * default, in steps of UID_RANGE. The next one would be systemd's for files of
 * foreign systems. */
#define IDRANGE_FIRST 0x70000000U
#define IDRANGE_LAST 0x7ffd0000U

/*
 * The first of a range that nobody else has: @wanted, or, for UINT64_MAX, any.
 * Somebody else is another VE, by its configuration, by its area and by what it runs with,
 * which differ when its file was changed by hand; an account of /etc/passwd or /etc/group, a
 * line of /etc/subuid or /etc/subgid, a container of systemd-nspawn that runs. The caller holds
 * host_lock("ids") until its own configuration is written. EXIT_NO_RESOURCES when all are
 * taken, EXIT_BAD_VALUE when @wanted is.
 */
int __must_check idrange_choose(uint32_t ctid, uint64_t wanted, uint64_t *first);

/* EXIT_BAD_VALUE when another VE's configuration names ids of @first .. + UID_RANGE - 1:
 * a file that was copied or changed by hand. */
int __must_check idrange_check(uint32_t ctid, uint64_t first);

/* For tests: another place than "/". */
void idrange_set_root(const char *root);

#endif
