// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "command.h"
#include "config.h"
#include "error.h"
#include "options.h"
#include "run.h"
#include "signals.h"

/* By hand: whatever stands behind the CTID is the command's, options too. */
int cmd_exec(int argc, char **argv)
{
	uint32_t ctid;
	int status;

	for (optind = 1; optind < argc && argv[optind][0] == '-'; optind++) {
		if (!strcmp(argv[optind], "--")) {
			optind++;
			break;
		}
		return fail(EXIT_BAD_OPTION, "exec: %.80s: unknown option", argv[optind]);
	}
	status = option_ctid(argc, argv, &ctid);
	if (status)
		return status;
	if (optind < argc && !strcmp(argv[optind], "--"))
		optind++;
	if (optind == argc)
		return fail(EXIT_BAD_OPTION, "exec %u: the command is missing", ctid);
	return signals_repeat(ve_run(ctid, argv + optind));
}
