// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * set: all or nothing. All values are parsed before anything is changed, and files that are in
 * no project yet are copied for a disk quota, which nobody sees; the new
 * file is written beside the old one, which is what a full disk refuses; then the
 * running VE is changed, part by part, each of which can be taken back; last the
 * file gets its name.
 */
#include <string.h>

#include "adopted.h"
#include "cgroup.h"
#include "change.h"
#include "command.h"
#include "error.h"
#include "feature.h"
#include "hold.h"
#include "io.h"
#include "lock.h"
#include "netif_live.h"
#include "network.h"
#include "options.h"
#include "private.h"
#include "privileged.h"
#include "rate.h"
#include "reboot.h"
#include "setting.h"
#include "state.h"

/* Sort an option under what it touches. */
static void note(struct change *ch, const char *option, const char *value)
{
	const struct setting *s = setting_by_option(option);
	int r = resource_find(s && s->memory ? s->key : option);

	if (r >= 0) {
		ch->bounds[r] = true;
		ch->limits |= cgroup_limits_of(r);
		if (r == VZLITE_SHMPAGES)
			ch->shm = true;
		if (cgroup_limits_of(r) || r == VZLITE_SHMPAGES)
			ch->memory = true;
		else
			ch->module = true;
		return;
	}
	switch (s->apply) {
	case APPLY_CGROUP:
		ch->limits |= 1U << s->limit;
		ch->cpumask |= s->offset == offsetof(struct config, cpumask);
		if (s->limit == CGROUP_IO_WEIGHT)
			ch->limits |= 1U << CGROUP_BFQ_WEIGHT;
		break;
	case APPLY_HOSTNAME:
		ch->hostname = true;
		break;
	case APPLY_FEATURES:
		ch->views |= features_name(value, FEATURE_VIEWS);
		if (features_at_start(value))
			ch->next_start = option;
		break;
	case APPLY_NETWORK:
		ch->network = true;
		break;
	case APPLY_NETIF:
		ch->netif = true;
		break;
	case APPLY_NAT:
		ch->nat = true;
		break;
	case APPLY_RATE:
		ch->rate = true;
		break;
	case APPLY_RESOLVER:
		ch->resolver = true;
		break;
	case APPLY_DISK:
		*(s->offset == offsetof(struct config, diskspace) ? &ch->disk_space :
		  s->offset == offsetof(struct config, diskinodes) ? &ch->disk_inodes : &ch->disk_quota) = true;
		/* Whether there is a quota at all is asked when the VE starts. */
		if (ch->disk_quota)
			ch->next_start = "diskquota";
		break;
	case APPLY_NAME:
		/* One that is not in the file is one that no command finds. */
		ch->name = true;
		/* fallthrough */
	case APPLY_START:
		ch->next_start = option;
	}
}

static int parse_options(int argc, char **argv, struct change *ch)
{
	int status = given_parse(argc, argv, GIVEN_SET, &ch->given);

	for (size_t i = 0; !status && i < ch->given.n; i++) {
		ch->privileged |= !strcmp(ch->given.list[i].option, "privileged");
		note(ch, ch->given.list[i].option, ch->given.list[i].value);
	}
	if (!status)
		status = option_ctid(argc, argv, &ch->ctid);
	if (!status)
		status = option_end(argc, argv);
	if (!status && !ch->given.n && !ch->given.ignored)
		return fail(EXIT_BAD_OPTION, "set %u: nothing to set (vzlite help set)", ch->ctid);
	return status;
}

/* Its files are in its quota's project from when they are made, if they were made here. Else they
 * are copied, which takes long: where they cannot be, the quota is refused unless they are. */
static int own_files(const struct change *ch)
{
	int status = disk_check(ch->ctid);

	if (status)
		return status;
	if (cgroup_populated(ch->ctid) || ve_mount_state(ch->ctid) != MOUNT_NONE || reboot_due(ch->c))
		return ch->disk_quota ? disk_check_area(ch->ctid) : 0;
	status = private_settle(ch->ctid, false);
	return status ? status : private_own(ch->ctid);
}

/* What can be said before anything is changed. */
static int check(const struct change *ch, bool running)
{
	if (!running && !ch->given.save)
		return fail(EXIT_NOT_RUNNING, "set %u: the VE is not running, and without --save "
			    "there is nothing to change", ch->ctid);
	if (ch->next_start && !ch->given.save)
		return fail(EXIT_BAD_OPTION, "set %u: --%s does nothing without --save",
			    ch->ctid, ch->next_start);
	if ((ch->disk_space || ch->disk_inodes) && !ch->given.save && disk_off(ch->c))
		return fail(EXIT_BAD_OPTION, "set %u: disk limits do nothing without --save: DISK_QUOTA is no "
			    "(--diskquota yes)", ch->ctid);
	if (running && ch->nat && !ch->given.save && !*ch->live)
		return fail(EXIT_BAD_OPTION, "set %u: --nat does nothing for a VE without addresses but with --save",
			    ch->ctid);
	/* Else its next start would be the first to find out. */
	if (running && ch->disk_quota && disk_wanted(ch->c)) {
		int status = disk_check_area(ch->ctid);

		if (status)
			return status;
	}
	if (ch->limits & (1U << CGROUP_IO_BYTES | 1U << CGROUP_IO_OPERATIONS))
		return io_check(ch->c);
	return 0;
}

static bool has_resolver(const struct config *c)
{
	return (c->nameserver && *c->nameserver) || (c->searchdomain && *c->searchdomain);
}

