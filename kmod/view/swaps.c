// SPDX-License-Identifier: GPL-2.0-only
/*
 * /proc/swaps: one line, in place of the host's first swap device; none if the VE has no
 * swap, or the host.
 *
 *   Size, Used   kB: SwapTotal, SwapTotal less SwapFree of /proc/meminfo
 *   Filename, Type, Priority   "none", "virtual", 0
 */
#include <linux/seq_file.h>

#include "machine.h"
#include "view.h"

static long show(struct vz_ve *ve, void *arg0, void *arg1, void *arg2, unsigned long body)
{
	struct seq_file *m = arg0;
	struct vz_memory memory;
	u64 size, used;

	if (arg1 == SEQ_START_TOKEN)
		return vz_hook_body(arg0, arg1, arg2, body);
	if (m->index != 1)
		return 0;
	vz_machine_memory(ve, &memory);
	if (!memory.swap_total)
		return 0;
	size = memory.swap_total >> 10;
	used = size - (memory.swap_free >> 10);
	seq_printf(m, "%-40s%s\t%llu\t%s%llu\t%s%d\n", "none", "virtual\t", size,
		   size < 10000000 ? "\t" : "", used, used < 10000000 ? "\t" : "", 0);
	return 0;
}
VZ_VIEW(vz_view_swaps, show);
