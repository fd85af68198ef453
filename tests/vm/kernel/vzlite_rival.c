// SPDX-License-Identifier: GPL-2.0-only
/*
 * Somebody who has functions to himself, as a live patch has: ftrace gives it to nobody else
 * who would change its way. So a kernel lacks these functions, for tests. With a VE's first
 * hook it must be there before.
 */
#include <linux/ftrace.h>
#include <linux/module.h>
#include <linux/string.h>

static char *function;
module_param(function, charp, 0);
MODULE_PARM_DESC(function, "one or more, with commas between");

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
	char *rest = function, *name;
	int ret = -EINVAL;

	while ((name = strsep(&rest, ","))) {
		ret = ftrace_set_filter(&rival, name, strlen(name), 0);
		if (ret)
			break;
	}

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
