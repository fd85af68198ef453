// SPDX-License-Identifier: GPL-2.0-only
/* The only object of the module that is compiled traceable (see Kbuild). */
#include <linux/ftrace.h>
#include <linux/module.h>

#include "hook_probe.h"

static unsigned long seen;	/* the argument that the handler read */

static noinline int vzlite_probe_redirected(unsigned long argument)
{
	return argument == seen ? 2 : -1;
}

static noinline int vzlite_probe_target(unsigned long argument)
{
	int ret = argument ? 1 : 0;

	/* Nothing of this may be known to the callers, or they skip the call. */
	barrier_data(&argument);
	OPTIMIZER_HIDE_VAR(ret);
	return ret;
}

static void notrace probe_handler(unsigned long ip, unsigned long parent_ip,
				  struct ftrace_ops *op, struct ftrace_regs *fregs)
{
	seen = ftrace_regs_get_argument(fregs, 0);
	ftrace_regs_set_instruction_pointer(fregs,
					    (unsigned long)vzlite_probe_redirected);
}

static struct ftrace_ops probe_ops = {
	.func = probe_handler,
	.flags = FTRACE_OPS_FL_IPMODIFY | FTRACE_OPS_FL_PERMANENT,
};

int vz_hook_probe(void)
{
	static char name[] = "vzlite_probe_target";
	int before, during, after, ret;

	before = vzlite_probe_target(0x76);
	ret = ftrace_set_filter(&probe_ops, name, strlen(name), 1);
	if (!ret) {
		ret = register_ftrace_function(&probe_ops);
		if (ret)
			ftrace_free_filter(&probe_ops);
	}
	if (ret) {
		pr_err("ftrace is not usable on this kernel: error %d\n", ret);
		return ret;
	}
	during = vzlite_probe_target(0x77);
	WARN_ON(unregister_ftrace_function(&probe_ops));
	ftrace_free_filter(&probe_ops);
	after = vzlite_probe_target(0x78);

	if (before != 1 || during != 2 || after != 1) {
		pr_err("redirection by ftrace does not work on this kernel (%d %d %d)\n",
		       before, during, after);
		return -ENOTRECOVERABLE;
	}
	return 0;
}
