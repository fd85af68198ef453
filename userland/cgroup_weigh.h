/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Limits that count among siblings only: weights and guarantees. Where a VE's directory is the only
 * one of its scope, the scope is to have them, too, by its properties (scope.h).
 */
#ifndef VZLITE_CGROUP_WEIGH_H
#define VZLITE_CGROUP_WEIGH_H

#include "cgroup_limits.h"
#include "scope.h"

/* Those of @which, by @c, added to @p. @fresh: not those that are the kernel's default. */
void cgroup_weights(const struct config *c, unsigned int which, bool fresh, struct scope_properties *p);

/* Of a VE that runs. */
int __must_check cgroup_weigh(const struct config *c, unsigned int which);
/* As it was. */
int __must_check cgroup_weigh_back(uint32_t ctid, const struct cgroup_saved *s);

#endif
