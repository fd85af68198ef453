// SPDX-License-Identifier: GPL-2.0-or-later
#include <sched.h>
#include <string.h>

#include "cgroup.h"
#include "cgroup_cpus.h"
#include "cgroup_weigh.h"
#include "change.h"
#include "error.h"
#include "feature.h"
#include "netif_live.h"
#include "network.h"
#include "rate.h"
#include "shm.h"
#include "state.h"

static int undo_limits(struct change *ch)
{
	int status = cgroup_restore_limits(ch->ctid, ch->cgroup, &ch->old_limits);
	int weighed = cgroup_weigh_back(ch->ctid, &ch->old_limits);

	return status ? status : weighed;
}

/* Only what was asked for: what is in force may be another's than the file's. */
static int apply_limits(struct change *ch)
{
	int status;

	ch->cgroup = cgroup_open(ch->ctid);
	if (ch->cgroup < 0)
		return fail(EXIT_NOT_RUNNING, "set %u: it has no cgroup", ch->ctid);
	if (ch->cpumask && !cgroup_cpumask_there(ch->c, ch->cgroup))
		return fail(EXIT_SYSTEM, "set %u: --cpumask %.80s: the VE can have none of these CPUs", ch->ctid,
			    ch->c->cpumask);
	status = cgroup_save_limits(ch->ctid, ch->cgroup, ch->limits, &ch->old_limits);
	if (status)
		return status;
	status = cgroup_write_limits(ch->c, ch->cgroup, ch->limits, false);
	if (!status)
		status = cgroup_weigh(ch->c, ch->limits);
	/* Some may have been written; a line says so if they stay. */
	return status && undo_limits(ch) ? EXIT_SYSTEM : status;
}

static int apply_shm(struct change *ch)
{
	const struct bound *b = &ch->c->bound[VZLITE_SHMPAGES];
	cleanup_close int pidfd = -1;
	pid_t pid;

	if (!ve_init(ch->ctid, &pid, &pidfd))
		return fail(EXIT_NOT_RUNNING, "set %u: " JUST_STOPPED, ch->ctid);
	return shm_set_limit(ch->c, pidfd, b->limit, &ch->old_shm);
}

static int undo_shm(struct change *ch)
{
	cleanup_close int pidfd = -1;
	pid_t pid;
	uint64_t now;

	return ve_init(ch->ctid, &pid, &pidfd) ? shm_set_limit(ch->c, pidfd, ch->old_shm, &now) : 0;
}

/* As the module had it before. -1: it did not, since it was started with --force, without
 * the module. */
static int look_up(struct change *ch)
{
	int found = *ch->old_ve.name ? 1 : module_ve_get(ch->ctid, &ch->old_ve);

	return found < 0 ? -found : found ? 0 : -1;
}

static int apply_bounds(struct change *ch)
{
	struct counter now[VZLITE_RESOURCE_COUNT];
	int status = look_up(ch);

	if (status > 0)
		return status;
	/* What others limit is limited by now. */
	if (status < 0 && ch->module && !ch->given.save)
		return fail(EXIT_NO_MODULE, "set %u: the VE was started without the module, which is to enforce "
			    "this: only --save does something, for its next start", ch->ctid);
	if (status < 0 && ch->module)
		warn("set %u: the VE was started without the module: its limits hold from its next start", ch->ctid);
	if (status < 0)
		return 0;
	status = module_counters(ch->ctid, now);
	for (int r = 0; !status && r < VZLITE_RESOURCE_COUNT; r++)
		ch->old_bounds[r] = (struct bound){ now[r].barrier, now[r].limit };
	return status ? status : module_ve_set(ch->ctid, ch->c->bound, ch->bounds);
}

static int undo_bounds(struct change *ch)
{
	return *ch->old_ve.name ? module_ve_set(ch->ctid, ch->old_bounds, ch->bounds) : 0;
}

static int apply_views(struct change *ch)
{
	int status = look_up(ch);

	if (status < 0 && !ch->given.save)
		return fail(EXIT_NO_MODULE, "set %u: the VE was started without the module, which is to show it "
			    "its machine: only --save does something, for its next start", ch->ctid);
	if (status)
		return status < 0 ? 0 : status;
	return module_ve_views(ch->ctid, features_views(ch->c->features));
}

