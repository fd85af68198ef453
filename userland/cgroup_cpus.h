/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which CPUs a VE has, by CPUS, CPUMASK and what the host has; see cgroup.h. */
#ifndef VZLITE_CGROUP_CPUS_H
#define VZLITE_CGROUP_CPUS_H

#include "cgroup_limits.h"

/* What cpuset.cpus of @dir, the VE's, is to hold by @c; nothing: the kernel's default, all. Of a
 * mask without a number CPUs that are not there now count, too, should they come. Warns of a mask
 * of which the VE can have no CPU. */
int __must_check cgroup_cpus_text(const struct config *c, int dir, char text[CGROUP_TEXT]);

/* The CPUs that the directory above @dir has, as a list. Minus one with errno. */
int cgroup_cpus_above(int dir, char list[CGROUP_TEXT]);

/* Has the directory above @dir, the VE's, one of the CPUs of @c's mask, or has it none? True also
 * when that cannot be found out. */
bool cgroup_cpumask_there(const struct config *c, int dir);

/* OpenVZ's words for no mask: all, and auto. */
bool cpumask_all(const char *mask);

#endif
