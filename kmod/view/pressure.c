// SPDX-License-Identifier: GPL-2.0-only
/*
 * /proc/pressure/cpu, memory, io (irq): what cpu.pressure ... of the VE's cgroup say: the
 * kernel's own function, called with the VE's accounting. 0 when that is off for the cgroup
 * (cgroup.pressure). To be woken at a threshold is EPERM there: it would be the host's. The
 * VE's cgroup files let it.
 *
 * The functions that are replaced are known by their address alone. That which they call,
 * psi_show(), is in their file, and some compilers have them call a part of it.
 */
#include <linux/psi_types.h>
#include <linux/seq_file.h>

#include "../cgroup_file.h"
#include "view.h"

static long show(struct vz_ve *ve, struct seq_file *m, enum vz_cgroup_file file)
{
#ifdef CONFIG_PSI
	struct psi_group *group = ve->cgroup->psi;
	char *to;
	size_t room;
	ssize_t n;

	if (group && READ_ONCE(group->enabled)) {
		room = seq_get_buf(m, &to);
		n = vz_cgroup_file_read(ve->cgroup, file, to, room);
		/* It comes again with more room. */
		if (n >= 0 || n == -E2BIG)
			seq_commit(m, n);
		return n >= 0 || n == -E2BIG ? 0 : n;
	}
#endif
	if (file != VZ_FILE_IRQ_PRESSURE)
		seq_puts(m, "some avg10=0.00 avg60=0.00 avg300=0.00 total=0\n");
	seq_puts(m, "full avg10=0.00 avg60=0.00 avg300=0.00 total=0\n");
	return 0;
}

#define PRESSURE(name, file)							\
static long show_##name(struct vz_ve *ve, void *arg0, void *arg1, void *arg2,	\
			unsigned long body)					\
{										\
	return show(ve, arg0, file);						\
}										\
VZ_VIEW(vz_view_pressure_##name, show_##name)

PRESSURE(cpu, VZ_FILE_CPU_PRESSURE);
PRESSURE(memory, VZ_FILE_MEMORY_PRESSURE);
PRESSURE(io, VZ_FILE_IO_PRESSURE);
PRESSURE(irq, VZ_FILE_IRQ_PRESSURE);

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
