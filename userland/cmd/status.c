// SPDX-License-Identifier: GPL-2.0-or-later
/* status: vzctl's line, of which scripts read the third and the fifth word. */
#include <string.h>

#include "adopted.h"
#include "command.h"
#include "config.h"
#include "error.h"
#include "feature.h"
#include "options.h"
#include "private.h"
#include "state.h"

/* vzctl's five words, then what it has none for. */
static int print(uint32_t ctid, bool exists, bool mounted, bool running, const char *more,
		 const char *features)
{
	printf("CTID %u %s %s %s%s%s\n", ctid, exists ? "exist" : "deleted",
	       mounted ? "mounted" : "unmounted", running ? "running" : "down", more,
	       features_views(features) ? "" : " views:off");
	return fflush(stdout) ? fail_errno(EXIT_SYSTEM, "status %u: write", ctid) : EXIT_OK;
}

/* As of a VE, what is mounted is mounted as long as it runs. */
static int print_adopted(uint32_t ctid)
{
	static const char *const words[] = {
		[ADOPTED_RUNNING] = " adopted", [ADOPTED_DOWN] = " adopted",
		[ADOPTED_GONE] = " adopted gone", [ADOPTED_LOST] = " adopted lost",
	};
	cleanup_config struct config c;
	enum adopted_state state = ADOPTED_GONE;
	int status, broken;

	config_init(&c, ctid);
	/* A broken record has had its line, and tells of nothing that is there. */
	broken = config_load(&c, ctid);
	status = broken ? 0 : adopted_find(&c, &state);
	if (!status)
		status = print(ctid, true, state == ADOPTED_RUNNING, state == ADOPTED_RUNNING, words[state],
			       c.features);
	return broken ? broken : status;
}

int cmd_status(int argc, char **argv)
{
	static const struct option longs[] = { { } };
	cleanup_free char *features = NULL;
	enum ve_state state;
	uint32_t ctid;
	bool exists, running;
	int status, broken;

	if (option_next(argc, argv, "", longs) != -1)
		return EXIT_BAD_OPTION;
	status = option_ctid(argc, argv, &ctid);
	if (!status)
		status = option_end(argc, argv);
	if (status)
		return status;
	if (config_adopted(ctid))
		return print_adopted(ctid);
	status = ve_find(ctid, &state, NULL, NULL);
	if (status)
		return status;
	exists = config_exists(ctid) && private_exists(ctid);
	/* A file that cannot be read has had its line; the rest is known. */
	broken = exists ? config_peek_effective(ctid, "FEATURES", &features) : 0;
	/* While it runs, in its own mount namespace. */
	running = state == VE_RUNS;
	status = print(ctid, exists, running || ve_mount_state(ctid) == MOUNT_THERE, running,
		       running && ve_suspended(ctid) ? " suspended" : "", features);
	return broken ? broken : status;
}
