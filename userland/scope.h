/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A VE's cgroup where systemd owns the hierarchy: a transient scope, delegated.
 * The scope's own directory stays systemd's, which may write its attributes anew
 * at any time; the VE's is one below it, where systemd writes nothing.
 */
#ifndef VZLITE_SCOPE_H
#define VZLITE_SCOPE_H

#include "util.h"

#define SCOPE_SLICE "vzlite.slice"

/* Is systemd the host's init? */
bool scope_wanted(void);

/*
 * Have systemd make the scope vzlite-CTID.scope in SCOPE_SLICE. It makes none
 * without a process in it: *@holder is one of ours that does nothing, to be ended
 * with cgroup_release() when the VE's own is in.
 */
int __must_check scope_create(uint32_t ctid, pid_t *holder);

#endif
