// SPDX-License-Identifier: GPL-2.0-or-later
/* status: vzctl's line, of which scripts read the third and the fifth word. */
#include <string.h>

#include "command.h"
#include "config.h"
#include "error.h"
#include "options.h"
#include "private.h"
#include "state.h"

int cmd_status(int argc, char **argv)
{
	static const struct option longs[] = { { } };
	bool exists, running;
	uint32_t ctid;
	int status;

	if (option_next(argc, argv, "", longs) != -1)
		return EXIT_BAD_OPTION;
	status = option_ctid(argc, argv, &ctid);
	if (!status)
		status = option_end(argc, argv);
	if (status)
		return status;
	exists = config_exists(ctid) && private_exists(ctid);
	running = ve_running(ctid);
	/* Its root is mounted in its own mount namespace, so while it runs. */
	printf("CTID %u %s %s %s\n", ctid, exists ? "exist" : "deleted",
	       running ? "mounted" : "unmounted", running ? "running" : "down");
	return fflush(stdout) ? fail_errno(EXIT_SYSTEM, "status %u: write", ctid) : EXIT_OK;
}
