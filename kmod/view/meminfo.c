// SPDX-License-Identifier: GPL-2.0-only
/*
 * /proc/meminfo, in kB. Where no other source is told, that row of memory.stat of the
 * VE's cgroup (or the nearest above that has a memcg), up to VZ_MACHINE_FRESH old; where none is, 0.
 *
 *   MemTotal        the smallest memory.max up to the root, at most the host's
 *   MemFree         the least that is left of any of those, at most MemTotal less
 *                   memory.current
 *   MemAvailable    MemFree, (in)active_file and slab_reclaimable; also those of others below
 *                   a limit above the VE's
 *   Cached          file, less swapcached: with shmem, as the kernel's own
 *   SwapCached      swapcached, at most what is used of SwapTotal: programs subtract it
 *   Active ...      (in)active_(anon,file) unevictable
 *   Mlocked         locked_vm of all address spaces (lockedpages), at most unevictable
 *   SwapTotal       the smallest memory.swap.max up to the root, at most the host's
 *   SwapFree        the least that is left of any of those, as with MemFree
 *   Zswap ...       zswap, zswapped, at most what is used of SwapTotal
 *   Dirty ...       file_dirty, file_writeback
 *   AnonPages       anon
 *   Mapped          file_mapped
 *   Shmem           shmem
 *   KReclaimable,   slab_reclaimable
 *   SReclaimable
 *   SUnreclaim      slab_unreclaimable; Slab: both
 *   KernelStack     kernel_stack
 *   PageTables ...  pagetables, sec_pagetables
 *   CommitLimit     the limit of privvmpages, at most MemTotal and SwapTotal
 *   Committed_AS    privvmpages, held
 *   VmallocTotal    the machine's
 *   VmallocUsed     vmalloc
 *   Percpu          percpu
 *   ...HugePages    anon_thp, shmem_thp, file_thp
 *   Hugepagesize    the machine's; HugePages_*: 0
 *
 * memory.current is newer than memory.stat: each of Cached, AnonPages, the slabs ... is
 * cut to what the ones before have left of MemTotal less MemFree, so that the sum never
 * exceeds MemTotal.
 */
#include <linux/hugetlb.h>
#include <linux/seq_file.h>

#include "machine.h"
#include "view.h"

#define LABEL_SIZE 16
#define ROW_SIZE (LABEL_SIZE + 20 + sizeof(" kB\n"))

/* Fast: this is what reading the file costs. @label has LABEL_SIZE bytes. */
static char *put_row(char *to, const char *label, u64 value)
{
	char digits[20], *digit = digits + sizeof(digits);
	size_t n;

	value >>= 10;
	do {
		*--digit = '0' + value % 10;
		value /= 10;
	} while (value);
	n = digits + sizeof(digits) - digit;
	memcpy(to, label, LABEL_SIZE);
	to += LABEL_SIZE;
	for (; n < 8; n++)
		*to++ = ' ';
	n = digits + sizeof(digits) - digit;
	memcpy(to, digit, n);
	memcpy(to + n, " kB\n", 4);
	return to + n + 4;
}

enum {
	TOTAL, FREE, AVAILABLE, CACHED, SWAPCACHED, ACTIVE, INACTIVE, ACTIVE_ANON,
	INACTIVE_ANON, ACTIVE_FILE, INACTIVE_FILE, UNEVICTABLE, MLOCKED, SWAPTOTAL, SWAPFREE,
	ZSWAP, ZSWAPPED, DIRTY, WRITEBACK, ANON, MAPPED, SHMEM, SLAB, SRECLAIMABLE, SUNRECLAIM,
	STACK, PAGETABLES, SECPAGETABLES, COMMITLIMIT, COMMITTED, VMALLOCTOTAL, VMALLOC,
	PERCPU, ANONHUGE, SHMEMHUGE, FILEHUGE, HUGESIZE, NOTHING,

	VALUE_COUNT
};

