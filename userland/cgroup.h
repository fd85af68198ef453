/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The cgroup v2 directory of a VE: /sys/fs/cgroup/vzlite/CTID, or, where
 * systemd owns the hierarchy, "ve" in the scope vzlite.slice/vzlite-CTID.scope.
 * The directory is the root of the VE's cgroup namespace; below it the VE's own
 * root does what it likes, above it it can change nothing. How deep and how much
 * it nests is bounded, and so is what removing it costs.
 *
 * The limits that the kernel's controllers hold, at start and by `set`:
 *   memory.max       PHYSPAGES limit     memory.swap.max  SWAPPAGES limit
 *   cpu.weight       CPUUNITS / 10 (1000, the default, is the kernel's 100), 1 .. 10000
 *   cpu.max          CPULIMIT percent of one CPU
 *   cpuset.cpus      CPUMASK; with CPUS = N: N of these, or of the host's, from the one
 *                    CTID modulo their count on, so that VEs spread over them
 *   io.max, io.weight, io.bfq.weight: see io.h
 * What is not set in a configuration is written as the kernel's default.
 */
#ifndef VZLITE_CGROUP_H
#define VZLITE_CGROUP_H

#include "config.h"

#define CGROUP_ROOT "/sys/fs/cgroup"

/* EXIT_NO_MODULE ("wrong cgroup version") unless /sys/fs/cgroup is pure v2. */
int __must_check cgroup_check(void);

/*
 * Make the directory of VE @c->ctid, empty or (scope) with nobody in it but
 * *@holder, which has no part in the VE, delegate it to @c->local_uid and write the limits. *@fd is the
 * directory. *@holder is 0, or a process that cgroup_release() ends once the
 * VE's own first process is in.
 */
int __must_check cgroup_create(const struct config *c, int *fd, pid_t *holder);
void cgroup_release(pid_t *holder);

/* Where VE @ctid's directory is, or would be. */
void cgroup_path(uint32_t ctid, char path[PATH_SIZE]);
/* The directory, -1 without a line when there is none. */
int cgroup_open(uint32_t ctid);
/* *@fd: the directory that VE @ctid's init is in, process @pid, which @pidfd refers to; it is
 * never outside the VE's. EXIT_NOT_RUNNING when it has ended. */
int __must_check cgroup_open_of(uint32_t ctid, pid_t pid, int pidfd, int *fd);
/* Of @text, a /proc/PID/cgroup ("0::/vzlite/101/init.scope"), what stands behind
 * @ve ("/vzlite/101") in the line of version 2: the VE's own making. NULL when it
 * is elsewhere. @text is changed. */
char *cgroup_below(char *text, const char *ve);

/* Is any process in it? False when there is no directory. */
bool cgroup_populated(uint32_t ctid);
/* And still, after so many milliseconds? *@none: there is no directory. */
bool cgroup_stays(uint32_t ctid, int ms, bool *none);

/* Kill all in it, wait until it is empty and remove it and all below it. No
 * directory is no error. @init: a pidfd of the VE's init, -1 if it is dead. */
int __must_check cgroup_remove(uint32_t ctid, int init);

#endif
