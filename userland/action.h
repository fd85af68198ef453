/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * OpenVZ's action scripts, /etc/vzlite/conf/vps.ACTION for all VEs, then CTID.ACTION:
 *
 *   mount    before anything of the VE is made, or mounted; when it fails, nothing is
 *   start    its init runs; when it fails, the VE is killed
 *   stop     before its init is asked to shut down; when it fails, the VE runs on, but at a
 *            shutdown of all. Not with --fast, nor when the VE ends by itself
 *   umount   nothing of the VE is left, nor mounted. A start of a VE that is mounted runs
 *            umount, then mount
 *
 * All run on the host (OpenVZ runs start and stop in the VE), as root, under the VE's lock,
 * with VEID, VE_CONFFILE, PATH and ACTION_ENV as their environment. One that fails makes
 * EXIT_ACTION_SCRIPT of the command. Who is killed in between may run mount or umount twice.
 *
 * One that has not ended after ACTION_TIMEOUT (seconds, 600 when it is not set, 0: never) is killed
 * and has failed: others wait for the lock, the host's shutdown among them. With it all is killed that
 * has come of it and is in our cgroup; so it is when who has the lock is killed. What it has begun goes
 * on when it has ended by itself. A terminal's signals go to it alone.
 */
#ifndef VZLITE_ACTION_H
#define VZLITE_ACTION_H

#include "util.h"

/* In their environment: the VE whose lock is held while they run. */
#define ACTION_ENV "VZLITE_ACTION"

/*
 * Between these two scripts are run by a process that is made now: who makes a container
 * gives up what scripts of the host's should have (clocks, limits, the admin's login), and all
 * that he makes from then on. No process when there is no script to run. One pair at a time.
 */
int __must_check action_begin(uint32_t ctid);
void action_end(void);

/* Run the action scripts that there are, and wait for them. A status, with its line. */
int __must_check action_run(uint32_t ctid, const char *action);

/* ACTION_TIMEOUT, which may be 0. */
uint64_t action_timeout(uint32_t ctid);
/* How many seconds those of @actions (n) that there are may take, one after the other; UINT64_MAX: any. */
uint64_t action_seconds(uint32_t ctid, const char *const *actions, size_t n);

/* Give the VE's own scripts the end CONFIG_DESTROYED, that none runs for the next VE of this
 * CTID; with a line for each if @tell. */
int __must_check action_retire(uint32_t ctid, bool tell);

#endif
