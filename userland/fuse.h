/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The FUSE file systems that a VE's own programs serve (features fuse and nesting). A process
 * that serves one and has a file of it open may not end, killed or not: the kernel closes its
 * files in order, tells the server of each and waits for its answer, which is itself, before
 * it closes the connection. Only to abort that ends the wait.
 *
 * Which are a VE's is told by the user_id of the mount, which the kernel shows as the owner of
 * the connection's directory in the file system fusectl: it must be one that the mounter's user
 * namespace maps, so it is in the VE's range, which is nobody else's, also from a namespace
 * in the VE. Where a file system is mounted, or whether it still is, does not matter.
 */
#ifndef VZLITE_FUSE_H
#define VZLITE_FUSE_H

#include "util.h"

/* Abort all connections of VE @ctid, whose processes are killed already, and no other's: 1 when
 * there were any, 0 when not, -1 after a line when one could not be: another try is no use. */
int fuse_abort(uint32_t ctid);

#endif
