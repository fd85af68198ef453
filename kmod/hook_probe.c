// SPDX-License-Identifier: GPL-2.0-only
/* The only object of the module that is compiled traceable (see Kbuild). */
#include <linux/ftrace.h>
#include <linux/module.h>

#include "hook.h"
#include "hook_direct.h"
#include "hook_probe.h"

enum { PASSED = 0x76, REFUSED };

static noinline __noclone long vzlite_probe_target(unsigned long argument, unsigned long other)
{
	long ret = argument + other;

	/* Nothing of this may be known to the callers, or they skip the call. */
	barrier_data(&argument);
	OPTIMIZER_HIDE_VAR(ret);
	return ret;
}

int vz_hook_probe_handler(void *argument, void *other);

int notrace vz_hook_probe_handler(void *argument, void *other)
{
	return argument == (void *)REFUSED && other == (void *)1 ? -ENOMEM : 0;
}

void vz_hook_probe_handler_direct(void);
VZ_DIRECT(vz_hook_probe_handler, 2);

static struct vz_hook probe = {
	.function = "vzlite_probe_target",
	.handler = vz_hook_probe_handler,
	.direct = vz_hook_probe_handler_direct,
	.flags = VZ_HOOK_REFUSES,
};

/* The target as it is, or as it is hooked. */
static bool target_works(bool hooked)
{
	return vzlite_probe_target(PASSED, 1) == PASSED + 1 &&
	       vzlite_probe_target(REFUSED, 1) == (hooked ? -ENOMEM : REFUSED + 1);
}

int vz_hook_probe(bool direct)
{
	static bool passed[2];
	bool before, during, after;
	int ret;

	if (passed[direct])
		return 0;
	before = target_works(false);
	ret = vz_hook_resolve(&probe) ?: vz_hook_register(&probe, direct);
	if (ret) {
		vz_hook_forget(&probe);
		pr_warn("ftrace %s is not usable on this kernel: error %d\n",
			direct ? "calling directly" : "with redirection", ret);
		return ret;
	}
	during = target_works(true);
	WARN_ON(vz_hook_unregister(&probe));
	vz_hook_forget(&probe);
	after = target_works(false);

	if (!before || !during || !after) {
		pr_err("ftrace %s does not work on this kernel (%d %d %d)\n",
		       direct ? "calling directly" : "with redirection", before, during, after);
		return -ENOTRECOVERABLE;
	}
	passed[direct] = true;
	return 0;
}
