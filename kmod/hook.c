// SPDX-License-Identifier: GPL-2.0-only
#include <linux/bitmap.h>
#include <linux/delay.h>
#include <linux/module.h>
#include <linux/string.h>

#include "hook.h"
#include "hook_direct.h"
#include "hook_probe.h"

/* The resources whose rows are all installed, for readers without the mutex. */
static DECLARE_BITMAP(enforced, VZLITE_RESOURCE_COUNT);

static bool direct = IS_ENABLED(CONFIG_X86_64);
module_param(direct, bool, 0444);
MODULE_PARM_DESC(direct, "call hooks directly where possible (default); else through ftrace_ops");

/* Where a refusal leads. Plain returns: see "Unload" in hook.h. Long, for functions
 * that return a pointer or a long, too. */
#define REFUSAL(error) \
static noinline long refuse_##error(void) { return -error; }

REFUSAL(EAGAIN)
REFUSAL(ENFILE)
REFUSAL(ENOMEM)

static const struct {
	int error;
	long (*function)(void);
} refusals[] = {
	{ -EAGAIN, refuse_EAGAIN },
	{ -ENFILE, refuse_ENFILE },
	{ -ENOMEM, refuse_ENOMEM },
};

#ifdef VZ_DIRECT_SUPPORTED
/* The end of a direct stub whose handler refused; its return address is on top of
 * the stack, then that of the function's caller. */
asm(".pushsection .text, \"ax\", @progbits\n\t"
    ".type vz_hook_direct_refused, @function\n"
    "vz_hook_direct_refused:\n\t"
    ASM_RET
    ".size vz_hook_direct_refused, . - vz_hook_direct_refused\n\t"
    ".type vz_hook_direct_refuse, @function\n\t"
    ".globl vz_hook_direct_refuse\n"
    "vz_hook_direct_refuse:\n\t"
    "cltq\n\t"
    "leaq vz_hook_direct_refused(%rip), %r11\n\t"
    "movq %r11, (%rsp)\n\t"
    ASM_RET
    ".size vz_hook_direct_refuse, . - vz_hook_direct_refuse\n\t"
    ".popsection\n");
#endif

static void call_handler(unsigned long ip, unsigned long parent_ip, struct ftrace_ops *ops,
			 struct ftrace_regs *fregs)
{
	struct vz_hook *hook = container_of(ops, struct vz_hook, ops);
	int i, error = hook->handler((void *)ftrace_regs_get_argument(fregs, 0),
				     (void *)ftrace_regs_get_argument(fregs, 1));

	if (likely(!error) || WARN_ON_ONCE(!(hook->flags & VZ_HOOK_REFUSES)))
		return;
	for (i = 0; i < ARRAY_SIZE(refusals) - 1 && refusals[i].error != error; i++)
		;
	ftrace_regs_set_instruction_pointer(fregs, (unsigned long)refusals[i].function);
}

static int hook_set_filter(struct vz_hook *hook, const char *name)
{
	return ftrace_set_filter(&hook->ops, (unsigned char *)name, strlen(name), 1);
}

int vz_hook_resolve(struct vz_hook *hook)
{
	const char *names[] = { hook->newer, hook->function };
	int i, ret = -ENOENT;

	for (i = 0; i < ARRAY_SIZE(names) && !hook->resolved; i++) {
		if (!names[i])
			continue;
		ret = hook_set_filter(hook, names[i]);
		if (!ret)
			hook->resolved = names[i];
	}
	return hook->resolved ? 0 : ret;
}

void vz_hook_forget(struct vz_hook *hook)
{
	if (hook->resolved)
		ftrace_free_filter(&hook->ops);
	memset(&hook->ops, 0, sizeof(hook->ops));
	hook->resolved = NULL;
}

void vz_hooks_resolve(void)
{
	static bool done;
	unsigned int i;

	if (done)
		return;
	for (i = 0; i < vz_hook_count; i++) {
		if (vz_hook_resolve(&vz_hooks[i]) && !(vz_hooks[i].flags & VZ_HOOK_OPTIONAL))
			pr_warn("this kernel has no function %s to hook\n",
				vz_hooks[i].function);
	}
	done = true;
}

static int hook_register_direct(struct vz_hook *hook)
{
	int ret = vz_register_direct(&hook->ops, (unsigned long)hook->direct);

	if (!ret) {
		hook->is_direct = true;
		/* As for the other way; the kernel does not let us ask before. */
		hook->ops.flags |= FTRACE_OPS_FL_PERMANENT;
		return 0;
	}
	/* What it has written into the ops by then is no start for anything else. */
	ftrace_free_filter(&hook->ops);
	memset(&hook->ops, 0, sizeof(hook->ops));
	return hook_set_filter(hook, hook->resolved) ?: ret;
}

