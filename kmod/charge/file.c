// SPDX-License-Identifier: GPL-2.0-only
/*
 * numfile: one for each struct file from its allocation until it is freed: what
 * open, socket, pipe, epoll_create, exec ... make. It is charged to the VE of
 * the task that made it, and stays there wherever the file is passed.
 *
 * Not counted: the second file that overlayfs opens behind a tenant's (it is
 * never in a descriptor table). Its allocator is seen first, or, of a directory, that
 * overlayfs calls dentry_open(), and marks the task's own entry in the ledger; the
 * next allocation by that task takes the mark off. A task without an entry (numproc
 * not enforced) pays for both; and for what the kernel opens with the task's own
 * credentials: a disk that it mounts, overlayfs' own while it is mounted.
 *
 * But a mapping of a file on overlayfs keeps the second file, not the first:
 * from then on it counts, by force, or open-mmap-close would make files for
 * nothing. While the first is open, too, such a file counts twice.
 */
#include <linux/cred.h>
#include <linux/fs.h>
#include <linux/kallsyms.h>
#include <linux/preempt.h>
#include <linux/string.h>

#include "../hook_direct.h"
#include "../ledger.h"
#include "../ve.h"
#include "charge.h"

static void mark_next(void)
{
	preempt_disable_notrace();
	if (vz_ve_of_task(current))
		vz_ledger_mark(VZLITE_NUMPROC, current);
	preempt_enable_notrace();
}

VZ_HANDLER(vz_file_internal)
{
	mark_next();
	return 0;
}
VZ_OBSERVER(vz_file_internal, 6);	/* of functions no header declares: be safe */

/* Where dentry_open() was called from: by others, and by overlayfs. The first of others' is not
 * looked at again. */
unsigned long vz_file_other_return;
static unsigned long others[8], overlays[8];

static bool is_among(const unsigned long list[8], unsigned long address)
{
	int i;

	for (i = 0; i < 8; i++) {
		if (READ_ONCE(list[i]) == address)
			return true;
	}
	return false;
}

static noinline bool by_overlayfs(unsigned long address)
{
	char name[KSYM_SYMBOL_LEN];
	unsigned long *list;
	int i;

	if (is_among(others, address))
		return false;
	if (is_among(overlays, address))
		return true;
	sprint_symbol_no_offset(name, address);
	if (vz_caller_hidden(name))
		return false;
	/* Without a module's name where it is built in. */
	list = strstr(name, " [overlay]") || strstarts(name, "ovl_") ? overlays : others;
	for (i = 0; i < 8; i++) {
		if (!cmpxchg(&list[i], 0, address))
			break;
	}
	if (list == others)
		cmpxchg(&vz_file_other_return, 0, address);
	return list == overlays;
}

/* (path, flags, cred), and the address that it returns to. */
VZ_HANDLER(vz_file_open_path)
{
	if (by_overlayfs((unsigned long)arg3))
		mark_next();
	return 0;
}
VZ_REFUSER_CALLER(vz_file_open_path, vz_file_other_return);

/* (flags, cred): before there is anything of the file. */
VZ_HANDLER(vz_file_ask)
{
	struct vz_ve *ve;
	int ret = 0;

	if (likely(!vz_asking()))
		return 0;
	preempt_disable_notrace();
	ve = vz_ve_of_task(current);
	/* The next one may be internal. */
	if (ve && !atomic_read(&ve->internal_files) && vz_ask(ve, VZLITE_NUMFILE))
		ret = -ENFILE;
	preempt_enable_notrace();
	return ret;
}
VZ_REFUSER_IF(VZ_UNLESS_REFUSED VZ_UNLESS_HOST, vz_file_ask, 2);

/* Apart, so that the host's way through vz_file_alloc() is short. */
static noinline int file_charge(struct vz_ve *ve, struct file *file)
{
	int ret;

	/* The mark is of one that never came, as the host was out of files, if this is opened
	 * with the task's own credentials: overlayfs uses the mounter's. */
	if (atomic_read(&ve->internal_files) && vz_ledger_unmark(VZLITE_NUMPROC, current) &&
	    file->f_cred != rcu_access_pointer(current->real_cred))
		return 0;
	ret = vz_ledger_charge(ve, VZLITE_NUMFILE, file);
	if (likely(ret != -EDQUOT))
		return ret;
	vz_refused(ve, VZLITE_NUMFILE);
	return -ENFILE;
}

VZ_HANDLER(vz_file_alloc)
{
	struct vz_ve *ve;
	int ret = 0;

	preempt_disable_notrace();
	ve = vz_ve_of_task(current);
	if (unlikely(ve))
		ret = file_charge(ve, arg0);
	preempt_enable_notrace();
	return ret;
}
VZ_REFUSER(vz_file_alloc, 1);

VZ_HANDLER(vz_file_map)
{
	struct vz_ve *ve;

	preempt_disable_notrace();
	ve = vz_ve_of_task(current);
	if (ve)
		vz_ledger_adopt(ve, VZLITE_NUMFILE, arg1);
	preempt_enable_notrace();
	return 0;
}
VZ_OBSERVER(vz_file_map, 2);

VZ_HANDLER(vz_file_free)
{
	vz_ledger_uncharge_fixed(VZLITE_NUMFILE, arg0);
	return 0;
}
VZ_OBSERVER(vz_file_free, 1);
