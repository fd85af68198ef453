/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * suspend and resume: the freezer of the VE's cgroup. What is frozen keeps its memory,
 * connections and locks, and runs nothing; a signal to it, but SIGKILL, waits.
 */
#ifndef VZLITE_FREEZE_H
#define VZLITE_FREEZE_H

#include "util.h"

/* Freeze all in VE @ctid and wait until all of it is (30 seconds; then it goes on, and
 * that is EXIT_SYSTEM). The caller holds its lock. It runs, or the line says otherwise. */
int __must_check ve_suspend(uint32_t ctid);
/* Let it go on. One that is not suspended is no error. */
int __must_check ve_resume(uint32_t ctid);

#endif
