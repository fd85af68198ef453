/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's own text of each host CPU in /proc/cpuinfo, kept for all VEs: to print a
 * hundred names of flags is what that file costs. It is at most VZ_MACHINE_FRESH old, like
 * all that is kept (machine.h), and whole: so are "cpu MHz", and what a change of microcode
 * or of a CPU's siblings brings. Who finds it older has the kernel print it.
 *
 * There is one text a host CPU, however many VEs there are: about 2 KB, as long as views are
 * hooked. Readers take no lock; of those who bring a new text at once one is kept. The old
 * ones are freed by RCU.
 */
#ifndef VZLITE_CPUTEXT_H
#define VZLITE_CPUTEXT_H

#include <linux/seq_file.h>
#include <linux/types.h>

/* Print what is kept of @cpu, or let @m overflow. False: it is too old, or nothing is kept.
 * Any context of its own. */
bool vz_cputext_show(struct seq_file *m, unsigned int cpu);

/* Keep what the kernel has printed into @m since @start, unless that is cut. @began: 64-bit
 * jiffies, before it printed. When memory is short nothing is kept. Sleeps. */
void vz_cputext_keep(struct seq_file *m, size_t start, unsigned int cpu, u64 began);

/* Free them. Who still reads may yet bring one, until replacements are drained
 * (hook_replace.h). */
void vz_cputext_forget(void);

#endif
