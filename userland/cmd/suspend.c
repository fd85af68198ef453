// SPDX-License-Identifier: GPL-2.0-or-later
/* suspend, resume. */
#include "adopted.h"
#include "command.h"
#include "config.h"
#include "error.h"
#include "freeze.h"
#include "lock.h"
#include "options.h"
#include "state.h"

static int run(int argc, char **argv, int (*change)(uint32_t ctid))
{
	cleanup_lock int lock = -1;
	uint32_t ctid;
	enum ve_state state;
	int status = option_ve_alone(argc, argv, &ctid, &lock);

	if (!status)
		status = adopted_refuse(ctid);
	if (!status)
		status = ve_find(ctid, &state, NULL, NULL);
	if (!status && state != VE_RUNS)
		status = config_not_running(ctid);
	return status ? status : change(ctid);
}

int cmd_suspend(int argc, char **argv)
{
	return run(argc, argv, ve_suspend);
}

int cmd_resume(int argc, char **argv)
{
	return run(argc, argv, ve_resume);
}