static const struct {
	char label[LABEL_SIZE + 1];
	int value;
} rows[] = {
	{ "MemTotal:       ", TOTAL },		{ "MemFree:        ", FREE },
	{ "MemAvailable:   ", AVAILABLE },	{ "Buffers:        ", NOTHING },
	{ "Cached:         ", CACHED },		{ "SwapCached:     ", SWAPCACHED },
	{ "Active:         ", ACTIVE },		{ "Inactive:       ", INACTIVE },
	{ "Active(anon):   ", ACTIVE_ANON },	{ "Inactive(anon): ", INACTIVE_ANON },
	{ "Active(file):   ", ACTIVE_FILE },	{ "Inactive(file): ", INACTIVE_FILE },
	{ "Unevictable:    ", UNEVICTABLE },	{ "Mlocked:        ", MLOCKED },
	{ "SwapTotal:      ", SWAPTOTAL },	{ "SwapFree:       ", SWAPFREE },
	{ "Zswap:          ", ZSWAP },		{ "Zswapped:       ", ZSWAPPED },
	{ "Dirty:          ", DIRTY },		{ "Writeback:      ", WRITEBACK },
	{ "AnonPages:      ", ANON },		{ "Mapped:         ", MAPPED },
	{ "Shmem:          ", SHMEM },		{ "KReclaimable:   ", SRECLAIMABLE },
	{ "Slab:           ", SLAB },		{ "SReclaimable:   ", SRECLAIMABLE },
	{ "SUnreclaim:     ", SUNRECLAIM },	{ "KernelStack:    ", STACK },
	{ "PageTables:     ", PAGETABLES },	{ "SecPageTables:  ", SECPAGETABLES },
	{ "NFS_Unstable:   ", NOTHING },	{ "Bounce:         ", NOTHING },
	{ "WritebackTmp:   ", NOTHING },	{ "CommitLimit:    ", COMMITLIMIT },
	{ "Committed_AS:   ", COMMITTED },	{ "VmallocTotal:   ", VMALLOCTOTAL },
	{ "VmallocUsed:    ", VMALLOC },	{ "VmallocChunk:   ", NOTHING },
	{ "Percpu:         ", PERCPU },		{ "AnonHugePages:  ", ANONHUGE },
	{ "ShmemHugePages: ", SHMEMHUGE },	{ "ShmemPmdMapped: ", NOTHING },
	{ "FileHugePages:  ", FILEHUGE },	{ "FilePmdMapped:  ", NOTHING },
};

static const char hugepages[] =
	"HugePages_Total:       0\n"
	"HugePages_Free:        0\n"
	"HugePages_Rsvd:        0\n"
	"HugePages_Surp:        0\n";

/* Of what is left in @room. */
static u64 take(u64 *room, u64 wanted)
{
	u64 got = min(*room, wanted);

	*room -= got;
	return got;
}

static void fill_committed(struct vz_ve *ve, u64 value[VALUE_COUNT])
{
	u64 limit = value[TOTAL] + value[SWAPTOTAL];
	struct vz_counter_values values;

	vz_mm_recount_seldom(ve);
	vz_beancounter_read(&ve->bc, VZLITE_PRIVVMPAGES, &values);
	value[COMMITTED] = values.held << 12;
	if (values.limit < limit >> 12)
		limit = values.limit << 12;
	value[COMMITLIMIT] = limit;
	vz_beancounter_read(&ve->bc, VZLITE_LOCKEDPAGES, &values);
	value[MLOCKED] = min(values.held << 12, value[UNEVICTABLE]);
}

