// SPDX-License-Identifier: GPL-2.0-only
/* Rows of functions in modules, which may come after us. */
#include <linux/module.h>
#include <linux/notifier.h>
#include <linux/workqueue.h>

#include "hook.h"
#include "symbol.h"
#include "ve.h"

#define ROWS_MAX 6	/* of one module; they stand or fall together */

/* Those of @anchor, by their order in the table. */
static unsigned int rows_of(const struct vz_anchor *anchor, struct vz_hook *rows[ROWS_MAX])
{
	unsigned int i, count = 0;

	for (i = 0; i < vz_hook_count; i++) {
		if (vz_hooks[i].anchor == anchor && !WARN_ON_ONCE(count == ROWS_MAX))
			rows[count++] = &vz_hooks[i];
	}
	return count;
}

static void rows_failed(struct vz_hook *rows[], unsigned int count, bool failed)
{
	while (count--)
		WRITE_ONCE(rows[count]->failed, failed);
}

/* 0; -ENOENT: the module is not there; -ENOMEM; -ENOEXEC: one has no function. */
static int anchor_take(struct vz_anchor *anchor, struct vz_hook *rows[], unsigned int count)
{
	struct vz_symbol symbols[ROWS_MAX] = {};
	void *address;
	unsigned int i;
	int ret;

	if (anchor->held)
		return 0;
	/* NULL, too, while the module's init runs: then we hear of its end. */
	address = __symbol_get(anchor->name);
	if (!address)
		return -ENOENT;
	for (i = 0; i < count; i++)
		symbols[i].name = rows[i]->function;
	ret = vz_symbols_find((unsigned long)address, symbols, count);
	for (i = 0; !ret && i < count; i++) {
		if (vz_hook_resolve(rows[i], &symbols[i])) {
			vz_hook_warn_unresolved(rows[i]);
			ret = -ENOEXEC;
		}
	}
	/* Before a handler of theirs can run. */
	WRITE_ONCE(anchor->address, address);
	anchor->held = true;
	return ret == -ENOENT ? -ENOEXEC : ret;
}

void vz_anchor_release(struct vz_anchor *anchor)
{
	struct vz_hook *rows[ROWS_MAX];
	unsigned int i, count = rows_of(anchor, rows);

	for (i = 0; i < count; i++) {
		if (rows[i]->installed || rows[i]->stuck)
			return;
	}
	if (anchor->held && anchor->stop)
		anchor->stop();
	for (i = 0; i < count; i++)
		vz_hook_forget(rows[i]);
	if (anchor->held)
		__symbol_put(anchor->name);
	anchor->held = false;
}

static void anchor_install(struct vz_anchor *anchor)
{
	struct vz_hook *rows[ROWS_MAX];
	unsigned int i, count = rows_of(anchor, rows);
	int ret = anchor_take(anchor, rows, count);

	for (i = 0; !ret && i < count; i++)
		ret = vz_hook_install(rows[i]);
	/* Those that charge come last: nothing is charged yet. */
	while (ret && i--)
		vz_hook_remove(rows[i]);
	if (ret)
		vz_anchor_release(anchor);
	rows_failed(rows, count, ret && ret != -ENOENT);
	/* Memory, or who is changing a function, may be out of the way the next time. */
	anchor->error = ret == -ENOENT || ret == -ENOMEM || ret == -EAGAIN ? 0 : ret;
}

void vz_anchors_install(bool anew)
{
	struct vz_anchor *last = NULL;
	unsigned int i;

	for (i = 0; i < vz_hook_count; i++) {
		if (!vz_hooks[i].anchor || vz_hooks[i].anchor == last)
			continue;
		last = vz_hooks[i].anchor;
		if (anew || !last->error)
			anchor_install(last);
	}
}

static void install(struct work_struct *work)
{
	mutex_lock(&vz_registry_mutex);
	if (vz_hooks_installed())
		vz_anchors_install(true);
	mutex_unlock(&vz_registry_mutex);
}
static DECLARE_WORK(install_work, install);

/* The module's load goes on meanwhile; what it does until then is not seen. */
static int notify(struct notifier_block *block, unsigned long state, void *module)
{
	if (state == MODULE_STATE_LIVE)
		queue_work(vz_workqueue, &install_work);
	return NOTIFY_DONE;
}
static struct notifier_block notifier = { .notifier_call = notify };

int vz_anchors_init(void)
{
	return register_module_notifier(&notifier);
}

void vz_anchors_exit(void)
{
	unregister_module_notifier(&notifier);
	cancel_work_sync(&install_work);
}
