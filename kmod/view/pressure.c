// SPDX-License-Identifier: GPL-2.0-only
/*
 * /proc/pressure/cpu, memory, io (irq): the pressure of the VE's cgroup, by the kernel's own
 * function. 0 when the accounting is off for the cgroup (cgroup.pressure). To be woken at
 * a threshold is EPERM there: it would be the host's. The VE's cgroup files let it.
 */
#include <linux/fs.h>
#include <linux/magic.h>
#include <linux/psi_types.h>
#include <linux/seq_file.h>

#include "view.h"

static bool of_the_system(const struct seq_file *m)
{
	return m->file && file_inode(m->file)->i_sb->s_magic == PROC_SUPER_MAGIC;
}

/* (seq_file, psi_group, psi_res): also what shows the files of cgroups */
static long show(struct vz_ve *ve, void *arg0, void *arg1, void *arg2, unsigned long body)
{
#ifdef CONFIG_PSI
	struct psi_group *group = ve->cgroup->psi;
	struct seq_file *m = arg0;

	if (!of_the_system(m))
		return vz_hook_body(arg0, arg1, arg2, body);
	if (group && READ_ONCE(group->enabled))
		return vz_hook_body(arg0, group, arg2, body);
	seq_puts(m, "some avg10=0.00 avg60=0.00 avg300=0.00 total=0\n"
		    "full avg10=0.00 avg60=0.00 avg300=0.00 total=0\n");
	return 0;
#else
	return vz_hook_body(arg0, arg1, arg2, body);
#endif
}
VZ_VIEW(vz_view_pressure, show);

/* Files of a cgroup come with their kernfs_open_file, those in proc with none. */
VZ_HANDLER(vz_view_trigger)
{
	bool on = false;

	if (!arg4) {
		preempt_disable_notrace();
		on = vz_view_on(vz_ve_of_task(current));
		preempt_enable_notrace();
	}
	return on ? -EPERM : 0;
}
VZ_REFUSER(vz_view_trigger, 6);
