// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel's log is one for all, and a VE's program can have the kernel write into it, as fast
 * as it makes system calls: an option that a file system does not know (mount(2)), a link that is
 * renamed or becomes promiscuous, a port of a bridge. What others are to read there is gone
 * then, and on a slow console they wait. So of what is printed in the name of a VE's task there
 * are VZ_LINES in ten seconds of each of two sorts, errors with warnings, and what is less, or, when all
 * VEs together have written VZ_LINES_ALL, their share of these; the rest is left out, and the log
 * says how much that was. An oops or a panic is never left out, nor what is critical; a warning of
 * the kernel's about itself is where its task has filled the log before, and of the list of all
 * processes, where the host itself is out of memory, what is beyond the first 500.
 */
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/kern_levels.h>
#include <linux/mm.h>
#include <linux/preempt.h>
#include <linux/printk.h>
#include <linux/stdarg.h>

#include "hook_direct.h"
#include "host.h"
#include "ve.h"

#define VZ_LINES	500
#define VZ_LINES_ALL	5000	/* of all VEs; then each has its share */
#define VZ_LINES_LEAST	100

static struct vz_rate all[2];

/* What continues a line, or does not say, is taken for a warning. A file system's messages come
 * with theirs as the first of @arguments. */
static int level_of(int level, const char *format, va_list *arguments)
{
	const char *from = format;
	va_list copy;
	int letter;

	if (level != LOGLEVEL_DEFAULT)
		return level;
	if (format[0] == '%' && format[1] == 's') {
		va_copy(copy, *arguments);
		from = va_arg(copy, const char *);
		va_end(copy);
	}
	/* As vsnprintf() would not look there. */
	letter = (unsigned long)from < PAGE_SIZE || IS_ERR(from) ? 0 : printk_get_level(from);
	return letter >= '0' && letter <= '7' ? letter - '0' : LOGLEVEL_WARNING;
}

static bool leave_out(struct vz_printed *printed, int level)
{
	bool bad = level <= LOGLEVEL_WARNING;
	struct vz_rate *lines = &printed->lines[bad];

	if (level <= LOGLEVEL_CRIT)
		return false;
	if (vz_rate_full_of(lines, VZ_LINES, &all[bad], VZ_LINES_ALL, vz_ve_share(VZ_LINES_ALL, VZ_LINES_LEAST))) {
		atomic_inc(&printed->left_out);
		return true;
	}
	vz_rate_use(lines, 1);
	vz_rate_use(&all[bad], 1);
	return false;
}

/* (facility, level, device, format, arguments), in any context; an interrupt's is nobody's. */
VZ_HANDLER(vz_host_print)
{
	struct vz_ve *ve;
	int ret = 0;

	if (!in_task() || READ_ONCE(oops_in_progress))
		return 0;
	preempt_disable_notrace();
	ve = vz_ve_of_task(current);
	if (ve && leave_out(&ve->printed, level_of((int)(unsigned long)arg1, arg3, arg4)))
		ret = VZ_REFUSE_NULL;
	preempt_enable_notrace();
	return ret;
}
VZ_REFUSER_IF(VZ_UNLESS_HOST, vz_host_print, 5);

void vz_host_print_init(struct vz_printed *printed)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(printed->lines); i++)
		vz_rate_init(&printed->lines[i]);
	printed->told = jiffies;
}

void vz_host_print_tell(struct vz_ve *ve, bool last)
{
	struct vz_printed *printed = &ve->printed;
	int left_out;

	if (!last && time_before(jiffies, printed->told + VZ_RATE_PERIOD))
		return;
	left_out = atomic_xchg(&printed->left_out, 0);
	if (!left_out)
		return;
	printed->told = jiffies;
	pr_notice("VE %u: %d lines of the kernel's log were left out\n", ve->id, left_out);
}
