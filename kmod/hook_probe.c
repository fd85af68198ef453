// SPDX-License-Identifier: GPL-2.0-only
/* The only object of the module that is compiled traceable (see Kbuild). */
#include <linux/ftrace.h>
#include <linux/module.h>

#include "hook.h"
#include "hook_direct.h"
#include "hook_probe.h"
#include "symbol.h"

enum { PASSED = 0x76, REFUSED };

/* Not static, or a compiler may leave out arguments that are always the same. */
long vzlite_probe_target(long argument, long b, long c, long d, long e, long f);

noinline __noclone long vzlite_probe_target(long argument, long b, long c, long d,
						   long e, long f)
{
	long ret = argument + 10 * b + 100 * c + 1000 * d + 10000 * e + 100000 * f;

	/* Nothing of this may be known to the callers, or they skip the call. */
	barrier_data(&argument);
	OPTIMIZER_HIDE_VAR(ret);
	return ret;
}

/* What gcc would call a part of it that it makes a function. */
void vzlite_probe_twin(void) __asm__("vzlite_probe_target.part.0");

noinline __noclone __used void vzlite_probe_twin(void)
{
	barrier();
}

VZ_HANDLER(vz_hook_probe_handler);

notrace VZ_HANDLER(vz_hook_probe_handler)
{
	return arg0 == (void *)REFUSED && arg5 == (void *)1 ? -ENOMEM : 0;
}

void vz_hook_probe_handler_direct(void);
VZ_REFUSER(vz_hook_probe_handler, 6);

static struct vz_hook probe = {
	.function = "vzlite_probe_target",
	.handler = vz_hook_probe_handler,
	.direct = vz_hook_probe_handler_direct,
	.flags = VZ_HOOK_REFUSES,
};

static bool pinned;

static int probe_resolve(void)
{
	const struct vz_symbol target = {
		.name = probe.function,
		.address = (unsigned long)vzlite_probe_target + VZ_SYMBOL_ENTRY,
		.count = 1,
	};

	return vz_hook_resolve(&probe, &target);
}

/* The target as it is, or as it is hooked. */
static bool target_works(bool hooked)
{
	return vzlite_probe_target(PASSED, 5, 4, 3, 2, 1) == PASSED + 123450 &&
	       vzlite_probe_target(REFUSED, 5, 4, 3, 2, 1) ==
	       (hooked ? -ENOMEM : REFUSED + 123450);
}

int vz_hook_probe(bool direct)
{
	static bool passed[2];
	bool before, during, after;
	int ret;

	if (passed[direct])
		return 0;
	/* A pin is the row in place, not called directly. */
	if (pinned)
		return !direct && target_works(true) ? 0 : -ENOTRECOVERABLE;
	before = target_works(false);
	ret = probe_resolve() ?: vz_hook_register(&probe, direct);
	if (ret) {
		vz_hook_forget(&probe);
		if (ret != -ENOMEM)
			pr_warn("ftrace %s is not usable on this kernel: error %d%s\n",
				direct ? "calling directly" : "with redirection", ret,
				ret == -EBUSY ? " (is kernel.ftrace_enabled 0?)" : "");
		return ret;
	}
	during = target_works(true);
	vz_hook_unregister(&probe);
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

int vz_hook_probe_symbols(void)
{
	struct vz_symbol target = { .name = probe.function };
	int ret = vz_symbols_find((unsigned long)vzlite_probe_target, &target, 1);

	if (!ret && (target.address != (unsigned long)vzlite_probe_target + VZ_SYMBOL_ENTRY ||
		     target.count != 1 || !target.twin))
		ret = -ENOTRECOVERABLE;
	/* Memory may be there the next time. */
	if (ret && ret != -ENOMEM)
		pr_err("functions are not found by their names on this kernel: error %d (%u%s)\n", ret,
		       target.count, target.twin ? ", divided" : "");
	return ret;
}

int vz_hook_pin(void)
{
	int ret;

	if (pinned)
		return 0;
	ret = probe_resolve() ?: vz_hook_register(&probe, false);
	if (ret)
		vz_hook_forget(&probe);
	else
		pinned = true;
	return ret;
}

void vz_hook_unpin(void)
{
	if (!pinned || probe.stuck)
		return;
	/* The last that goes: that ftrace broke down before it is often seen here only. */
	if (vz_hook_unregister(&probe))
		return;
	vz_hook_forget(&probe);
	pinned = false;
}

bool vz_hook_pinned(void)
{
	return pinned;
}

bool vz_hook_probe_stuck(void)
{
	return probe.stuck;
}
