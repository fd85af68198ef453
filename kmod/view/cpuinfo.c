// SPDX-License-Identifier: GPL-2.0-only
/*
 * /proc/cpuinfo: the kernel's own text for the CPUs that the VE has (machine.h), with
 *
 *   processor       renumbered from 0
 *   siblings, cpu cores   those of the VE's CPUs that are in the same package
 *   all the others  of the host's CPU that it is, "cpu MHz" up to VZ_MACHINE_FRESH old
 *                   (cputext.h)
 *
 * /sys/devices/system/cpu/online, present: the VE's, by the host's numbers, as those are that
 * sched_setaffinity(2) takes, that the directories cpuN have, and that sched_getcpu() and rseq
 * give. By these programs size arrays, too: possible stays the host's.
 *
 * sched_getaffinity(2), by which nproc, musl, Go and others count: of the host's CPUs that
 * the task may run on as many as the VE has, these first. They keep the host's numbers, so
 * that what was got can be set; who does that stays on these. A cpuset alone changes
 * nothing: it is in the kernel's answer.
 */
#include <linux/cpumask.h>
#include <linux/device.h>
#include <linux/jiffies.h>
#include <linux/seq_file.h>
#include <linux/string.h>
#include <linux/sysfs.h>
#include <linux/topology.h>
#include <asm/processor.h>

#include "cputext.h"
#include "machine.h"
#include "view.h"

/* The VE's number of the host's CPU @cpu, or -1. */
static int renumbered(const struct vz_machine *machine, unsigned int cpu)
{
	unsigned int i, n = 0;

	if (!cpumask_test_cpu(cpu, machine->mask))
		return -1;
	for_each_cpu(i, machine->mask) {
		if (i >= cpu)
			break;
		n++;
	}
	return n < READ_ONCE(machine->cpus) ? n : -1;
}

/* Make the number at @at, which a newline follows, @most at most. */
static void cut_number(struct seq_file *m, char *at, unsigned int most)
{
	char *end = m->buf + m->count, *rest;
	char number[12];
	size_t n;

	if (simple_strtoul(at, &rest, 10) <= most)
		return;
	n = scnprintf(number, sizeof(number), "%u", most);
	/* Not longer than the greater one that it replaces. */
	memcpy(at, number, n);
	if (at + n == rest)
		return;
	memmove(at + n, rest, end - rest);
	m->count -= rest - (at + n);
}

/* How many of the VE's CPUs are in the package of @cpu, and of how many cores they are: UINT_MAX
 * when it has all of it, and the kernel's figures stand. */
static void count_package(const struct vz_machine *machine, unsigned int cpu,
			  unsigned int *siblings, unsigned int *cores)
{
	const struct cpumask *package = topology_core_cpumask(cpu);
	unsigned int i;

	*siblings = *cores = cpumask_subset(package, machine->mask) ? UINT_MAX : 0;
	if (*siblings)
		return;
	for_each_cpu_and(i, package, machine->mask) {
		(*siblings)++;
		*cores += cpumask_first_and(topology_sibling_cpumask(i), machine->mask) == i;
	}
	/* It may be changing. */
	*siblings = max(*siblings, 1U);
	*cores = max(*cores, 1U);
}

/* In what @m has got since @start. In one go: this is much of what the view costs. */
static void cut_numbers(struct seq_file *m, size_t start, unsigned int number,
			unsigned int siblings, unsigned int cores)
{
	const struct {
		const char *label;
		unsigned int most;
	} cuts[] = {		/* in the text's order */
		/* Never higher than the host's: so many CPUs of the mask come before it. */
		{ "processor\t: ", number },
		{ "siblings\t: ", siblings },
		{ "cpu cores\t: ", cores },
	}, *cut = cuts;
	char *line = m->buf + start;

	if (seq_has_overflowed(m))
		return;
	while (line && cut < cuts + ARRAY_SIZE(cuts)) {
		size_t length = strlen(cut->label);

		if (m->buf + m->count - line > length && !memcmp(line, cut->label, length))
			cut_number(m, line + length, cut++->most);
		line = memchr(line, '\n', m->buf + m->count - line);
		if (line)
			line++;
	}
}

static long show(struct vz_ve *ve, void *arg0, void *arg1, void *arg2, unsigned long body)
{
	const struct vz_machine *machine = vz_machine_of(ve);
	const struct cpuinfo_x86 *cpu = arg1;
	struct seq_file *m = arg0;
	unsigned int siblings, cores;
	size_t start = m->count;
	int number = renumbered(machine, cpu->cpu_index);
	u64 began = get_jiffies_64();
	long ret = 0;

	if (number < 0)
		return 0;
	if (!vz_cputext_show(m, cpu->cpu_index)) {
		ret = vz_hook_body(arg0, arg1, arg2, body);
		if (!ret)
			vz_cputext_keep(m, start, cpu->cpu_index, began);
	}
	count_package(machine, cpu->cpu_index, &siblings, &cores);
	cut_numbers(m, start, number, siblings, cores);
	return ret;
}
VZ_VIEW(vz_view_cpuinfo, show);

/* (device, attribute, buf) */
static long show_cpus(struct vz_ve *ve, void *arg0, void *arg1, void *arg2, unsigned long body)
{
	const struct device_attribute *attribute = arg1;
	const struct vz_machine *machine = vz_machine_of(ve);

	if (!strcmp(attribute->attr.name, "possible"))
		return vz_hook_body(arg0, arg1, arg2, body);
	return sysfs_emit(arg2, "%*pbl\n", cpumask_pr_args(machine->mask));
}
VZ_VIEW(vz_view_cpus, show_cpus);

/* (pid, cpumask) */
static long affinity(struct vz_ve *ve, void *arg0, void *arg1, void *arg2, unsigned long body)
{
	const struct vz_machine *machine = vz_machine_of(ve);
	long ret = vz_hook_body(arg0, arg1, arg2, body);

	if (!ret)
		vz_machine_cut(machine, arg1);
	return ret;
}
VZ_VIEW(vz_view_affinity, affinity);
