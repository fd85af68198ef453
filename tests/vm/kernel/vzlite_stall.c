// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tasks named "stalled" sleep where the kernel would print cpu.max of their cgroup, until
 * "hold" is N, or they are killed: as who has no CPU time left there, but when a test wants it.
 */
#include <linux/delay.h>
#include <linux/ftrace.h>
#include <linux/module.h>
#include <linux/sched/signal.h>
#include <linux/seq_file.h>
#include <linux/string.h>

#ifndef ftrace_regs_set_instruction_pointer	/* before 6.3 */
#define ftrace_regs_set_instruction_pointer ftrace_instruction_pointer_set
#endif

static bool hold = true;
module_param(hold, bool, 0600);
MODULE_PARM_DESC(hold, "they sleep");

static int sleep(struct seq_file *m, void *v)
{
	while (READ_ONCE(hold) && !fatal_signal_pending(current))
		msleep(20);
	return 0;
}

static void lead_away(unsigned long ip, unsigned long parent_ip, struct ftrace_ops *ops,
		      struct ftrace_regs *fregs)
{
	if (!strcmp(current->comm, "stalled"))
		ftrace_regs_set_instruction_pointer(fregs, (unsigned long)sleep);
}

static struct ftrace_ops stall = {
	.func = lead_away,
	.flags = FTRACE_OPS_FL_IPMODIFY | FTRACE_OPS_FL_SAVE_REGS,
};

static int __init stall_init(void)
{
	char name[] = "cpu_max_show";
	int ret = ftrace_set_filter(&stall, name, strlen(name), 0);

	return ret ?: register_ftrace_function(&stall);
}

/* Nobody sleeps any more: the test waits for that. */
static void __exit stall_exit(void)
{
	unregister_ftrace_function(&stall);
	ftrace_free_filter(&stall);
}

module_init(stall_init);
module_exit(stall_exit);
MODULE_DESCRIPTION("stops tasks within a view of vzlite, for its tests");
MODULE_LICENSE("GPL");