static int undo_views(struct change *ch)
{
	return *ch->old_ve.name ? module_ve_views(ch->ctid, ch->old_ve.views) : 0;
}

static int apply_name(struct change *ch)
{
	int status = look_up(ch);
	char id[16];

	if (status)
		return status < 0 ? 0 : status;
	/* Without a name the module has the CTID for one. */
	snprintf(id, sizeof(id), "%u", ch->ctid);
	return module_ve_rename(ch->ctid, ch->c->name ? ch->c->name : id);
}

static int undo_name(struct change *ch)
{
	return *ch->old_ve.name ? module_ve_rename(ch->ctid, ch->old_ve.name) : 0;
}

/* By the VE's own host name, in its UTS namespace; this process changes nothing
 * else from there, and ends. */
static int apply_hostname(struct change *ch)
{
	cleanup_close int pidfd = -1;
	const char *name = ch->c->hostname ? ch->c->hostname : "localhost";	/* as start */
	pid_t pid;

	if (!ve_init(ch->ctid, &pid, &pidfd))
		return fail(EXIT_NOT_RUNNING, "set %u: " JUST_STOPPED, ch->ctid);
	if (setns(pidfd, CLONE_NEWUTS) || gethostname(ch->old_hostname, sizeof(ch->old_hostname)) ||
	    sethostname(name, strlen(name)))
		return fail_errno(EXIT_SYSTEM, "set %u: set the host name", ch->ctid);
	return 0;
}

static int undo_hostname(struct change *ch)
{
	return sethostname(ch->old_hostname, strlen(ch->old_hostname)) ?
	       fail_errno(EXIT_SYSTEM, "set %u: change the host name back", ch->ctid) : 0;
}

/* Of links that are made now. */
static const char *rate_of(const struct change *ch)
{
	return ch->rate ? ch->c->rate : ch->old_rate;
}

static int make_network(struct change *ch, const char *addresses, bool nat)
{
	cleanup_close int pidfd = -1;
	pid_t pid;

	if (!ve_init(ch->ctid, &pid, &pidfd))
		return fail(EXIT_NOT_RUNNING, "set %u: " JUST_STOPPED, ch->ctid);
	return network_apply(ch->ctid, pidfd, addresses, nat, rate_of(ch));
}

/* A failure leaves a part, which is no part of what all-or-nothing leaves. */
static int apply_network(struct change *ch)
{
	bool nat = ch->nat || !*ch->old_live ? ch->c->nat && !strcmp(ch->c->nat, "yes") : ch->old_nat;
	int status = make_network(ch, ch->live, nat);

	/* Refused, or not begun: nothing is changed. */
	if (status && status != EXIT_IP_IN_USE && status != EXIT_LOCKED && make_network(ch, ch->old_live, ch->old_nat))
		warn("set %u: its addresses are not as they were before", ch->ctid);
	return status;
}

static int undo_network(struct change *ch)
{
	return make_network(ch, ch->old_live, ch->old_nat);
}

static int make_netifs(struct change *ch, const char *netifs)
{
	cleanup_close int pidfd = -1;
	pid_t pid;

	if (!ve_init(ch->ctid, &pid, &pidfd))
		return fail(EXIT_NOT_RUNNING, "set %u: " JUST_STOPPED, ch->ctid);
	return netif_apply(ch->ctid, pidfd, netifs, rate_of(ch));
}

static int apply_netif(struct change *ch)
{
	int status = make_netifs(ch, ch->live_netif);

	if (status && make_netifs(ch, ch->old_netif))
		warn("set %u: its interfaces are not as they were before", ch->ctid);
	return status;
}

static int undo_netif(struct change *ch)
{
	return make_netifs(ch, ch->old_netif);
}

/* What links are made with later. */
static int put_back_rate(struct change *ch)
{
	if (ch->old_rate_written)
		return rate_write(ch->ctid, ch->old_rate);
	rate_forget(ch->ctid);
	return 0;
}

static int undo_rate(struct change *ch)
{
	int netif = netif_rate(ch->ctid, ch->old_rate), network = network_rate(ch->ctid, ch->old_rate);
	int written = put_back_rate(ch);

	return netif ? netif : network ? network : written;
}