int vz_hook_register(struct vz_hook *hook, bool directly)
{
	if (directly)
		return hook_register_direct(hook);
	hook->ops.func = call_handler;
	hook->ops.flags |= FTRACE_OPS_FL_PERMANENT;
	if (hook->flags & VZ_HOOK_REFUSES)
		hook->ops.flags |= FTRACE_OPS_FL_IPMODIFY;
	return register_ftrace_function(&hook->ops);
}

int vz_hook_unregister(struct vz_hook *hook)
{
	int ret;

	if (!hook->is_direct)
		return unregister_ftrace_function(&hook->ops);
	ret = vz_unregister_direct(&hook->ops, (unsigned long)hook->direct);
	if (!ret)
		hook->is_direct = false;
	return ret;
}

static int hook_install(struct vz_hook *hook)
{
	int ret = -EOPNOTSUPP;

	if (hook->installed)
		return 0;
	if (!hook->resolved)
		return -ENOENT;
	if (direct)
		ret = vz_hook_register(hook, true);
	if (ret)
		ret = vz_hook_probe(false) ?: vz_hook_register(hook, false);
	if (ret) {
		pr_warn("cannot hook %s: error %d\n", hook->resolved, ret);
		return ret;
	}
	hook->installed = true;
	return 0;
}

static void hook_remove(struct vz_hook *hook)
{
	if (!hook->installed)
		return;
	if (WARN_ON(vz_hook_unregister(hook))) {
		/* ftrace broke down: the kernel calls us for good. */
		__module_get(THIS_MODULE);
		return;
	}
	hook->installed = false;
}

static void hooks_remove_resource(enum vzlite_resource resource)
{
	unsigned int i = vz_hook_count;

	while (i--) {
		if (vz_hooks[i].resource == resource)
			hook_remove(&vz_hooks[i]);
	}
}

/* Whether a required row of @resource has no function on this kernel. */
static bool hooks_unresolved(enum vzlite_resource resource)
{
	unsigned int i;

	for (i = 0; i < vz_hook_count; i++) {
		if (vz_hooks[i].resource == resource && !vz_hooks[i].resolved &&
		    !(vz_hooks[i].flags & VZ_HOOK_OPTIONAL))
			return true;
	}
	return false;
}

int vz_hooks_install(void)
{
	DECLARE_BITMAP(lost, VZLITE_RESOURCE_COUNT);
	DECLARE_BITMAP(wanted, VZLITE_RESOURCE_COUNT);
	unsigned int i;

	vz_hooks_resolve();
	bitmap_zero(lost, VZLITE_RESOURCE_COUNT);
	bitmap_zero(wanted, VZLITE_RESOURCE_COUNT);
	for (i = 0; i < vz_hook_count; i++) {
		struct vz_hook *hook = &vz_hooks[i];

		set_bit(hook->resource, wanted);
		if (test_bit(hook->resource, lost))
			continue;
		if (hooks_unresolved(hook->resource)) {
			set_bit(hook->resource, lost);
			continue;
		}
		if (hook_install(hook) && !(hook->flags & VZ_HOOK_OPTIONAL)) {
			set_bit(hook->resource, lost);
			hooks_remove_resource(hook->resource);
		}
	}
	bitmap_andnot(enforced, wanted, lost, VZLITE_RESOURCE_COUNT);
	return bitmap_empty(enforced, VZLITE_RESOURCE_COUNT) ? -EOPNOTSUPP : 0;
}

void vz_hooks_remove(void)
{
	unsigned int i = vz_hook_count;

	bitmap_zero(enforced, VZLITE_RESOURCE_COUNT);
	while (i--)
		hook_remove(&vz_hooks[i]);
}

bool vz_hook_enforced(enum vzlite_resource resource)
{
	return test_bit(resource, enforced);
}

const char *vz_hook_missing(enum vzlite_resource resource)
{
	bool installed = !bitmap_empty(enforced, VZLITE_RESOURCE_COUNT);
	const char *optional = NULL;
	unsigned int i;

	for (i = 0; i < vz_hook_count; i++) {
		const struct vz_hook *hook = &vz_hooks[i];

		if (hook->resource != resource)
			continue;
		if (hook->resolved && (hook->installed || !installed))
			continue;
		if (!(hook->flags & VZ_HOOK_OPTIONAL))
			return hook->function;
		/* An optional function that does not exist is not needed. */
		if (hook->resolved && !optional)
			optional = hook->function;
	}
	return optional;
}

int vz_hook_init(void)
{
	if (direct && vz_hook_probe(true))
		direct = false;
	return direct ? 0 : vz_hook_probe(false);
}

void vz_hook_exit(void)
{
	unsigned int i = vz_hook_count;

	vz_hooks_remove();
	while (i--) {
		/* Better a hanging rmmod than a call into freed memory. */
		while (vz_hooks[i].installed)
			ssleep(3600);
		vz_hook_forget(&vz_hooks[i]);
	}
}
