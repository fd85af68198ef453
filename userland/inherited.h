/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What every process has from the one that made it, beyond descriptors and ids: how
 * urgently it runs, what it may use up, whose deeds the audit log takes its own for.
 * Of an admin's shell, or of a cluster manager that runs in real time, none of it is
 * a VE's business.
 */
#ifndef VZLITE_INHERITED_H
#define VZLITE_INHERITED_H

#include "container.h"

/*
 * Give it up ourselves, before we make a process of container @c: so no such process
 * ever has it, and its user namespace takes its own limits from @c's. Needs the
 * rights of the host's root. A status, with its line.
 *
 * Not here: umask, session, keyring, personality, signals, which inside.c resets; what
 * the user namespace resets (securebits, capabilities); and what only takes away and
 * cannot be left (no_new_privs, seccomp filters, Landlock).
 */
int __must_check inherited_reset(const struct container *c);

/* The signals that we ignored then, bit n - 1 for signal n: for our child, which is to
 * ignore none. (We go on doing so.) */
uint64_t inherited_ignored(void);

#endif
