// SPDX-License-Identifier: GPL-2.0-only
/*
 * sysinfo(2), also of 32-bit programs. The kernel fills in a structure of its own and copies
 * it to the caller's memory, which may be held up for ever; we take the place of the last
 * function that fills in, si_swapinfo(), and leave the copying to the kernel. /proc/meminfo
 * calls it, too, and must be a view for this to be one (hooks.c).
 *
 *   uptime      seconds, as /proc/uptime, rounded up as the kernel's own
 *   loads       as /proc/loadavg, with 16 bits after the point
 *   totalram, freeram, totalswap, freeswap
 *               pages, which the kernel makes bytes: MemTotal ... SwapFree of /proc/meminfo
 *   sharedram   the same, Shmem of /proc/meminfo
 *   procs       tasks of the VE, threads included: numproc
 *   bufferram, totalhigh, freehigh  0
 */
#include <linux/mm.h>
#include <linux/sched/loadavg.h>
#include <linux/sysinfo.h>

#include "loadavg.h"
#include "machine.h"
#include "view.h"

static long fill(struct vz_ve *ve, void *arg0, void *arg1, void *arg2, unsigned long body)
{
	const struct vz_machine *machine = vz_machine_of(ve);
	struct sysinfo *info = arg0;
	struct vz_memory memory;
	int i;

	vz_machine_memory(ve, &memory);
	memset(info, 0, sizeof(*info));
	info->uptime = DIV_ROUND_UP_ULL(vz_machine_uptime(ve), NSEC_PER_SEC);
	for (i = 0; i < 3; i++)
		info->loads[i] = READ_ONCE(ve->load.average[i]) << (SI_LOAD_SHIFT - FSHIFT);
	info->totalram = memory.total >> PAGE_SHIFT;
	info->freeram = memory.free >> PAGE_SHIFT;
	info->sharedram = min(READ_ONCE(machine->stat[VZ_MEM_shmem]),
			      memory.total - memory.free) >> PAGE_SHIFT;
	info->totalswap = memory.swap_total >> PAGE_SHIFT;
	info->freeswap = memory.swap_free >> PAGE_SHIFT;
	info->procs = min_t(u64, vz_machine_tasks(ve), U16_MAX);
	info->mem_unit = PAGE_SIZE;
	return 0;
}
VZ_VIEW(vz_view_sysinfo, fill);
