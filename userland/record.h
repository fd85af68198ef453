/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is to be known of a VE until the next boot: VZLITE_RUNDIR/CTID.KIND, small files of
 * which some say all by being there. The caller holds the VE's lock where it changes one. */
#ifndef VZLITE_RECORD_H
#define VZLITE_RECORD_H

#include "util.h"

#define RECORD_PATH 64

#ifndef VZLITE_RUNDIR
#define VZLITE_RUNDIR "/run/vzlite"	/* mode 0755: the VE's first process mounts on it */
#endif

void record_path(uint32_t ctid, const char *kind, char path[RECORD_PATH]);
/* Costs a system call. */
bool record_there(uint32_t ctid, const char *kind);
/* Make an empty one; or have it hold @text, in one step. */
int __must_check record_mark(uint32_t ctid, const char *kind);
int __must_check record_write(uint32_t ctid, const char *kind, const char *text, size_t len);
/* That it is absent is no error. */
void record_remove(uint32_t ctid, const char *kind);

#endif
