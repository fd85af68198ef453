// SPDX-License-Identifier: GPL-2.0-only
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <net/genetlink.h>

#include "charge/charge.h"
#include "hook.h"
#include "ledger.h"
#include "mm.h"
#include "netlink.h"
#include "procfs.h"
#include "ve.h"
#include "version.h"

static int __init vzlite_init(void)
{
	int ret;

	/* Charges take memory where such a kernel must not. */
	if (IS_ENABLED(CONFIG_PREEMPT_RT)) {
		pr_err("not for kernels with PREEMPT_RT\n");
		return -EOPNOTSUPP;
	}
	ret = vz_ledger_init();
	if (ret)
		return ret;
	ret = vz_mm_init();
	if (ret)
		goto err_ledger;
	ret = vz_hook_init();
	if (ret)
		goto err_mm;
	ret = vz_ve_init();
	if (ret)
		goto err_hook;
	ret = vz_address_init();
	if (ret)
		goto err_ve;
	ret = vz_procfs_init();
	if (ret)
		goto err_address;
	ret = vz_netlink_init();
	if (ret)
		goto err_procfs;
	pr_info("version " VZLITE_VERSION " loaded\n");
	return 0;

err_procfs:
	vz_procfs_exit();
err_address:
	vz_address_exit();
err_ve:
	vz_ve_exit();
err_hook:
	vz_hook_exit();
err_mm:
	vz_mm_exit();
err_ledger:
	vz_ledger_exit();
	return ret;
}

static void __exit vzlite_exit(void)
{
	/* Not even rmmod -f takes from VEs, and who else holds the module, what they use: it waits
	 * for their end. Less than 0 is what there is without force. */
	while (module_refcount(THIS_MODULE) > 0)
		schedule_timeout_idle(HZ / 10);
	vz_netlink_exit();
	vz_procfs_exit();
	vz_address_exit();
	vz_ve_exit();
	vz_hook_exit();
	/* Who put the module from a callback of ours is on its way out (charge/lock.c). */
	synchronize_rcu_tasks();
	vz_mm_exit();
	vz_ledger_exit();
}

module_init(vzlite_init);
module_exit(vzlite_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Per-VE beancounters: accounting and limits for virtual environments");
MODULE_VERSION(VZLITE_VERSION);
MODULE_INFO(build, VZLITE_BUILD);
MODULE_ALIAS_GENL_FAMILY(VZLITE_GENL_NAME);
