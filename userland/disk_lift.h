/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A disk quota is lifted while its VE is being mounted, which needs some room in its area: else
 * one that is full could not be mounted, nor ever be cleared out. What it was is written down
 * before (record.h), until it is in force again, so that who is killed in between takes away
 * neither the limits nor a grace time that runs. A loss of power does lose the grace time; the
 * limits are in the configuration.
 */
#ifndef VZLITE_DISK_LIFT_H
#define VZLITE_DISK_LIFT_H

#include "disk.h"

/* *@before: what @ctid has, or had before who lifted it was killed; zeros when nobody knows. What
 * cannot be lifted is no error. */
int __must_check disk_lift(uint32_t ctid, struct disk_quota *before);
/* The quota of @c is in force from now on, if it wants one, as by disk_apply(). A failure
 * leaves what disk_put_back() has. */
int __must_check disk_land(const struct config *c, const struct disk_quota *before);
/* What disk_lift() has taken away. Errors do not matter. */
void disk_put_back(uint32_t ctid, const struct disk_quota *before);
/* Of a VE that is mounted: what is still lifted since who mounted it was killed lands. */
int __must_check disk_resume(const struct config *c);

#endif
