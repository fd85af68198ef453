// SPDX-License-Identifier: GPL-2.0-or-later
#include "adopted.h"
#include "cgroup.h"
#include "command.h"
#include "error.h"
#include "lock.h"
#include "options.h"
#include "reboot.h"
#include "state.h"
#include "ve.h"

/* What runs can be stopped, and what is left be cleared away, whatever has become of its file. */
static int load(struct config *c, uint32_t ctid)
{
	int status = config_load_partly(c, ctid);

	if (c->adopted)
		return adopted_refuse(ctid);
	if (!status || !(ve_running(ctid) || cgroup_populated(ctid) || state_exists(ctid) || reboot_marked(ctid)))
		return status;
	warn("stop %u: there is something of it: stopping it all the same", ctid);
	return 0;
}

int cmd_stop(int argc, char **argv)
{
	static const struct option longs[] = { { "fast", no_argument, NULL, 'f' }, { } };
	cleanup_config struct config c;
	cleanup_lock int lock = -1;
	bool fast = false;
	uint32_t ctid;
	int opt, status;

	config_init(&c, 0);
	while ((opt = option_next(argc, argv, "", longs)) != -1) {
		if (opt == '?')
			return EXIT_BAD_OPTION;
		fast = true;
	}
	status = option_ve(argc, argv, &ctid, &lock);
	if (!status)
		status = load(&c, ctid);
	return status ? status : ve_stop(&c, fast);
}
