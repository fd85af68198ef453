// SPDX-License-Identifier: GPL-2.0-only
/*
 * sysinfo(2), also of 32-bit programs.
 *
 *   uptime      seconds, as /proc/uptime, rounded up as the kernel's own
 *   loads       as /proc/loadavg, with 16 bits after the point
 *   totalram, freeram, totalswap, freeswap
 *               bytes, MemTotal ... SwapFree of /proc/meminfo
 *   sharedram   bytes, Shmem of /proc/meminfo
 *   procs       tasks of the VE, threads included: numproc
 *   bufferram, totalhigh, freehigh  0
 */
#include <linux/compat.h>
#include <linux/ptrace.h>
#include <linux/sysinfo.h>
#include <linux/sched/loadavg.h>
#include <linux/uaccess.h>

#include "loadavg.h"
#include "machine.h"
#include "view.h"

/* false: current sees the host. */
static bool fill(struct sysinfo *info)
{
	const struct vz_machine *machine;
	struct vz_memory memory;
	struct vz_ve *ve;
	int i, srcu = srcu_read_lock(&vz_ve_srcu);

	ve = vz_view_current();
	if (ve) {
		machine = vz_machine_of(ve);
		vz_machine_memory(ve, &memory);
		memset(info, 0, sizeof(*info));
		info->uptime = DIV_ROUND_UP_ULL(vz_machine_uptime(ve), NSEC_PER_SEC);
		for (i = 0; i < 3; i++)
			info->loads[i] = READ_ONCE(ve->load.average[i]) << (SI_LOAD_SHIFT - FSHIFT);
		info->totalram = memory.total;
		info->freeram = memory.free;
		info->sharedram = min(READ_ONCE(machine->stat[VZ_MEM_shmem]),
				      memory.total - memory.free);
		info->totalswap = memory.swap_total;
		info->freeswap = memory.swap_free;
		info->procs = min_t(u64, vz_machine_tasks(ve), U16_MAX);
		info->mem_unit = 1;
	}
	srcu_read_unlock(&vz_ve_srcu, srcu);
	return ve;
}

long vz_view_sysinfo(void *arg0, void *arg1, void *arg2, unsigned long body)
{
	const struct pt_regs *regs = arg0;
	struct sysinfo info;

	if (!fill(&info))
		return vz_hook_body(arg0, arg1, arg2, body);
	return copy_to_user((void __user *)regs->di, &info, sizeof(info)) ? -EFAULT : 0;
}
VZ_VIEW_RAW(vz_view_sysinfo);

#ifdef CONFIG_IA32_EMULATION
struct compat_sysinfo {
	s32 uptime;
	u32 loads[3];
	u32 totalram, freeram, sharedram, bufferram, totalswap, freeswap;
	u16 procs, pad;
	u32 totalhigh, freehigh, mem_unit;
	char end[20 - 2 * sizeof(u32) - sizeof(int)];
};

long vz_view_sysinfo_compat(void *arg0, void *arg1, void *arg2, unsigned long body)
{
	const struct pt_regs *regs = arg0;
	struct compat_sysinfo small;
	struct sysinfo info;
	int i, shift = 0;

	if (!fill(&info))
		return vz_hook_body(arg0, arg1, arg2, body);
	/* In units that make the largest fit, as the kernel does: pages at most. */
	if (upper_32_bits(info.totalram) || upper_32_bits(info.totalswap))
		shift = PAGE_SHIFT;
	memset(&small, 0, sizeof(small));
	small.uptime = info.uptime;
	for (i = 0; i < 3; i++)
		small.loads[i] = info.loads[i];
	small.totalram = info.totalram >> shift;
	small.freeram = info.freeram >> shift;
	small.sharedram = info.sharedram >> shift;
	small.totalswap = info.totalswap >> shift;
	small.freeswap = info.freeswap >> shift;
	small.procs = info.procs;
	small.mem_unit = 1U << shift;
	return copy_to_user(compat_ptr(regs->bx), &small, sizeof(small)) ? -EFAULT : 0;
}
#else
long vz_view_sysinfo_compat(void *arg0, void *arg1, void *arg2, unsigned long body)
{
	return -ENOSYS;
}
#endif
VZ_VIEW_RAW(vz_view_sysinfo_compat);
