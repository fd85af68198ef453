/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The limits that can keep what is killed from ending: before 6.18 a task that cpu.max throttles
 * ends only on what time that gives it, and one that waits for a disk ends only when io.max lets
 * it have it. With 1 ms a second, or a byte, in a cgroup of its own making a VE's root could
 * else have a VE that nobody can stop.
 */
#ifndef VZLITE_CGROUP_LIFT_H
#define VZLITE_CGROUP_LIFT_H

#include "util.h"

/* Take them from @dir, the cgroup of VE @ctid, whose processes are killed already, and from all
 * below it. @tell: a line for each that stays. */
void cgroup_lift(uint32_t ctid, int dir, bool tell);

#endif
