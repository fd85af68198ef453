// SPDX-License-Identifier: GPL-2.0-or-later
/* mount, umount: the root of a VE that does not run, on the host. */
#include "adopted.h"
#include "cgroup.h"
#include "command.h"
#include "config.h"
#include "disk_lift.h"
#include "error.h"
#include "lock.h"
#include "mounted.h"
#include "options.h"
#include "reboot.h"
#include "state.h"
#include "ve.h"

static int parse(int argc, char **argv, uint32_t *ctid, int *lock)
{
	int status = option_ve_alone(argc, argv, ctid, lock);

	return status ? status : adopted_refuse(*ctid);
}

static int refuse_running(uint32_t ctid)
{
	enum ve_state state;
	int status = ve_find(ctid, &state, NULL, NULL);

	/* Also one whose state is lost: its overlay is mounted. */
	if (!status && (state == VE_RUNS || cgroup_populated(ctid)))
		return fail(EXIT_RUNNING, "%s %u: the VE is running (vzlite stop %u)", operation, ctid,
			    ctid);
	return status;
}

static int print_path(uint32_t ctid)
{
	char path[64];

	ve_mount_path(ctid, path);
	puts(path);
	return fflush(stdout) ? fail_errno(EXIT_SYSTEM, "%s %u: write", operation, ctid) : 0;
}

int cmd_mount(int argc, char **argv)
{
	cleanup_config struct config c;
	cleanup_lock int lock = -1;
	uint32_t ctid;
	int status;

	config_init(&c, 0);
	status = parse(argc, argv, &ctid, &lock);
	if (!status)
		status = config_load(&c, ctid);
	if (!status)
		status = refuse_running(ctid);
	if (!status && reboot_due(&c))
		status = fail(EXIT_RUNNING, "mount %u: the VE reboots (vzlite stop %u)", ctid, ctid);
	/* As with vzctl, that is no error. Who mounted it may have been killed on the way. */
	if (!status && ve_mount_state(ctid) == MOUNT_THERE) {
		status = disk_resume(&c);
		return status ? status : print_path(ctid);
	}
	if (!status)
		status = ve_check_files(&c);
	/* Of a VE that ended by itself, or of a mount that was killed. */
	if (!status)
		status = ve_clean(ctid, state_exists(ctid));
	if (!status)
		status = mounted_begin(&c);
	return status ? status : print_path(ctid);
}

int cmd_umount(int argc, char **argv)
{
	cleanup_lock int lock = -1;
	enum mount_state state;
	uint32_t ctid;
	int status = parse(argc, argv, &ctid, &lock);

	if (status)
		return status;
	state = ve_mount_state(ctid);
	/* What is mounted is unmounted, whatever else is lost. */
	if (state == MOUNT_NONE && !config_exists(ctid))
		return fail(EXIT_NO_CONFIG, "umount %u: no such VE", ctid);
	if (state != MOUNT_THERE)
		status = refuse_running(ctid);
	if (status)
		return status;
	return state == MOUNT_NONE ? fail(EXIT_NOT_MOUNTED, "umount %u: the VE is not mounted", ctid)
				   : mounted_end(ctid, false);
}
