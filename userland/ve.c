// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "action.h"
#include "bindmount.h"
#include "cgroup.h"
#include "describe.h"
#include "device.h"
#include "disk_lift.h"
#include "error.h"
#include "feature.h"
#include "follow.h"
#include "hold.h"
#include "idrange.h"
#include "lock.h"
#include "module.h"
#include "mounted.h"
#include "netif_live.h"
#include "network.h"
#include "notify.h"
#include "private.h"
#include "privileged.h"
#include "rate.h"
#include "reboot.h"
#include "shm.h"
#include "shutdown.h"
#include "spawn.h"
#include "state.h"
#include "template.h"
#include "ve.h"

#define START_TIMEOUT 300	/* seconds that `start --wait` waits */

/* *@use: register with the module. */
static int check_module(const struct config *c, bool force, bool *use)
{
	*use = module_loaded();
	if (*use)
		return 0;
	for (int r = 0; !force && r < VZLITE_RESOURCE_COUNT; r++)
		if (resources[r].limited == LIMITED_BY_MODULE && c->set[r] && c->bound[r].barrier < VZLITE_UNLIMITED)
			return fail(EXIT_NO_MODULE, "start %u: the module is not loaded, which is to "
				    "enforce its %s (modprobe vzlite; or start --force, without "
				    "these limits)", c->ctid, resources[r].name);
	warn("start %u: the module is not loaded: no beancounters, no views, no guard of sockets, no start again after "
	     "it reboots", c->ctid);
	return 0;
}

int ve_known(uint32_t ctid)
{
	struct module_ve ve;
	int found;

	if (config_exists(ctid))
		return 0;
	found = module_ve_get(ctid, &ve);
	if (found < 0)
		return -found;
	return found ? 0 : fail(EXIT_NO_CONFIG, "%s %u: no such VE", operation, ctid);
}

int ve_check_files(const struct config *c)
{
	char path[PATH_SIZE];
	int status;

	if (c->local_uid == CONFIG_UNSET || c->local_uid < UID_RANGE ||
	    c->local_uid > UINT32_MAX - UID_RANGE)
		return fail(EXIT_BAD_VALUE, "%s %u: LOCAL_UID in its configuration is missing or "
			    "not from %u to %u", operation, c->ctid, UID_RANGE, UINT32_MAX - UID_RANGE);
	status = idrange_check(c->ctid, c->local_uid);
	if (!status)
		status = private_settle(c->ctid, false);
	if (status)
		return status;
	if (c->layout && !strcmp(c->layout, "dir"))
		return 0;
	snprintf(path, sizeof(path), "%s/%s", VZLITE_TEMPLATEDIR, c->ostemplate ? c->ostemplate : "");
	if (!c->ostemplate || access(path, F_OK))
		return fail(EXIT_NO_TEMPLATE, "%s %u: its template %s is missing", operation, c->ctid,
			    path);
	return template_guard();
}

static bool has_addresses(const struct config *c)
{
	return c->ip_address && *c->ip_address;
}

bool ve_disabled(const struct config *c)
{
	return c->disabled && !strcmp(c->disabled, "yes");
}

static int check_shutdown(uint32_t ctid)
{
	return host_locked("shutdown") ?
	       fail(EXIT_LOCKED, "%s %u: vzlite shutdown stops all VEs", operation, ctid) : 0;
}

/* All that is known before anything is made. */
static int check(const struct config *c, const struct start_options *o, bool *use_module)
{
	int status;

	if (ve_disabled(c) && !o->force)
		return fail(EXIT_DISABLED, "%s %u: the VE is disabled (vzlite set %u --disabled no --save; "
			    "or --force)", operation, c->ctid, c->ctid);
	/* It stops those that it has found, and waits for who has a VE's lock. */
	status = check_shutdown(c->ctid);
	if (!status)
		status = cgroup_check();
	if (!status)
		status = ve_check_files(c);
	if (!status && c->bindmount)
		status = bindmounts_check(c->ctid, c->bindmount);
	if (!status && c->devnodes)
		status = devices_check(c);
	/* A file that was copied or changed by hand. */
	if (!status && has_addresses(c))
		status = network_check(c->ctid, c->ip_address, false);
	if (!status && c->netif)
		status = netif_check(c->ctid, c->netif, NULL, false);
	return status ? status : check_module(c, o->force, use_module);
}

