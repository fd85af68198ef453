/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One resource family a file: the handlers that charge and uncharge it, called
 * by ftrace at the entry of the functions that hooks.c names. The arguments are
 * those functions' own. No handler sleeps.
 */
#ifndef VZLITE_CHARGE_H
#define VZLITE_CHARGE_H

#include <linux/ftrace.h>

#define VZ_HANDLER(name)						\
	void name(unsigned long ip, unsigned long parent_ip,		\
		  struct ftrace_ops *op, struct ftrace_regs *fregs)

/* task.c: numproc */
VZ_HANDLER(vz_task_alloc);	/* (task, clone_flags); refuses with EAGAIN */
VZ_HANDLER(vz_task_move);	/* (task, css_set to) */
VZ_HANDLER(vz_task_free);	/* (task) */

/* file.c: numfile */
VZ_HANDLER(vz_file_alloc);	/* (file); refuses with ENFILE */
VZ_HANDLER(vz_file_internal);	/* (flags, cred): the next one is not the tenant's */
VZ_HANDLER(vz_file_map);	/* (vma, file): the mapping gets another file */
VZ_HANDLER(vz_file_free);	/* (file) */

#endif
