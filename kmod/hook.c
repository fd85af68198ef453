// SPDX-License-Identifier: GPL-2.0-only
#include <linux/delay.h>
#include <linux/module.h>
#include <linux/stringify.h>

#include "hook.h"
#include "hook_direct.h"
#include "hook_group.h"
#include "hook_probe.h"
#include "hook_replace.h"
#include "symbol.h"
#include "view/view.h"

#ifdef VZ_DIRECT_SUPPORTED
static bool direct = true;
#else
static bool direct;
#endif
module_param(direct, bool, 0444);
MODULE_PARM_DESC(direct, "call hooks directly where possible (default); else through ftrace_ops");

/* Where a refusal leads. Plain returns: see "Unload" in hook.h. Long, for functions
 * that return a pointer or a long, too. */
#define REFUSAL(error) \
static noinline long refuse_##error(void) { return -error; }

REFUSAL(EPERM)
REFUSAL(EAGAIN)
REFUSAL(EINVAL)
REFUSAL(ENFILE)
REFUSAL(ENOBUFS)
REFUSAL(ENOLCK)
REFUSAL(ENOSPC)
REFUSAL(EAFNOSUPPORT)
REFUSAL(EOPNOTSUPP)
REFUSAL(ENOMEM)
static noinline long refuse_false(void) { return false; }
static noinline long refuse_true(void) { return true; }

static const struct {
	int error;
	long (*function)(void);
} refusals[] = {
	{ -EAGAIN, refuse_EAGAIN },
	{ -EINVAL, refuse_EINVAL },
	{ -ENFILE, refuse_ENFILE },
	{ -ENOBUFS, refuse_ENOBUFS },
	{ -ENOLCK, refuse_ENOLCK },
	{ -ENOSPC, refuse_ENOSPC },
	{ -EAFNOSUPPORT, refuse_EAFNOSUPPORT },
	{ -EOPNOTSUPP, refuse_EOPNOTSUPP },
	{ -EPERM, refuse_EPERM },
	{ VZ_REFUSE_FALSE, refuse_false },
	{ VZ_REFUSE_TRUE, refuse_true },
	{ VZ_REFUSE_NULL, refuse_false },
	{ -ENOMEM, refuse_ENOMEM },
};

#ifdef VZ_DIRECT_SUPPORTED
/* The end of a direct stub whose handler refused; its return address is on top of
 * the stack, then that of the function's caller. */
asm(".pushsection .text, \"ax\", @progbits\n\t"
    ".type vz_hook_direct_refused, @function\n"
    "vz_hook_direct_refused:\n\t"
    /* An unwinder looks a return address up one byte before. */
    "nop\n\t"
    ASM_RET
    ".size vz_hook_direct_refused, . - vz_hook_direct_refused\n\t"
    ".type vz_hook_direct_refuse, @function\n\t"
    ".globl vz_hook_direct_refuse\n"
    "vz_hook_direct_refuse:\n\t"
    "cltq\n\t"
    "cmpq $" __stringify(VZ_REFUSE_NULL) ", %rax\n\t"
    "jne 1f\n\t"
    "xorl %eax, %eax\n"
    "1:\n\t"
    "leaq vz_hook_direct_refused + 1(%rip), %r11\n\t"
    "movq %r11, (%rsp)\n\t"
    ASM_RET
    ".size vz_hook_direct_refuse, . - vz_hook_direct_refuse\n\t"
    ".popsection\n");
#endif

#define ARGUMENT(n) ((void *)ftrace_regs_get_argument(fregs, n))

void vz_hook_call(struct vz_hook *hook, unsigned long ip, unsigned long parent_ip,
		  struct ftrace_regs *fregs)
{
	void *arg3 = hook->flags & VZ_HOOK_CALLER ? (void *)parent_ip :
		     hook->flags & VZ_HOOK_REPLACES ? (void *)(ip + MCOUNT_INSN_SIZE) : ARGUMENT(3);
	int i, error = hook->handler(ARGUMENT(0), ARGUMENT(1), ARGUMENT(2), arg3, ARGUMENT(4),
				     ARGUMENT(5));

	if (likely(!error) || !(hook->flags & (VZ_HOOK_REFUSES | VZ_HOOK_REPLACES)))
		return;
	if (hook->flags & VZ_HOOK_REPLACES) {
		ftrace_regs_set_instruction_pointer(fregs, (unsigned long)hook->thunk);
		return;
	}
	for (i = 0; i < ARRAY_SIZE(refusals) - 1 && refusals[i].error != error; i++)
		;
	WARN_ON_ONCE(refusals[i].error != error);
	ftrace_regs_set_instruction_pointer(fregs, (unsigned long)refusals[i].function);
}

static void call_handler(unsigned long ip, unsigned long parent_ip, struct ftrace_ops *ops,
			 struct ftrace_regs *fregs)
{
	vz_hook_call(container_of(ops, struct vz_hook, ops), ip, parent_ip, fregs);
}

/* So long, for each hook, a start of a VE waits, with the mutex held. */
#define REGISTER_PATIENCE HZ

static struct vz_hook_way way_of(const struct vz_hook *hook, bool directly)
{
	if (directly)
		return (struct vz_hook_way){ .direct = (unsigned long)hook->direct };
	return (struct vz_hook_way){
		.function = call_handler,
		.flags = VZ_WAY_FLAGS(hook->flags & (VZ_HOOK_REFUSES | VZ_HOOK_REPLACES)),
	};
}

int vz_hook_resolve(struct vz_hook *hook, const struct vz_symbol *symbol)
{
	if (!symbol->count)
		return -ENOENT;
	hook->divided = symbol->count > 1 || (hook->flags & VZ_HOOK_LOCAL && symbol->twin);
	if (hook->divided)
		return -ENOTUNIQ;
	hook->resolved = symbol->name;
	hook->address = symbol->address;
	return 0;
}

