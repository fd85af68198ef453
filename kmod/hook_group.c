// SPDX-License-Identifier: GPL-2.0-only
#include <linux/slab.h>
#include <linux/sort.h>

#include "hook.h"
#include "hook_group.h"
#include "hook_probe.h"
#include "symbol.h"

static struct ftrace_ops group;
/* By their addresses. Not written while the group is registered, or fails to be: then it is in
 * ftrace's list for a moment, too. */
static struct vz_hook **rows;
static unsigned int count;

/* @ip is where the instruction begins that ftrace has patched, in which the row's address lies. */
static struct vz_hook *row_at(unsigned long ip)
{
	unsigned int low = 0, high = count;

	while (low < high) {
		unsigned int middle = (low + high) / 2;

		if (rows[middle]->address < ip)
			low = middle + 1;
		else
			high = middle;
	}
	return low < count && rows[low]->address - ip <= VZ_SYMBOL_ENTRY ? rows[low] : NULL;
}

static void call_row(unsigned long ip, unsigned long parent_ip, struct ftrace_ops *ops,
		     struct ftrace_regs *fregs)
{
	struct vz_hook *hook = row_at(ip);

	if (likely(hook))
		vz_hook_call(hook, ip, parent_ip, fregs);
}

static const struct vz_hook_way way = {
	.function = call_row,
	.flags = VZ_WAY_FLAGS(true),
};

static int compare(const void *a, const void *b)
{
	const struct vz_hook *const *one = a, *const *other = b;

	return (*one)->address < (*other)->address ? -1 : (*one)->address > (*other)->address;
}

/* Those that are to be in the group. */
static int gather(unsigned long resources)
{
	unsigned int i;

	rows = kmalloc_array(vz_hook_count, sizeof(*rows), GFP_KERNEL);
	if (!rows)
		return -ENOMEM;
	count = 0;
	for (i = 0; i < vz_hook_count; i++) {
		struct vz_hook *hook = &vz_hooks[i];

		if (hook->flags & VZ_HOOK_SELDOM && hook->resolved && !hook->installed &&
		    !hook->stuck && hook->resources & resources)
			rows[count++] = hook;
	}
	sort(rows, count, sizeof(*rows), compare, NULL);
	return count > 1 ? 0 : -ENOENT;
}

/* ftrace keeps the group, and the module. */
static void stick(void)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		rows[i]->stuck = true;
	__module_get(THIS_MODULE);
}

static void forget(void)
{
	kfree(rows);
	rows = NULL;
	count = 0;
}

static int group_register(void)
{
	unsigned long *addresses = kmalloc_array(count, sizeof(*addresses), GFP_KERNEL);
	unsigned int i;
	int ret;

	if (!addresses)
		return -ENOMEM;
	for (i = 0; i < count; i++)
		addresses[i] = rows[i]->address;
	ret = vz_hook_ops_register(&group, addresses, count, &way);
	kfree(addresses);
	return ret;
}

void vz_group_remove(void)
{
	unsigned int i;

	if (!rows || rows[0]->stuck)
		return;
	if (WARN_ON_ONCE(vz_hook_ops_unregister(&group, &way))) {
		stick();
		return;
	}
	for (i = 0; i < count; i++) {
		rows[i]->installed = false;
		rows[i]->in_group = false;
	}
	forget();
}

int vz_group_install(unsigned long resources)
{
	unsigned int i;
	int ret;

	/* One whose resource has been lost since then goes, and the others come anew. */
	for (i = 0; rows && i < count; i++) {
		if (!(rows[i]->resources & resources))
			vz_group_remove();
	}
	if (rows)
		return 0;
	ret = vz_hook_probe(false) ?: gather(resources);
	if (!ret) {
		ret = group_register();
		if (ret == -ENOTRECOVERABLE) {
			stick();
			return ret;
		}
	}
	if (ret) {
		forget();
		return ret;
	}
	for (i = 0; i < count; i++) {
		rows[i]->installed = true;
		rows[i]->in_group = true;
	}
	return 0;
}
