// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * destroy. In this order, so that a kill anywhere leaves either the VE or no VE:
 * the area gets another name (the VE can no longer start; destroy can be called
 * again), its file and then its action scripts get the end ".destroyed" (the VE is no
 * more, and create sees to it that no script is the next one's), which is synced, the area is
 * removed (what is left of it then, any later create or destroy removes).
 */
#include "action.h"
#include "adopted.h"
#include "cgroup.h"
#include "command.h"
#include "config.h"
#include "disk.h"
#include "error.h"
#include "file.h"
#include "lock.h"
#include "mounted.h"
#include "options.h"
#include "private.h"
#include "reboot.h"
#include "state.h"
#include "ve.h"

/* Is the daemon about to start it, or who restarts it? One whose file is broken nobody can start. */
static bool reboots(uint32_t ctid)
{
	cleanup_config struct config c;

	config_init(&c, ctid);
	return (state_exists(ctid) || reboot_by_itself(ctid) || restart_due(ctid)) &&
	       !config_load(&c, ctid) && reboot_due(&c);
}

/* @whole: it has a configuration. */
static int destroy(uint32_t ctid, bool whole)
{
	enum mount_state mounted;
	enum ve_state state;
	bool moved = false;
	char conf[PATH_SIZE];
	int left, status = ve_find(ctid, &state, NULL, NULL);
	bool away = whole && !private_exists(ctid) && !private_retired(ctid);

	/* Also one whose state is lost: destroy kills nobody. */
	if (!status && (state == VE_RUNS || cgroup_populated(ctid)))
		return fail(EXIT_RUNNING, "destroy %u: the VE is running (vzlite stop %u)", ctid, ctid);
	if (!status && whole && reboots(ctid))
		return fail(EXIT_RUNNING, "destroy %u: the VE reboots (vzlite stop %u)", ctid, ctid);
	mounted = status ? MOUNT_NONE : ve_mount_state(ctid);
	if (mounted != MOUNT_NONE)
		status = mounted_end(ctid, true);
	if (!status)
		reboot_unmark(ctid);
	if (!status)
		status = reboot_force(ctid, false);
	if (!status)
		status = ve_clean(ctid, state != VE_NONE);
	if (!status && whole && private_exists(ctid))
		status = private_settle(ctid, false);
	if (!status)
		status = private_retire(ctid, &moved);
	/* Before the file: whoever is next to have this CTID is to have none of it. */
	if (!status)
		disk_forget(ctid);
	if (status)
		return status;
	status = config_retire(ctid);
	/* A file that cannot be moved (chattr +i, a read-only /etc) keeps the VE. */
	if (status)
		return moved && private_unretire(ctid) ? EXIT_DELETE_FAILED : status;
	status = action_retire(ctid, false);
	/* Else the file may come back after a power failure, and its VE have lost its files. */
	config_dir(conf, false);
	if (file_sync_dir(conf))
		return EXIT_DELETE_FAILED;
	/* Else they are found when the disk is there again, and by whoever is next to have this CTID. */
	if (away)
		warn("destroy %u: there were no files of it in %s: any on a disk that is not mounted are there still",
		     ctid, VZLITE_PRIVATEDIR);
	left = private_remove_retired(ctid);
	return status ? status : left;
}

int cmd_destroy(int argc, char **argv)
{
	cleanup_lock int lock = -1;
	uint32_t ctid;
	bool whole, gone;
	int status = option_ve_alone(argc, argv, &ctid, &lock);

	if (!status)
		status = adopted_refuse(ctid);
	if (status)
		return status;
	/* An area without a file: `create` was killed, or the file is lost. Who asks
	 * for its end gets it. */
	whole = config_exists(ctid);
	if (!whole && !private_exists(ctid))
		status = fail(EXIT_NO_CONFIG, "destroy %u: no such VE", ctid);
	else
		status = destroy(ctid, whole);
	gone = !status || !config_exists(ctid);
	/* What could not be removed has had its line. */
	if (gone && status != EXIT_DELETE_FAILED)
		private_sweep(ctid);
	return status;
}
