/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PRIVILEGED="yes": a VE that may make every system call, and whose root has every capability
 * of its user namespace. It has none of the host's: what asks for those stays refused. What it
 * gives up is the wall in front of the kernel's own faults. What it runs with is what it was
 * started with: a file /run/vzlite/CTID.privileged, by which exec and enter do the same.
 */
#ifndef VZLITE_PRIVILEGED_H
#define VZLITE_PRIVILEGED_H

#include "util.h"

struct config;
bool privileged_wanted(const struct config *c);
/* A line that says what that means, if it is wanted. */
void privileged_warn(const struct config *c);

/* That it is about to be started so, if it is; of what ran before privileged_forget() has
 * been called. The caller holds the VE's lock. */
int __must_check privileged_mark(const struct config *c);
void privileged_forget(uint32_t ctid);
bool privileged_runs(uint32_t ctid);

#endif
