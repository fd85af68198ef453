// SPDX-License-Identifier: GPL-2.0-only
#include <linux/bitmap.h>
#include <linux/delay.h>
#include <linux/module.h>
#include <linux/string.h>

#include "hook.h"

/* The resources whose rows are all installed, for readers without the mutex. */
static DECLARE_BITMAP(enforced, VZLITE_RESOURCE_COUNT);

/* Where a refusal leads. Plain returns: see "Unload" in hook.h. */
static noinline int refuse_eagain(void)
{
	return -EAGAIN;
}

static noinline int refuse_enfile(void)
{
	return -ENFILE;
}

static noinline int refuse_enomem(void)
{
	return -ENOMEM;
}

void vz_hook_refuse(struct ftrace_regs *fregs, int error)
{
	int (*target)(void) = refuse_enomem;

	if (error == EAGAIN)
		target = refuse_eagain;
	else if (error == ENFILE)
		target = refuse_enfile;
	ftrace_regs_set_instruction_pointer(fregs, (unsigned long)target);
}

static void hook_resolve(struct vz_hook *hook)
{
	const char *names[] = { hook->newer, hook->function };
	unsigned int i;

	hook->ops.func = hook->handler;
	hook->ops.flags = FTRACE_OPS_FL_PERMANENT;
	if (hook->flags & VZ_HOOK_REDIRECTS)
		hook->ops.flags |= FTRACE_OPS_FL_IPMODIFY;

	for (i = 0; i < ARRAY_SIZE(names) && !hook->resolved; i++) {
		if (names[i] && !ftrace_set_filter(&hook->ops, (unsigned char *)names[i],
						   strlen(names[i]), 1))
			hook->resolved = names[i];
	}
	if (!hook->resolved && !(hook->flags & VZ_HOOK_OPTIONAL))
		pr_warn("this kernel has no function %s to hook\n", hook->function);
}

void vz_hooks_resolve(void)
{
	static bool done;
	unsigned int i;

	if (done)
		return;
	for (i = 0; i < vz_hook_count; i++)
		hook_resolve(&vz_hooks[i]);
	done = true;
}

static int hook_install(struct vz_hook *hook)
{
	int ret;

	if (hook->installed)
		return 0;
	if (!hook->resolved)
		return -ENOENT;
	ret = register_ftrace_function(&hook->ops);
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
	if (WARN_ON(unregister_ftrace_function(&hook->ops))) {
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

void vz_hook_exit(void)
{
	unsigned int i = vz_hook_count;

	vz_hooks_remove();
	while (i--) {
		/* Better a hanging rmmod than a call into freed memory. */
		while (vz_hooks[i].installed)
			ssleep(3600);
		if (vz_hooks[i].resolved)
			ftrace_free_filter(&vz_hooks[i].ops);
	}
}
