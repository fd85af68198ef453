/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A VE's cgroup where systemd owns the hierarchy: a delegated transient scope. */
#ifndef VZLITE_SCOPE_H
#define VZLITE_SCOPE_H

#include "util.h"

/* Is systemd the host's init? */
bool scope_wanted(void);

/*
 * Have systemd make vzlite.slice/vzlite-CTID.scope. It makes none without a
 * process in it: *@holder is one of ours that does nothing, to be ended with
 * cgroup_release() when the VE's own is in.
 */
int __must_check scope_create(uint32_t ctid, pid_t *holder);

#endif
