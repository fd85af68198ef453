// SPDX-License-Identifier: GPL-2.0-only
/* The rows of vz_hooks[] together; hook.c is one of them alone. */
#include <linux/kallsyms.h>
#include <linux/slab.h>

#include "hook.h"
#include "hook_group.h"
#include "hook_probe.h"
#include "symbol.h"
#include "view/view.h"

/* The resources whose rows are all installed, for readers without the mutex. */
static unsigned long enforced;
/* Every row was looked up, for the same. */
static bool resolved;

void vz_hook_warn_unresolved(struct vz_hook *hook)
{
	/* An optional function that does not exist is not needed. */
	if (hook->warned || (hook->flags & VZ_HOOK_OPTIONAL && !hook->divided))
		return;
	hook->warned = true;
	pr_warn("this kernel has %s function %s to hook\n",
		hook->divided ? "more than one" : "no", hook->function);
}

int vz_hooks_resolve(void)
{
	struct vz_symbol *found, *names;
	unsigned int i;
	int ret;

	if (resolved)
		return 0;
	found = kcalloc(vz_hook_count, 2 * sizeof(*found), GFP_KERNEL);
	if (!found)
		return -ENOMEM;
	for (i = 0, names = found; i < vz_hook_count; i++, names += 2) {
		if (vz_hooks[i].anchor)
			continue;
		names[0].name = vz_hooks[i].newer;
		names[1].name = vz_hooks[i].function;
	}
	ret = vz_symbols_find((unsigned long)sprint_symbol, found, 2 * vz_hook_count);
	if (ret != -ENOMEM) {
		for (i = 0, names = found; i < vz_hook_count; i++, names += 2) {
			if (!vz_hooks[i].anchor &&
			    vz_hook_resolve(&vz_hooks[i], &names[!names[0].count]))
				vz_hook_warn_unresolved(&vz_hooks[i]);
		}
		WRITE_ONCE(resolved, true);
		ret = 0;
	}
	kfree(found);
	return ret;
}

bool vz_hooks_resolved(void)
{
	return READ_ONCE(resolved);
}

/* The resources that cannot be enforced since a required row has no function on
 * this kernel. */
static unsigned long hooks_unresolved(void)
{
	unsigned long lost = 0;
	unsigned int i;

	for (i = 0; i < vz_hook_count; i++) {
		if (!vz_hooks[i].resolved && !vz_hooks[i].anchor &&
		    !(vz_hooks[i].flags & (VZ_HOOK_OPTIONAL | VZ_HOOK_ALONE)))
			lost |= vz_hooks[i].resources;
	}
	return lost;
}

static void row_remove(struct vz_hook *hook)
{
	vz_hook_remove(hook);
	if (hook->anchor)
		vz_anchor_release(hook->anchor);
}

/* Remove the rows that serve none of @resources. Each of the group does: see vz_group_install(),
 * and what is lost after that has no row in it. */
static void hooks_keep(unsigned long resources)
{
	unsigned int i = vz_hook_count;

	while (i--) {
		if (!(vz_hooks[i].resources & resources) && !vz_hooks[i].in_group)
			row_remove(&vz_hooks[i]);
	}
}

/* Install the rows that are called often, or those that are not, for what is not @lost; a required
 * one that cannot be adds to that. 0 or -ENOMEM. */
static int rows_install(unsigned int seldom, unsigned long *lost)
{
	unsigned int i;
	int ret;

	for (i = 0; i < vz_hook_count; i++) {
		struct vz_hook *hook = &vz_hooks[i];

		if (hook->anchor || (hook->flags & VZ_HOOK_SELDOM) != seldom)
			continue;
		if (!(hook->resources & ~*lost)) {
			WRITE_ONCE(hook->failed, false);
			continue;
		}
		ret = vz_hook_install(hook);
		WRITE_ONCE(hook->failed, ret && ret != -ENOMEM && hook->resolved);
		/* Memory may be there the next time: that is no lack of this kernel. */
		if (ret == -ENOMEM)
			return ret;
		if (ret && !(hook->flags & (VZ_HOOK_OPTIONAL | VZ_HOOK_ALONE)))
			*lost |= hook->resources;
	}
	return 0;
}

int vz_hooks_install(void)
{
	unsigned long wanted = 0, lost;
	unsigned int i;
	int ret;

	ret = vz_hook_pin();
	if (ret && ret != -ENOMEM) {
		/* No row was asked: it is not for the lack of one. */
		for (i = 0; i < vz_hook_count; i++)
			WRITE_ONCE(vz_hooks[i].failed, false);
		pr_warn("cannot hook: is kernel.ftrace_enabled 0?\n");
		return -EOPNOTSUPP;
	}
	ret = ret ?: vz_hooks_resolve();
	if (ret)
		return ret;
	for (i = 0; i < vz_hook_count; i++)
		wanted |= vz_hooks[i].resources;
	lost = hooks_unresolved();
	ret = rows_install(0, &lost) ?: vz_group_install(wanted & ~lost);
	/* Where they cannot be together, each may be by itself. */
	if (ret != -ENOMEM)
		ret = rows_install(VZ_HOOK_SELDOM, &lost);
	if (ret)
		return ret;
	hooks_keep(wanted & ~lost);
	WRITE_ONCE(enforced, wanted & ~lost);
	vz_anchors_install(true);
	return enforced & GENMASK(VZLITE_RESOURCE_COUNT - 1, 0) ? 0 : -EOPNOTSUPP;
}

bool vz_hooks_installed(void)
{
	return enforced;
}

bool vz_hooks_remove_newest(void)
{
	unsigned int i = vz_hook_count;

	WRITE_ONCE(enforced, 0);
	while (i--) {
		if (vz_hooks[i].installed && !vz_hooks[i].stuck) {
			row_remove(&vz_hooks[i]);
			return true;
		}
	}
	vz_view_forget();
	vz_hook_unpin();
	return false;
}

void vz_hooks_remove(void)
{
	while (vz_hooks_remove_newest())
		;
}

bool vz_hook_enforced(unsigned int resource)
{
	return READ_ONCE(enforced) & BIT(resource);
}

const char *vz_hook_missing(unsigned int resource)
{
	const char *optional = NULL;
	unsigned int i;

	for (i = 0; i < vz_hook_count; i++) {
		const struct vz_hook *hook = &vz_hooks[i];

		if (!(hook->resources & BIT(resource)) || hook->flags & VZ_HOOK_SPARES)
			continue;
		if ((hook->resolved || hook->anchor) && !READ_ONCE(hook->failed))
			continue;
		if (!(hook->flags & VZ_HOOK_OPTIONAL))
			return hook->function;
		/* An optional function that does not exist is not needed. */
		if ((hook->resolved || hook->divided) && !optional)
			optional = hook->function;
	}
	return optional;
}
