/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VZLITE_HOOK_PROBE_H
#define VZLITE_HOOK_PROBE_H

#include <linux/types.h>

/*
 * Hook a function of the module's own, directly or not, and see that it is
 * refused while hooked when the handler says so, and only then. 0, or
 * -ENOTRECOVERABLE or ftrace's error, with a line in the kernel log. What has
 * passed once is not tried again. Caller is alone. Sleeps.
 */
int vz_hook_probe(bool direct);

/* See that this function is found by its name, and that it has a twin. 0, or -ENOTRECOVERABLE
 * or -ENOENT, with a line in the kernel log, or -ENOMEM. Caller is alone. Sleeps. */
int vz_hook_probe_symbols(void);

/* Hook that function as ftrace is used to, in vain: while it is, ftrace cannot be
 * switched off, which would silently switch off direct calls (6.12). An error when
 * it is off already. Caller holds the registry's mutex. Sleep. */
int vz_hook_pin(void);
void vz_hook_unpin(void);
/* Same locking. */
bool vz_hook_pinned(void);

/* ftrace broke down while it had this function: the module is here for good. Same locking. */
bool vz_hook_probe_stuck(void);

#endif
