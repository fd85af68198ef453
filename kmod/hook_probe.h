/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VZLITE_HOOK_PROBE_H
#define VZLITE_HOOK_PROBE_H

/*
 * Hook a function of the module's own and see that it is redirected while
 * hooked, and only then. 0, or -ENOTRECOVERABLE or ftrace's error, with a line
 * in the kernel log. Sleeps. Once, at load.
 */
int vz_hook_probe(void);

#endif
