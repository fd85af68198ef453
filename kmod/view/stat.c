// SPDX-License-Identifier: GPL-2.0-only
/*
 * /proc/stat, in clock ticks (10 ms)
 *
 *   cpu              user nice system idle steal: see cputime.h; iowait irq softirq guest
 *                    guest_nice: 0
 *   cpuN             the VE's CPUs, renumbered; each has its share of what passed while it
 *                    was there
 *   intr, ctxt, softirq  0
 *   btime            seconds since 1970: when the reader's time namespace began. Without
 *                    one the kernel's, since the start times of processes are so, too
 *   processes        tasks, threads included, that began in the VE since VE_NEW
 *   procs_running    tasks that can run, by the pressure accounting of the VE's cgroup (PSI),
 *                    and without it counted up to 5 s ago; at least the reader
 *   procs_blocked    tasks that wait for I/O, by the same
 *
 * /proc/uptime, in seconds
 *
 *   uptime           see machine.h
 *   idle             of all the VE's CPUs, as above
 */
#include <linux/math64.h>
#include <linux/seq_file.h>
#include <linux/time_namespace.h>
#include <linux/timekeeping.h>

#include "cputime.h"
#include "machine.h"
#include "view.h"

#define TICK (USEC_PER_SEC / USER_HZ)

static void put_times(struct seq_file *m, const struct vz_cputime *time)
{
	seq_put_decimal_ull(m, " ", div_u64(time->usec[VZ_CPU_USER], TICK));
	seq_put_decimal_ull(m, " ", div_u64(time->usec[VZ_CPU_NICE], TICK));
	seq_put_decimal_ull(m, " ", div_u64(time->usec[VZ_CPU_SYSTEM], TICK));
	seq_put_decimal_ull(m, " ", div_u64(time->usec[VZ_CPU_IDLE], TICK));
	seq_puts(m, " 0 0 0");
	seq_put_decimal_ull(m, " ", div_u64(time->usec[VZ_CPU_STEAL], TICK));
	seq_puts(m, " 0 0\n");
}

static long show_stat(struct vz_ve *ve, void *arg0, void *arg1, void *arg2, unsigned long body)
{
	struct seq_file *m = arg0;
	unsigned int i, cpus, running, blocked;
	struct timespec64 boottime;
	struct vz_cputime time;

	vz_cputime_read(ve, &time);
	cpus = min(READ_ONCE(ve->machine.cpus), nr_cpu_ids);
	getboottime64(&boottime);
	timens_sub_boottime(&boottime);
	vz_machine_running(ve, &running, &blocked);
	seq_puts(m, "cpu ");
	put_times(m, &time);
	for (i = 0; i < cpus; i++) {
		seq_put_decimal_ull(m, "cpu", i);
		vz_cputime_share(ve, i, &time);
		put_times(m, &time);
	}
	seq_printf(m, "intr 0\nctxt 0\nbtime %lld\nprocesses %lu\nprocs_running %u\n"
		   "procs_blocked %u\nsoftirq 0 0 0 0 0 0 0 0 0 0 0\n",
		   boottime.tv_sec, atomic_long_read(&ve->forks), running, blocked);
	return 0;
}
VZ_VIEW(vz_view_stat, show_stat);

static void put_seconds(struct seq_file *m, const char *before, u64 usec)
{
	u32 rest;
	u64 seconds = div_u64_rem(usec, USEC_PER_SEC, &rest);

	seq_put_decimal_ull(m, before, seconds);
	vz_view_hundredths(m, rest / (USEC_PER_SEC / 100));
}

static long show_uptime(struct vz_ve *ve, void *arg0, void *arg1, void *arg2, unsigned long body)
{
	struct vz_cputime time;

	vz_cputime_read(ve, &time);
	put_seconds(arg0, "", div_u64(vz_machine_uptime(ve), NSEC_PER_USEC));
	put_seconds(arg0, " ", time.usec[VZ_CPU_IDLE]);
	seq_putc(arg0, '\n');
	return 0;
}
VZ_VIEW(vz_view_uptime, show_uptime);
