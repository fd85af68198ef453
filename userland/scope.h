/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A VE's cgroup where systemd owns the hierarchy: a transient scope, delegated.
 * The scope's own directory stays systemd's, which may write its attributes anew
 * at any time; the VE's is one below it, where systemd writes nothing. What only counts among
 * siblings, as weights do, the scope has to have: systemd writes that, told by its properties.
 */
#ifndef VZLITE_SCOPE_H
#define VZLITE_SCOPE_H

#include "util.h"

#define SCOPE_SLICE "vzlite.slice"

/* Is systemd the host's init? */
bool scope_wanted(void);

/* Properties that are numbers; no more than there is room for are ever given. */
struct scope_properties {
	char text[4][48];
	size_t n;
};

/* One more, @name, as a cgroup's file has it: "100", "default 100", "max". */
void scope_property(struct scope_properties *p, const char *name, const char *text);

/* Of a VE that runs. systemd writes them to the cgroup soon. */
int __must_check scope_set(uint32_t ctid, struct scope_properties *p);

/*
 * Have systemd make the scope vzlite-CTID.scope in SCOPE_SLICE. It makes none
 * without a process in it: *@holder is one of ours that does nothing, to be ended
 * with cgroup_release() when the VE's own is in.
 */
int __must_check scope_create(uint32_t ctid, struct scope_properties *p, pid_t *holder);

#endif