static int apply_rate(struct change *ch)
{
	/* First: who is killed in between leaves no link with a rate that links which are made
	 * later do not get. */
	int status = rate_write(ch->ctid, ch->c->rate);

	if (status)
		return status;
	status = network_rate(ch->ctid, ch->c->rate);
	if (!status)
		status = netif_rate(ch->ctid, ch->c->rate);
	/* Not begun, and who has the lock of all would be waited for once more. */
	if (status == EXIT_LOCKED) {
		if (put_back_rate(ch))
			warn("set %u: its rate is not as it was before", ch->ctid);
		return status;
	}
	if (status && undo_rate(ch))
		warn("set %u: its rate is not as it was before", ch->ctid);
	return status;
}

static int apply_resolver(struct change *ch)
{
	char text[RESOLVER_TEXT];
	int status = resolver_text(ch->c, text);

	return status ? status : resolver_write(ch->c, text, ch->old_resolver);
}

static int undo_resolver(struct change *ch)
{
	return resolver_write(ch->c, ch->old_resolver, NULL);
}

static int apply_disk(struct change *ch)
{
	return disk_wanted(ch->c) ? disk_change(ch->c, ch->disk_space, ch->disk_inodes, &ch->old_disk) : 0;
}

/* Where no limit is wanted no quota need be there; and nothing can fail after this but
 * the file. */
static void drop_disk(struct change *ch)
{
	struct disk_quota q = { };
	bool space, inodes;

	disk_quota_of(ch->c, &q);
	space = ch->disk_space && !q.space_soft && !q.space_hard;
	inodes = ch->disk_inodes && !q.inodes_soft && !q.inodes_hard;
	if ((space || inodes) && !disk_wanted(ch->c))
		disk_drop(ch->ctid, space, inodes);
}

static int undo_disk(struct change *ch)
{
	return disk_wanted(ch->c) ? disk_restore(ch->ctid, &ch->old_disk) : 0;
}

static int apply_file(struct change *ch)
{
	int status = config_commit(&ch->file);

	/* Not sure to outlive a loss of power, but nothing to take back. */
	if (status && !ch->file.written) {
		ch->unsynced = status;
		return 0;
	}
	return status;
}

int change_apply(struct change *ch, bool running)
{
	const struct {
		bool wanted;
		int (*apply)(struct change *ch);
		int (*undo)(struct change *ch);
	} parts[] = {
		{ running && ch->limits, apply_limits, undo_limits },
		{ running && ch->shm, apply_shm, undo_shm },
		/* Memory is limited by others, and only shown by the module: a VE
		 * that was started without it can still be changed. */
		{ running && (ch->module || (ch->memory && module_loaded())), apply_bounds,
		  undo_bounds },
		{ running && ch->views && (module_loaded() || !ch->given.save), apply_views, undo_views },
		{ running && ch->name && module_loaded(), apply_name, undo_name },
		{ running && ch->hostname, apply_hostname, undo_hostname },
		/* Before what makes links, which get the new rate even to undo. */
		{ running && ch->rate, apply_rate, undo_rate },
		{ running && (ch->network || ch->nat), apply_network, undo_network },
		{ ch->disk_space || ch->disk_inodes, apply_disk, undo_disk },
		{ running && ch->resolver, apply_resolver, undo_resolver },
		/* A link made anew is without what the VE set on it: so nothing that the VE
		 * can make fail comes behind. */
		{ running && ch->netif, apply_netif, undo_netif },
		{ ch->given.save, apply_file, NULL },
	};
	int status = 0;
	size_t i = 0;

	for (; i < ARRAY_SIZE(parts); i++)
		if (parts[i].wanted && (status = parts[i].apply(ch)))
			break;
	while (status && i-- > 0)
		if (parts[i].wanted && parts[i].undo(ch))
			warn("set %u: not all is as it was before", ch->ctid);
	if (!status)
		drop_disk(ch);
	/* What is in force is what the file says. */
	if (!status && ch->rate && ch->given.save)
		rate_forget(ch->ctid);
	return status ? status : ch->unsynced;
}