int ve_check(const struct config *c, const struct start_options *o)
{
	bool use_module;
	int status = check(c, o, &use_module);

	/* A start learns this from the module, which then has all its hooks. */
	return status || !use_module || o->force ? status :
	       module_check_bounds(c->ctid, c->bound, c->set);
}

static int wait_ready(const struct config *c, const struct spawned *s)
{
	/* Only systemd says when it is up; another init is up when it runs. */
	if (!shutdown_systemd(s->pid))
		return 0;
	switch (notify_wait(s->notify, s->pidfd, follow_now() + START_TIMEOUT * 1000LL)) {
	case NOTIFY_READY:
		return 0;
	case NOTIFY_ENDED:
		return fail(EXIT_WAIT_FAILED, "start %u: its init has ended", c->ctid);
	default:
		return fail(EXIT_WAIT_FAILED, "start %u: it runs, but is not up after %d seconds", c->ctid,
			    START_TIMEOUT);
	}
}

/* Could it open devices that are not its own? See devices_confine(). Most cannot, and then
 * nothing of that is so much as read from the disk. */
static bool devices_foreign(const struct config *c)
{
	return c->devnodes || c->features || (c->layout && !strcmp(c->layout, "dir"));
}

/* Everything up to the point where its init could run. */
static int prepare(const struct config *c, const struct start_options *o, bool use_module,
		   struct description *d, struct spawned *s)
{
	cleanup_close int cgroup = -1;
	char id[16];
	pid_t holder;
	int status = cgroup_create(c, &cgroup, &holder);

	if (status)
		return status;
	snprintf(id, sizeof(id), "%u", c->ctid);
	/* Before its first process: what is counted must be counted from the start. */
	if (use_module)
		status = module_ve_new(c->ctid, c->name && *c->name ? c->name : id, cgroup, c->bound,
				       c->set, features_views(c->features), o->force);
	if (!status && devices_foreign(c))
		status = devices_confine(c, cgroup);
	if (!status)
		status = ve_describe(c, cgroup, o->wait, d);
	if (!status)
		status = spawn_prepare(&d->container, s);
	cgroup_release(&holder);
	return status;
}

/* What it cannot remove, the next start or stop of the VE tries again. */
static void take_back(uint32_t ctid, struct spawned *s)
{
	bool written = state_exists(ctid);

	spawn_close(s);
	if (ve_clean(ctid, written) || (!written && action_run(ctid, "umount")))
		warn("start %u: something of it is left", ctid);
}

/* Its addresses and interfaces, with the rate that it had when it rebooted. */
static int make_links(const struct config *c, int pidfd)
{
	bool nat = c->nat && !strcmp(c->nat, "yes");
	cleanup_free char *kept = NULL;
	const char *rate;
	int status = rate_read(c->ctid, &kept);

	/* Who was to forget it was killed. */
	if (kept && !reboot_by_itself(c->ctid)) {
		rate_forget(c->ctid);
		free(steal_ptr(kept));
	}
	rate = kept ? kept : rate_limit(c);
	if (!rate && c->rate)
		warn("start %u: RATE=\"%s\" is no limit without RATEBOUND=\"yes\", as with OpenVZ", c->ctid, c->rate);
	if (!status && has_addresses(c))
		status = network_apply(c->ctid, pidfd, c->ip_address, nat, rate);
	if (!status && c->netif)
		status = netif_apply(c->ctid, pidfd, c->netif, rate);
	return status;
}

