/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A command's arguments: getopt_long with vzlite's error lines. Each function
 * prints its line "vzlite: COMMAND ...: reason" (argv[0] is the command's name).
 * Long options must be written out: an abbreviation that is unique today means
 * something else when an option is added.
 */
#ifndef VZLITE_OPTIONS_H
#define VZLITE_OPTIONS_H

#include <getopt.h>
#include "util.h"

/* The next option's val, -1 at the end, '?' on an error (printed: return
 * EXIT_BAD_OPTION). @shorts: "" or "+" (stop at the first argument that is no
 * option) and short options. Options may stand before and after the CTID. */
int option_next(int argc, char **argv, const char *shorts, const struct option *longs);
/* The same; *@index is the long option's place in @longs, -1 for a short one. */
int option_next_index(int argc, char **argv, const char *shorts, const struct option *longs,
		      int *index);

/* Take the next argument, which must be there, as CTID or NAME. */
int __must_check option_ctid(int argc, char **argv, uint32_t *ctid);

/* Lock the VE that option_ctid() found (see ve_lock()). One that was called by its
 * name must still have it, now that nobody else can change that. */
int __must_check option_lock(uint32_t ctid, int *lock);

/* All of these for a command that changes one VE: its CTID, nothing behind it, the lock. */
int __must_check option_ve(int argc, char **argv, uint32_t *ctid, int *lock);
/* The same for one without options. */
int __must_check option_ve_alone(int argc, char **argv, uint32_t *ctid, int *lock);

/* Nothing may be left: EXIT_BAD_OPTION when there is. */
int __must_check option_end(int argc, char **argv);

#endif
