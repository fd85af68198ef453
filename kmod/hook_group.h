/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rows that are seldom called (VZ_HOOK_SELDOM) share one ftrace_ops, in the redirecting way:
 * to register one is a walk over all of ftrace's records, 8 million instructions, and to remove
 * it a wait for all tasks, a tenth of a second, for however many functions it is. Which row a call
 * is of is found by its address: some 50 instructions more than for a row alone.
 *
 * All of them or none: where one cannot be redirected, since a live patch has it, each is a row by
 * itself, as the others are, and only that one is missing.
 *
 * A BPF program can come to a function beside a redirecting ops, where it is refused beside a
 * direct call. Kernels without "ftrace: bpf: Fix IPMODIFY + DIRECT in modify_ftrace_direct()"
 * (2025) forget the ops when such a program is then changed.
 */
#ifndef VZLITE_HOOK_GROUP_H
#define VZLITE_HOOK_GROUP_H

/*
 * Install those of the rows that are seldom called, serve one of @resources and are not there
 * yet, unless there is a group of such already. 0, or none is: -ENOMEM, -ENOENT: there are not
 * two such rows, or the error of ftrace. Caller holds the registry's mutex. Sleeps.
 */
int vz_group_install(unsigned long resources);

/* Remove all that are together. Same locking. Sleeps. */
void vz_group_remove(void);

#endif
