/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Views: what the kernel's own files and calls say when a task of a VE asks whose
 * feature "views" is on. A view is one thing that a VE sees, one file here, and one
 * or more rows of the hook table. The replaced functions print into the same seq_file,
 * so that each mount of proc, in each namespace of the VE, is right; the VE is found by
 * the reader's cgroup, like everywhere.
 *
 * Every file says at its head where each value comes from, and in what unit. What the
 * kernel does not keep for a VE is 0, as with OpenVZ, never the host's.
 *
 * Cost: nothing that is shown is kept but what is dear to get, see machine.h, cputext.h. No lock
 * is taken that other VEs take, but those that the VE's own cgroup files take, too.
 *
 * A view's function sleeps, but it never touches the tenant's memory, who could hold it up
 * for ever (hook_replace.h); a small share of the CPU can, up to 6.12, for a while. Whoever
 * runs it is a user of the VE (vz_ve_get()), which keeps it.
 */
#ifndef VZLITE_VIEW_H
#define VZLITE_VIEW_H

#include <linux/seq_file.h>

#include "../hook_replace.h"
#include "../ve.h"

enum vz_view {
	VZ_VIEW_MEMINFO,
	VZ_VIEW_STAT,
	VZ_VIEW_CPUINFO,
	VZ_VIEW_LOADAVG,
	VZ_VIEW_UPTIME,
	VZ_VIEW_SWAPS,
	VZ_VIEW_DISKSTATS,
	VZ_VIEW_VMSTAT,
	VZ_VIEW_PRESSURE,
	VZ_VIEW_CPU,		/* /sys/devices/system/cpu/online ..., sched_getaffinity(2) */
	VZ_VIEW_SYSINFO,
	VZ_VIEW_SYSLOG,		/* syslog(2), /proc/kmsg */
	VZ_VIEW_KMSG,		/* /dev/kmsg */
	VZ_VIEW_BOOT_ID,
	/* No views but guards: what VEs may have of the host's is bounded. Shown among them: */
	VZ_VIEW_NEIGHBOURS,	/* ../charge/neighbour.c */
	VZ_VIEW_FRAGMENTS,	/* ../charge/network.c */
	VZ_VIEW_PEERS,
	VZ_VIEW_OPTMEM,
	VZ_VIEW_TCP,		/* ../charge/tcp.c */
	VZ_VIEW_CONNTRACK,	/* ../charge/conntrack.c */
	VZ_VIEW_NFTABLES,	/* ../charge/nftables.c */
	VZ_VIEW_QUEUES,		/* ../charge/link.c */
	VZ_VIEW_LINKS,
	VZ_VIEW_THREADS,	/* ../host.h */
	VZ_VIEW_HOST,
	VZ_VIEW_MOVES,		/* ../host_moves.c */
	VZ_VIEW_LOG,		/* ../host_log.c */

	VZ_VIEW_COUNT
};

/* Its bit in vz_hook.resources; its number for vz_hook_missing(). */
#define VZ_VIEW_FEATURE(view)	(VZ_VIEW_FIRST + VZ_VIEW_##view)
#define VZ_VIEW_FIRST		36

/* "meminfo" */
const char *vz_view_name(enum vz_view view);

static inline bool vz_view_is_guard(enum vz_view view)
{
	return view >= VZ_VIEW_NEIGHBOURS;
}

/* Free what is kept for all VEs: no view is hooked any more. Who still runs one may bring
 * it back, until replacements are drained. */
void vz_view_forget(void);

/* Does current see @ve's machine? */
static __always_inline bool vz_view_on(const struct vz_ve *ve)
{
	return ve && READ_ONCE(ve->features) & VZLITE_FEATURE_VIEWS;
}

/* The VE whose machine current sees, whose user the caller is then: vz_ve_put(). NULL: it has
 * been moved, or views were switched off since the handler looked. */
struct vz_ve *vz_view_use_current(void);

/* A handler's decision. */
static __always_inline int vz_view_handle(struct vz_replacement *replacement, void *body)
{
	int ret = 0;

	preempt_disable_notrace();
	if (unlikely(vz_view_on(vz_ve_of_task(current))))
		ret = vz_replace(replacement, body);
	preempt_enable_notrace();
	return ret;
}

/* Arguments are those of the function that is replaced, and so is what is returned. */
typedef long (*vz_view_show)(struct vz_ve *ve, void *arg0, void *arg1, void *arg2,
			     unsigned long body);

/* Print what stands behind the point, of 100: a third of what "%02u" costs. */
static inline void vz_view_hundredths(struct seq_file *m, unsigned int hundredths)
{
	seq_putc(m, '.');
	seq_putc(m, '0' + hundredths / 10);
	seq_putc(m, '0' + hundredths % 10);
}

/* Find the VE and @show; without one let the kernel's own function run. */
long vz_view_run(vz_view_show show, void *arg0, void *arg1, void *arg2, unsigned long body);

/* Define what the hook table needs for the vz_view_show @show, with a replacement @name. */
#define VZ_VIEW(name, show)						\
	long name(void *arg0, void *arg1, void *arg2, unsigned long body)	\
	{								\
		return vz_view_run(show, arg0, arg1, arg2, body);	\
	}								\
	VZ_REPLACER(name);						\
	VZ_HANDLER(name##_handler)					\
	{								\
		return vz_view_handle(&name##_replacement, arg3);	\
	}

#define DECLARE(name)							\
	long name(void *arg0, void *arg1, void *arg2, unsigned long body);	\
	DECLARE_ROW(name)
#define DECLARE_ROW(name)						\
	VZ_HANDLER(name##_handler);					\
	extern struct vz_replacement name##_replacement;		\
	void name##_handler_direct(void);				\
	void name##_thunk(void)

DECLARE(vz_view_meminfo);		/* (seq_file, -), like most */
DECLARE(vz_view_stat);
DECLARE(vz_view_cpuinfo);		/* (seq_file, cpuinfo_x86) */
DECLARE(vz_view_loadavg);
DECLARE(vz_view_uptime);
DECLARE(vz_view_swaps);			/* (seq_file, swap_info_struct or SEQ_START_TOKEN) */
DECLARE(vz_view_diskstats);		/* (seq_file, gendisk) */
DECLARE(vz_view_vmstat);		/* (seq_file, a counter in ->private) */
DECLARE(vz_view_pressure_cpu);
DECLARE(vz_view_pressure_memory);
DECLARE(vz_view_pressure_io);
DECLARE(vz_view_pressure_irq);
DECLARE(vz_view_cpus);			/* (device, device_attribute, buf) */
DECLARE(vz_view_affinity);		/* (pid, cpumask) */
DECLARE(vz_view_sysinfo);		/* (sysinfo) */
DECLARE(vz_view_kmsg_poll);		/* (file, poll_table) */

long vz_view_boot_id(void *table, void *write, void *buf, void *lenp, void *ppos,
		     unsigned long body);
DECLARE_ROW(vz_view_boot_id);

#undef DECLARE_ROW
#undef DECLARE

/* What a VE with views may not do; these refuse, with EPERM. */
VZ_HANDLER(vz_view_log);		/* any operation on the kernel's log */
void vz_view_log_direct(void);
VZ_HANDLER(vz_view_trigger);		/* (psi_group, buf, res, file, kernfs_open_file) */
void vz_view_trigger_direct(void);

#endif
