// SPDX-License-Identifier: GPL-2.0-only
/*
 * Somebody who has a function to himself, as a live patch has: ftrace gives it to nobody else
 * who would change its way. So a kernel lacks that function, for tests. With a VE's first
 * hook it must be there before.
 */
#include <linux/ftrace.h>
#include <linux/module.h>
#include <linux/string.h>

static char *function;
module_param(function, charp, 0444);

static void leave_alone(unsigned long ip, unsigned long parent_ip, struct ftrace_ops *ops,
			struct ftrace_regs *fregs)
{
}

static struct ftrace_ops rival = {
	.func = leave_alone,
	.flags = FTRACE_OPS_FL_IPMODIFY,
};

static int __init rival_init(void)
{
	int ret = function ? ftrace_set_filter(&rival, function, strlen(function), 1) : -EINVAL;

	return ret ?: register_ftrace_function(&rival);
}

static void __exit rival_exit(void)
{
	unregister_ftrace_function(&rival);
	ftrace_free_filter(&rival);
}

module_init(rival_init);
module_exit(rival_exit);
MODULE_DESCRIPTION("takes a function from vzlite, for its tests");
MODULE_LICENSE("GPL");
