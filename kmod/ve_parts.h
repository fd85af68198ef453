/* SPDX-License-Identifier: GPL-2.0-only */
/* The parts of ve.c, for that only. All sleep; the registry's mutex is held. */
#ifndef VZLITE_VE_PARTS_H
#define VZLITE_VE_PARTS_H

struct vz_ve;

/* From here on the handlers find @ve, or no longer: that waits for a grace period. */
void vz_ve_publish(struct vz_ve *ve);
void vz_ve_unpublish(struct vz_ve *ve);

/* Count the tasks that are in @ve, which was published, and their address spaces. */
void vz_ve_adopt_tasks(struct vz_ve *ve);

/* The tasks of @ve, which was unpublished, go on without it and its limits. */
void vz_ve_let_go(struct vz_ve *ve);

#endif
