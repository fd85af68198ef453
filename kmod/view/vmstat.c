// SPDX-License-Identifier: GPL-2.0-only
/*
 * /proc/vmstat: what memory.stat knows (in pages, and events), under the kernel's names.
 *
 *   nr_free_pages     MemFree of /proc/meminfo
 *   pgpgin, pgpgout   kB that were read and written: rbytes, wbytes of io.stat, of all disks, also
 *                     those that have gone since somebody looked; what goes through one disk to
 *                     another (LVM, md) counts on each
 *   pswpin, pswpout   pages (since 6.13, 0 before)
 *   oom_kill          OOM kills in the VE, those of memory.events
 *   the others        the row of memory.stat that stands beside
 *
 * Other counters of the kernel are left out: nobody keeps them for a VE.
 */
#include <linux/memcontrol.h>
#include <linux/seq_file.h>

#include "disks.h"
#include "machine.h"
#include "view.h"

static const struct {
	const char *name;		/* behind the end of the line before */
	enum vz_memory_stat stat;
	unsigned int shift;		/* bytes in a unit */
} rows[] = {
	{ "\nnr_inactive_anon ", VZ_MEM_inactive_anon, PAGE_SHIFT },
	{ "\nnr_active_anon ", VZ_MEM_active_anon, PAGE_SHIFT },
	{ "\nnr_inactive_file ", VZ_MEM_inactive_file, PAGE_SHIFT },
	{ "\nnr_active_file ", VZ_MEM_active_file, PAGE_SHIFT },
	{ "\nnr_unevictable ", VZ_MEM_unevictable, PAGE_SHIFT },
	{ "\nnr_slab_reclaimable ", VZ_MEM_slab_reclaimable, PAGE_SHIFT },
	{ "\nnr_slab_unreclaimable ", VZ_MEM_slab_unreclaimable, PAGE_SHIFT },
	{ "\nnr_anon_pages ", VZ_MEM_anon, PAGE_SHIFT },
	{ "\nnr_mapped ", VZ_MEM_file_mapped, PAGE_SHIFT },
	{ "\nnr_file_pages ", VZ_MEM_file, PAGE_SHIFT },
	{ "\nnr_dirty ", VZ_MEM_file_dirty, PAGE_SHIFT },
	{ "\nnr_writeback ", VZ_MEM_file_writeback, PAGE_SHIFT },
	{ "\nnr_shmem ", VZ_MEM_shmem, PAGE_SHIFT },
	{ "\nnr_kernel_stack ", VZ_MEM_kernel_stack, 10 },
	{ "\nnr_page_table_pages ", VZ_MEM_pagetables, PAGE_SHIFT },
	{ "\nnr_sec_page_table_pages ", VZ_MEM_sec_pagetables, PAGE_SHIFT },
	{ "\nnr_swapcached ", VZ_MEM_swapcached, PAGE_SHIFT },
	{ "\nworkingset_nodereclaim ", VZ_MEM_workingset_nodereclaim, 0 },
	{ "\nworkingset_refault_anon ", VZ_MEM_workingset_refault_anon, 0 },
	{ "\nworkingset_refault_file ", VZ_MEM_workingset_refault_file, 0 },
	{ "\nworkingset_activate_anon ", VZ_MEM_workingset_activate_anon, 0 },
	{ "\nworkingset_activate_file ", VZ_MEM_workingset_activate_file, 0 },
	{ "\nworkingset_restore_anon ", VZ_MEM_workingset_restore_anon, 0 },
	{ "\nworkingset_restore_file ", VZ_MEM_workingset_restore_file, 0 },
	{ "\npswpin ", VZ_MEM_pswpin, 0 },
	{ "\npswpout ", VZ_MEM_pswpout, 0 },
	{ "\npgactivate ", VZ_MEM_pgactivate, 0 },
	{ "\npgdeactivate ", VZ_MEM_pgdeactivate, 0 },
	{ "\npglazyfree ", VZ_MEM_pglazyfree, 0 },
	{ "\npgfault ", VZ_MEM_pgfault, 0 },
	{ "\npgmajfault ", VZ_MEM_pgmajfault, 0 },
	{ "\npglazyfreed ", VZ_MEM_pglazyfreed, 0 },
	{ "\npgrefill ", VZ_MEM_pgrefill, 0 },
	{ "\npgsteal_kswapd ", VZ_MEM_pgsteal_kswapd, 0 },
	{ "\npgsteal_direct ", VZ_MEM_pgsteal_direct, 0 },
	{ "\npgscan_kswapd ", VZ_MEM_pgscan_kswapd, 0 },
	{ "\npgscan_direct ", VZ_MEM_pgscan_direct, 0 },
	{ "\nthp_fault_alloc ", VZ_MEM_thp_fault_alloc, 0 },
	{ "\nthp_collapse_alloc ", VZ_MEM_thp_collapse_alloc, 0 },
};

/* The kernel's function prints one row a call: the first prints all. */
static long show(struct vz_ve *ve, void *arg0, void *arg1, void *arg2, unsigned long body)
{
	struct seq_file *m = arg0;
	const struct vz_machine *machine;
	struct vz_memory memory;
	struct vz_disk sum;
	int i;

	if (arg1 != m->private)
		return 0;
	machine = vz_machine_of(ve);
	vz_machine_memory(ve, &memory);
	vz_disks_refresh(ve);
	vz_disks_sum(ve, &sum);
	seq_put_decimal_ull(m, "nr_free_pages ", memory.free >> PAGE_SHIFT);
	for (i = 0; i < ARRAY_SIZE(rows); i++)
		seq_put_decimal_ull(m, rows[i].name, READ_ONCE(machine->stat[rows[i].stat]) >> rows[i].shift);
	seq_put_decimal_ull(m, "\npgpgin ", sum.rbytes >> 10);
	seq_put_decimal_ull(m, "\npgpgout ", sum.wbytes >> 10);
	seq_put_decimal_ull(m, "\noom_kill ", vz_machine_oom_kills(ve));
	seq_putc(m, '\n');
	return 0;
}
VZ_VIEW(vz_view_vmstat, show);