/* Files of the VE's own are written where there is something to write: no start takes it out of them. */
static void tell_what_stays(const struct change *ch, bool running)
{
	if (ch->resolver && running && !ch->given.save && !ch->had_resolver)
		warn("set %u: the VE's own " RESOLVER_FILE " keeps it, also when the VE is started again", ch->ctid);
	if (ch->resolver && !running && ch->had_resolver && !has_resolver(ch->c))
		warn("set %u: the VE's own " RESOLVER_FILE " stays as it is", ch->ctid);
	if (ch->hostname && ch->given.save && ch->had_hostname && !(ch->c->hostname && *ch->c->hostname))
		warn("set %u: the VE's own /etc/hostname stays as it is", ch->ctid);
}

static int set(struct change *ch, bool running)
{
	sigset_t old;
	int status;

	/* Until we end: whoever presses ^C gets all or nothing, too. */
	hold_signals(true, &old);
	status = ch->given.save ? config_draft(ch->c, &ch->file) : 0;
	if (!status)
		status = change_apply(ch, running);
	file_drop(&ch->file);
	cleanup_close_(&ch->cgroup);
	if (!status && ch->privileged)
		privileged_warn(ch->c);
	if (!status)
		tell_what_stays(ch, running);
	return status;
}

/* Whether another VE has what is to be saved or to be in force. */
static int check_addresses(const struct change *ch, bool running)
{
	int status = ch->given.save ? network_check(ch->ctid, ch->c->ip_address, true) : 0;

	return !status && running ? network_check(ch->ctid, ch->live, true) : status;
}

/* The same of interfaces. What was there before, as @stored and in force, is not asked for. */
static int check_netifs(const struct change *ch, const char *stored, bool running)
{
	int status = ch->given.save ? netif_check(ch->ctid, ch->c->netif, stored, true) : 0;

	return !status && running ? netif_check(ch->ctid, ch->live_netif, ch->old_netif, true) : status;
}

/* What the options make of the interfaces in force, before they are in the configuration. */
static int look_at_netifs(struct change *ch, bool running, char **stored)
{
	if (ch->c->netif && !(*stored = strdup(ch->c->netif)))
		return fail_memory();
	return given_live_netifs(&ch->given, ch->c, running, &ch->old_netif, &ch->live_netif);
}

/* The rate in force, before the options are in the configuration. */
static int look_at_rate(struct change *ch, bool running)
{
	int status = running ? rate_read(ch->ctid, &ch->old_rate) : 0;

	ch->old_rate_written = ch->old_rate;
	if (!status && !ch->old_rate && rate_limit(ch->c) && !(ch->old_rate = strdup(rate_limit(ch->c))))
		status = fail_memory();
	return status;
}

static int set_locked(struct change *ch, struct config *c)
{
	cleanup_close int names = -1;
	cleanup_free char *netifs = NULL;
	enum adopted_state adopted;
	enum ve_state state;
	bool running = false;
	sigset_t old;
	int status = config_load(c, ch->ctid);

	if (!status && c->adopted)
		status = given_check_adopted(&ch->given, ch->ctid);
	if (!status && c->adopted && !(status = adopted_find(c, &adopted)))
		running = adopted_registered(adopted);
	else if (!status && !c->adopted && !(status = ve_find(ch->ctid, &state, NULL, NULL)))
		running = state == VE_RUNS;
	if (!status && c->adopted && !running)
		status = fail(EXIT_NOT_RUNNING, "set %u: what was adopted is gone, or lost by the module: there is "
			      "nothing to change (give the limits to vzlite adopt)", ch->ctid);
	ch->had_resolver = has_resolver(c);
	ch->had_hostname = c->hostname && *c->hostname;
	if (!status && (ch->rate || ch->network || ch->nat || ch->netif))
		status = look_at_rate(ch, running);
	if (!status && (ch->network || ch->nat))
		status = given_live_addresses(&ch->given, c, &ch->old_live, &ch->live,
					      &ch->old_nat);
	if (!status && ch->netif)
		status = look_at_netifs(ch, running, &netifs);
	if (!status)
		status = given_apply(&ch->given, c);
	if (!status && ch->netif)
		status = given_complete_netifs(c, ch->live_netif);
	if (!status)
		status = check(ch, running);
	/* Before the lock that others wait for. */
	if (!status && !running && (ch->disk_space || ch->disk_inodes || ch->disk_quota) && disk_wanted(c))
		status = own_files(ch);
	/* Until we end, as in set(): who is stopped keeps it. */
	hold_stops(&old);
	if (!status && (ch->name || ch->network || ch->netif))
		status = host_lock("ids", &names);
	if (!status && ch->name)
		status = given_check_name(c);
	if (!status && ch->network)
		status = check_addresses(ch, running);
	if (!status && ch->netif)
		status = check_netifs(ch, netifs, running);
	return status ? status : set(ch, running);
}

int cmd_set(int argc, char **argv)
{
	cleanup_config struct config c;
	cleanup_lock int lock = -1;
	struct change ch = { .c = &c, .cgroup = -1, .file = FILE_DRAFT_NONE };
	int status;

	config_init(&c, 0);
	status = parse_options(argc, argv, &ch);
	if (status)
		return status;
	if (!config_exists(ch.ctid))
		return fail(EXIT_NO_CONFIG, "set %u: no such VE", ch.ctid);
	status = option_lock(ch.ctid, &lock);
	if (!status)
		status = set_locked(&ch, &c);
	if (!status)
		given_warn(&ch.given, &c);
	free(ch.live);
	free(ch.old_live);
	free(ch.live_netif);
	free(ch.old_netif);
	free(ch.old_rate);
	return status;
}
