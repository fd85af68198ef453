/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * shmpages: kernel.shmall of a VE's ipc namespace, in pages. It bounds System V
 * segments only; see kmod/shown/namespace.h.
 */
#ifndef VZLITE_SHM_H
#define VZLITE_SHM_H

#include "config.h"

/* Write @limit in the ipc namespace of the process @pidfd, which lives in VE @c; *@old,
 * unless NULL, is what was there. An exitcode, with a line. */
int __must_check shm_set_limit(const struct config *c, int pidfd, uint64_t limit, uint64_t *old);

#endif