/* Of a start that was killed, or of a VE that ended by itself. What else it can have left is
 * there only while a start is written down, or it was in the module before. */
static int clean_before(uint32_t ctid, enum ve_state state, bool no_cgroup)
{
	int status;

	if (state != VE_NONE || ve_registered(ctid)) {
		status = ve_clean(ctid, state != VE_NONE);
		/* It has had its line, and all is cleared away: no reason to stay down. */
		return status == EXIT_ACTION_SCRIPT ? 0 : status;
	}
	status = no_cgroup ? 0 : cgroup_remove(ctid, -1);
	if (!status)
		privileged_forget(ctid);
	return status;
}

/* From here on it runs: a terminal's signals do not leave it so without what its script does. */
static int go(const struct config *c, struct description *d, struct spawned *s)
{
	sigset_t old;
	int status;

	hold_signals(false, &old);
	status = spawn_go(&d->container, s);
	if (!status)
		status = action_run(c->ctid, "start");
	if (status)
		take_back(c->ctid, s);
	else
		reboot_unmark(c->ctid);
	hold_end(&old);
	return status;
}

#define LEFTOVER_MS 2000

static int start(const struct config *c, const struct start_options *o)
{
	struct spawned cleanup_spawned s = SPAWNED_NONE;
	struct disk_quota before = { };
	struct description d;
	enum ve_state state;
	bool use_module, no_cgroup = false;
	int status;

	status = ve_find(c->ctid, &state, NULL, NULL);
	if (!status && state == VE_RUNS)
		return fail(EXIT_RUNNING, "start %u: the VE runs already", c->ctid);
	/* To start it is no order to kill it; what a killed start left dies at once. */
	if (!status && state == VE_NONE && cgroup_stays(c->ctid, LEFTOVER_MS, &no_cgroup))
		return fail(EXIT_RUNNING, "start %u: processes of it run, but its state is lost: "
			    "vzlite stop %u ends them", c->ctid, c->ctid);
	if (!status)
		status = check(c, o, &use_module);
	/* An overlay must not be mounted twice. */
	if (!status && ve_mount_state(c->ctid) != MOUNT_NONE)
		status = mounted_end(c->ctid, false);
	if (!status)
		status = clean_before(c->ctid, state, no_cgroup);
	if (!status)
		status = reboot_force(c->ctid, o->force);
	if (!status)
		status = privileged_mark(c);
	if (!status)
		privileged_warn(c);
	/* The file system may have been mounted without quota since. */
	if (!status && disk_wanted(c))
		status = disk_check(c->ctid);
	if (!status)
		status = action_run(c->ctid, "mount");
	if (status)
		return status;
	/* One that has begun since does not wait for a script for long, while nothing runs. */
	status = check_shutdown(c->ctid);
	if (!status)
		status = disk_lift(c->ctid, &before);
	if (!status)
		status = prepare(c, o, use_module, &d, &s);
	if (!status)
		status = disk_land(c, &before);
	else
		disk_put_back(c->ctid, &before);
	/* Written down first: from then on stop finds it, whatever becomes of us. */
	if (!status)
		status = state_write(c->ctid, s.pid, c->local_uid);
	if (!status && c->set[VZLITE_SHMPAGES])
		status = shm_set_limit(c, s.pidfd, c->bound[VZLITE_SHMPAGES].limit, NULL);
	if (!status)
		status = make_links(c, s.pidfd);
	if (status)
		take_back(c->ctid, &s);
	else
		status = go(c, &d, &s);
	if (status || !o->wait)
		return status;
	if (o->lock)
		close(steal_fd(*o->lock));
	if (o->held)
		hold_end(o->held);
	return wait_ready(c, &s);
}

int ve_start(const struct config *c, const struct start_options *o)
{
	int status = action_begin(c->ctid);

	if (!status)
		status = start(c, o);
	action_end();
	return status;
}