/* What ftrace has written into the ops is no start for anything else: with the flag of a
 * trampoline of its own, once freed, ftrace would free that of a direct call. */
static void ops_forget(struct ftrace_ops *ops)
{
	ftrace_free_filter(ops);
	memset(ops, 0, sizeof(*ops));
}

/* ftrace broke down, which it does for good: the kernel goes on with our ops, and calls us. */
static void hook_stick(struct vz_hook *hook)
{
	hook->stuck = true;
	__module_get(THIS_MODULE);
}

void vz_hook_forget(struct vz_hook *hook)
{
	if (hook->stuck)
		return;
	ops_forget(&hook->ops);
	hook->resolved = NULL;
	hook->divided = false;
}

static int ops_register_once(struct ftrace_ops *ops, unsigned long *addresses,
			     unsigned int count, const struct vz_hook_way *way)
{
	/* An ops without a filter would be called for every function there is. */
	int ret = ftrace_set_filter_ips(ops, addresses, count, 0, 1);

	if (ret) {
		ops_forget(ops);
		return ret;
	}
	if (way->direct) {
		ret = vz_register_direct(ops, way->direct);
	} else {
		ops->func = way->function;
		ops->flags |= way->flags;
		ret = register_ftrace_function(ops);
	}
	if (!ret)
		return 0;
	/* So it is only when ftrace broke down meanwhile: then it keeps the ops' trampoline, by
	 * the ops. */
	if (ops->flags & FTRACE_OPS_FL_ENABLED)
		return -ENOTRECOVERABLE;
	/* It was in ftrace's list for a moment, and who goes through that may be at it still. */
	synchronize_rcu();
	ops_forget(ops);
	return ret;
}

int vz_hook_ops_register(struct ftrace_ops *ops, unsigned long *addresses, unsigned int count,
			 const struct vz_hook_way *way)
{
	/* A BPF program has the function, and its trampoline is being changed. */
	int ret = ops_register_once(ops, addresses, count, way);
	/* From now on: the first may have waited for whoever holds ftrace's locks. */
	unsigned long end = jiffies + REGISTER_PATIENCE;

	while (ret == -EAGAIN && time_before(jiffies, end)) {
		msleep(1);
		ret = ops_register_once(ops, addresses, count, way);
	}
	return ret;
}

int vz_hook_ops_unregister(struct ftrace_ops *ops, const struct vz_hook_way *way)
{
	int ret;

	if (way->direct)
		return vz_unregister_direct(ops, way->direct);
	ret = unregister_ftrace_function(ops);
	if (!ret)
		ops_forget(ops);
	return ret;
}

int vz_hook_register(struct vz_hook *hook, bool directly)
{
	struct vz_hook_way way = way_of(hook, directly);
	int ret;

	if (hook->stuck)
		return -ENOTRECOVERABLE;
	if (!hook->resolved)
		return -ENOENT;
	ret = vz_hook_ops_register(&hook->ops, &hook->address, 1, &way);
	if (ret == -ENOTRECOVERABLE)
		hook_stick(hook);
	hook->is_direct = directly && !ret;
	return ret;
}

int vz_hook_unregister(struct vz_hook *hook)
{
	struct vz_hook_way way = way_of(hook, hook->is_direct);
	int ret = vz_hook_ops_unregister(&hook->ops, &way);

	if (WARN_ON_ONCE(ret))
		hook_stick(hook);
	else
		hook->is_direct = false;
	return ret;
}

int vz_hook_install(struct vz_hook *hook)
{
	int ret = -EOPNOTSUPP;

	if (hook->installed)
		return 0;
	if (!hook->resolved)
		return -ENOENT;
	if (direct)
		ret = vz_hook_register(hook, true);
	if (ret && ret != -ENOMEM && !hook->stuck)
		ret = vz_hook_probe(false) ?: vz_hook_register(hook, false);
	if (ret) {
		pr_warn("cannot hook %s: error %d\n", hook->resolved ?: hook->function, ret);
		return ret;
	}
	hook->installed = true;
	return 0;
}

void vz_hook_remove(struct vz_hook *hook)
{
	if (!hook->installed || hook->stuck)
		return;
	if (hook->in_group)
		vz_group_remove();
	else if (!vz_hook_unregister(hook))
		hook->installed = false;
}

int vz_hook_init(void)
{
	int ret;

	BUILD_BUG_ON(VZ_COUNTERS > VZ_VIEW_FIRST);
	BUILD_BUG_ON(VZ_VIEW_FIRST + VZ_VIEW_COUNT > VZ_EVENT_END);
	ret = vz_hook_probe_symbols();
	if (ret)
		return ret;
#ifndef VZ_DIRECT_SUPPORTED
	direct = false;
#endif
	if (direct) {
		ret = vz_hook_probe(true);
		/* Memory may be there the next time. */
		if (!ret || ret == -ENOMEM)
			return ret;
		direct = false;
	}
	ret = vz_hook_probe(false);
	/* To fail would free what ftrace keeps. */
	return vz_hook_probe_stuck() ? 0 : ret;
}

void vz_hook_exit(void)
{
	unsigned int i = vz_hook_count;

	vz_hooks_remove();
	while (i--) {
		/* Better a hanging rmmod than a call into freed memory. */
		while (vz_hooks[i].installed || vz_hooks[i].stuck)
			ssleep(3600);
		vz_hook_forget(&vz_hooks[i]);
	}
	while (vz_hook_pinned() || vz_hook_probe_stuck())
		ssleep(3600);
	vz_replaced_drain();
	/* Once more: the last of them may have brought it back. */
	vz_view_forget();
}
