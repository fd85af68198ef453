// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * release. The module forgets first, then the record goes; what runs there goes on.
 * A record that cannot be read, or is of a boot long gone, is removed all the same.
 */
#include "adopted.h"
#include "command.h"
#include "error.h"
#include "lock.h"
#include "options.h"

static int forget(uint32_t ctid)
{
	cleanup_config struct config c;
	struct module_ve ve;
	int broken, found;

	config_init(&c, ctid);
	/* Its line, if it is broken, is printed: it will not be missed. */
	broken = config_load(&c, ctid);
	if (!module_loaded_now())
		return 0;
	found = module_ve_get(ctid, &ve);
	if (found <= 0)
		return -found;
	/* Whatever boot the record names: what the module keeps, and no record names, nobody could have it
	 * let go. */
	if (broken || ve.cgroup_id == c.cgroup_id)
		return module_ve_release(ctid);
	warn("release %u: the module has another cgroup under this CTID, which it keeps", ctid);
	return 0;
}

int cmd_release(int argc, char **argv)
{
	cleanup_lock int lock = -1;
	uint32_t ctid;
	int status = option_ve_alone(argc, argv, &ctid, &lock);

	if (status)
		return status;
	if (!config_adopted(ctid))
		return config_exists(ctid) ?
		       fail(EXIT_BAD_VALUE, "release %u: is no adopted VE (vzlite destroy %u removes it)",
			    ctid, ctid) :
		       fail(EXIT_NO_CONFIG, "release %u: no such VE", ctid);
	status = forget(ctid);
	if (!status)
		status = config_remove(ctid);
	if (!status)
		adopted_forget_told(ctid);
	return status;
}
