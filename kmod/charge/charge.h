/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One resource family a file: the handlers that charge and uncharge it, called
 * at the entry of the functions that hooks.c names. The arguments are those
 * functions' own, the first two. 0, or the error that the function returns
 * instead of running. No handler sleeps.
 */
#ifndef VZLITE_CHARGE_H
#define VZLITE_CHARGE_H

#define VZ_HANDLER(name)					\
	int name(void *argument0, void *argument1);		\
	void name##_direct(void)

/* task.c: numproc */
VZ_HANDLER(vz_task_alloc);	/* (task, clone_flags); refuses with EAGAIN */
VZ_HANDLER(vz_task_move);	/* (task, css_set to) */
VZ_HANDLER(vz_task_free);	/* (task) */

/* file.c: numfile */
VZ_HANDLER(vz_file_alloc);	/* (file); refuses with ENFILE */
VZ_HANDLER(vz_file_internal);	/* (flags, cred, ...): the next one is not the tenant's */
VZ_HANDLER(vz_file_map);	/* (vma, file): the mapping gets another file */
VZ_HANDLER(vz_file_free);	/* (file) */

#endif
