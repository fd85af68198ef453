/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Programs of the host's that run on behalf of a VE: what --on-limit names, and
 * OpenVZ's action scripts, /etc/vzlite/conf/vps.ACTION for all VEs, then CTID.ACTION:
 *
 *   mount    before anything of the VE is made, or mounted; when it fails, nothing is
 *   start    its init runs; when it fails, the VE is killed
 *   stop     before its init is asked to shut down; when it fails, the VE runs on. Not with
 *            --fast, nor when the VE ends by itself
 *   umount   nothing of the VE is left, nor mounted. A start of a VE that is mounted runs
 *            umount, then mount
 *
 * All run on the host (OpenVZ runs start and stop in the VE), as root, under the VE's lock,
 * with VEID, VE_CONFFILE and PATH as their environment, and must be files that only root
 * can change. One that fails makes EXIT_ACTION_SCRIPT of the command. Who is killed in
 * between may run mount or umount twice.
 */
#ifndef VZLITE_PROGRAM_H
#define VZLITE_PROGRAM_H

#include "util.h"

#define PROGRAM_PATH "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/*
 * Is @path a program that nobody but root can put another in place of? A regular,
 * executable file named by its own, absolute path, without symbolic links; it and
 * each directory above it owned by root and writable by nobody else. NULL, or why not.
 * True when it was asked: who runs it asks again.
 */
const char *program_check(const char *path, char *reason, size_t size);

/* Become @path, if that is such a program, with nothing of ours but standard output and
 * error. Returns only with an error, its line printed. */
int __must_check program_become(uint32_t ctid, const char *path, char *const *env);

/* Run the action scripts that there are, and wait for them. */
int __must_check action_run(uint32_t ctid, const char *action);

#endif
