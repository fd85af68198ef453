// SPDX-License-Identifier: GPL-2.0-or-later
#include "adopted.h"
#include "command.h"
#include "error.h"
#include "lock.h"
#include "options.h"
#include "state.h"
#include "ve.h"

int cmd_start(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "wait", no_argument, NULL, 'w' },
		{ "force", no_argument, NULL, 'f' },
		{ }
	};
	cleanup_config struct config c;
	cleanup_lock int lock = -1;
	struct start_options o = { .lock = &lock };
	uint32_t ctid;
	int opt, status;

	config_init(&c, 0);
	while ((opt = option_next(argc, argv, "", longs)) != -1) {
		if (opt == '?')
			return EXIT_BAD_OPTION;
		*(opt == 'w' ? &o.wait : &o.force) = true;
	}
	status = option_ve(argc, argv, &ctid, &lock);
	if (!status)
		status = config_load(&c, ctid);
	if (!status && c.adopted)
		status = adopted_refuse(ctid);
	return status ? status : ve_start(&c, &o);
}
