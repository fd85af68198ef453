// SPDX-License-Identifier: GPL-2.0-or-later
#include "command.h"
#include "error.h"
#include "options.h"
#include "run.h"
#include "signals.h"

int cmd_enter(int argc, char **argv)
{
	static const struct option longs[] = { { } };
	uint32_t ctid;
	int status;

	if (option_next(argc, argv, "", longs) != -1)
		return EXIT_BAD_OPTION;
	status = option_ctid(argc, argv, &ctid);
	if (!status)
		status = option_end(argc, argv);
	return status ? status : signals_repeat(ve_run(ctid, NULL));
}
