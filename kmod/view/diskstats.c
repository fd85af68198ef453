// SPDX-License-Identifier: GPL-2.0-only
/*
 * /proc/diskstats: a line for each disk that the VE has done I/O on, none for its
 * partitions, for which the kernel keeps nothing by cgroup.
 *
 *   reads, writes, discards            rios, wios, dios of io.stat
 *   sectors read, written, discarded   rbytes, wbytes, dbytes, in 512 bytes
 *   merges, times, requests in flight, flushes   0
 */
#include <linux/blkdev.h>
#include <linux/seq_file.h>

#include "disks.h"
#include "view.h"

static long show(struct vz_ve *ve, void *arg0, void *arg1, void *arg2, unsigned long body)
{
	struct gendisk *gendisk = arg1;
	struct seq_file *m = arg0;
	struct vz_disk disk;

	vz_disks_refresh(ve);
	if (!vz_disks_find(ve, disk_devt(gendisk), &disk))
		return 0;
	seq_printf(m, "%4d %7d %s %llu 0 %llu 0 %llu 0 %llu 0 0 0 0 %llu 0 %llu 0 0 0\n",
		   MAJOR(disk.device), MINOR(disk.device), gendisk->disk_name,
		   disk.rios, disk.rbytes >> 9, disk.wios, disk.wbytes >> 9,
		   disk.dios, disk.dbytes >> 9);
	return 0;
}
VZ_VIEW(vz_view_diskstats, show);
