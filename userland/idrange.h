/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ids of the host for a VE: each has 65536 that are nobody else's. */
#ifndef VZLITE_IDRANGE_H
#define VZLITE_IDRANGE_H

#include "util.h"

/* Where the ranges are, above what useradd, systemd and subuid hand out by
 * default, in steps of UID_RANGE. */
#define IDRANGE_FIRST 0x70000000U
#define IDRANGE_LAST 0x7ffe0000U

/*
 * The first of a range that no other VE's configuration names and no line of
 * /etc/subuid or /etc/subgid touches: @wanted, or, for UINT64_MAX, any. The
 * caller holds host_lock("ids") until its own configuration is written.
 * EXIT_NO_RESOURCES when all are taken, EXIT_BAD_VALUE when @wanted is.
 */
int __must_check idrange_choose(uint32_t ctid, uint64_t wanted, uint64_t *first);

#endif
