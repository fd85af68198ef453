// SPDX-License-Identifier: GPL-2.0-only
/*
 * The hook table, and the kernel facts it stands on (read in 6.1, 6.12, 7.3).
 *
 * numproc. copy_process() calls security_task_alloc() where it can still fail,
 * before the child's cgroup is settled: the charge goes to the parent's VE.
 * cgroup_move_task() is called for every task that gets a css_set: at the end
 * of a fork (by then the one of clone3(CLONE_INTO_CGROUP)) and in a migration,
 * where the charge moves. cgroup_release() (7.0: cgroup_task_release()) is
 * called when a task is reaped. A fork that fails late calls
 * security_task_free(), unless security_task_alloc() itself ran out of memory:
 * then only free_task() sees the task again.
 *
 * numfile. Every struct file passes security_file_alloc() and
 * security_file_free(). The file that overlayfs and cachefiles open behind the
 * file of a tenant is made by one of two functions that mark it as internal
 * only after security_file_alloc(): their entry tells us beforehand. A mapping
 * gets that file by vma_set_file().
 */
#include "charge/charge.h"
#include "hook.h"

#define HANDLER(name) name, name##_direct

struct vz_hook vz_hooks[] = {
	{ "security_task_free", NULL, HANDLER(vz_task_free), 0, BIT(VZLITE_NUMPROC) },
	{ "free_task", NULL, HANDLER(vz_task_free), 0, BIT(VZLITE_NUMPROC) },
	{ "cgroup_release", "cgroup_task_release", HANDLER(vz_task_free), 0, BIT(VZLITE_NUMPROC) },
	{ "cgroup_move_task", NULL, HANDLER(vz_task_move), 0, BIT(VZLITE_NUMPROC) },
	{ "security_task_alloc", NULL, HANDLER(vz_task_alloc), VZ_HOOK_REFUSES, BIT(VZLITE_NUMPROC) },

	{ "security_file_free", NULL, HANDLER(vz_file_free), 0, BIT(VZLITE_NUMFILE) },
	{ "alloc_empty_file_noaccount", NULL, HANDLER(vz_file_internal), VZ_HOOK_OPTIONAL,
	  BIT(VZLITE_NUMFILE) },
	{ "alloc_empty_backing_file", NULL, HANDLER(vz_file_internal), VZ_HOOK_OPTIONAL,
	  BIT(VZLITE_NUMFILE) },
	{ "vma_set_file", NULL, HANDLER(vz_file_map), VZ_HOOK_OPTIONAL, BIT(VZLITE_NUMFILE) },
	{ "security_file_alloc", NULL, HANDLER(vz_file_alloc), VZ_HOOK_REFUSES,
	  BIT(VZLITE_NUMFILE) },
};

const unsigned int vz_hook_count = ARRAY_SIZE(vz_hooks);