static void fill(struct vz_ve *ve, u64 value[VALUE_COUNT])
{
	const u64 *stat = vz_machine_of(ve)->stat;
	struct vz_memory memory;
	u64 room, file, anon, swapcached, swapped;

#define STAT(name) READ_ONCE(stat[VZ_MEM_##name])
	vz_machine_memory(ve, &memory);
	room = memory.total - memory.free;
	swapped = memory.swap_total - memory.swap_free;
	value[TOTAL] = memory.total;
	value[FREE] = memory.free;
	value[SWAPTOTAL] = memory.swap_total;
	value[SWAPFREE] = memory.swap_free;
	file = STAT(file);
	swapcached = min(STAT(swapcached), file);
	value[SWAPCACHED] = min(swapcached, swapped);
	value[CACHED] = take(&room, file - swapcached);
	value[SHMEM] = min(STAT(shmem), value[CACHED]);
	value[MAPPED] = min(STAT(file_mapped), value[CACHED]);
	value[DIRTY] = min(STAT(file_dirty), value[CACHED]);
	value[WRITEBACK] = min(STAT(file_writeback), value[CACHED]);
	value[SRECLAIMABLE] = take(&room, STAT(slab_reclaimable));
	value[ANON] = take(&room, STAT(anon));
	value[SUNRECLAIM] = take(&room, STAT(slab_unreclaimable));
	value[SLAB] = value[SRECLAIMABLE] + value[SUNRECLAIM];
	value[STACK] = take(&room, STAT(kernel_stack));
	value[PAGETABLES] = take(&room, STAT(pagetables));
	value[SECPAGETABLES] = take(&room, STAT(sec_pagetables));
	value[PERCPU] = take(&room, STAT(percpu));
	value[VMALLOC] = take(&room, STAT(vmalloc));
	/* Shmem and the swap cache are among them. */
	anon = value[ANON] + value[SHMEM] + swapcached;
	value[ACTIVE_ANON] = min(STAT(active_anon), anon);
	value[INACTIVE_ANON] = min(STAT(inactive_anon), anon - value[ACTIVE_ANON]);
	value[ACTIVE_FILE] = min(STAT(active_file), value[CACHED]);
	value[INACTIVE_FILE] = min(STAT(inactive_file), value[CACHED] - value[ACTIVE_FILE]);
	value[ACTIVE] = value[ACTIVE_ANON] + value[ACTIVE_FILE];
	value[INACTIVE] = value[INACTIVE_ANON] + value[INACTIVE_FILE];
	value[UNEVICTABLE] = min(STAT(unevictable), anon + value[CACHED]);
	value[AVAILABLE] = min(memory.total, memory.reachable + value[ACTIVE_FILE] +
			       value[INACTIVE_FILE] + value[SRECLAIMABLE]);
	value[ZSWAP] = STAT(zswap);
	value[ZSWAPPED] = min(STAT(zswapped), swapped);
	value[VMALLOCTOTAL] = VMALLOC_END - VMALLOC_START;
	value[ANONHUGE] = min(STAT(anon_thp), value[ANON]);
	value[SHMEMHUGE] = min(STAT(shmem_thp), value[SHMEM]);
	value[FILEHUGE] = min(STAT(file_thp), value[CACHED]);
#undef STAT
	fill_committed(ve, value);
}

static long show(struct vz_ve *ve, void *arg0, void *arg1, void *arg2, unsigned long body)
{
	struct seq_file *m = arg0;
	u64 value[VALUE_COUNT] = { };
	char *start, *to;
	int i;

	if (seq_get_buf(m, &start) < ARRAY_SIZE(rows) * ROW_SIZE) {
		/* It comes again with more room. */
		seq_commit(m, -1);
		return 0;
	}
	fill(ve, value);
	to = start;
	for (i = 0; i < ARRAY_SIZE(rows); i++)
		to = put_row(to, rows[i].label, value[rows[i].value]);
	seq_commit(m, to - start);
	seq_write(m, hugepages, sizeof(hugepages) - 1);
	seq_printf(m, "Hugepagesize:   %8lu kB\nHugetlb:               0 kB\n", HPAGE_SIZE >> 10);
	return 0;
}
VZ_VIEW(vz_view_meminfo, show);
