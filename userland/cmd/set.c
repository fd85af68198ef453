// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * set: all or nothing. All values are parsed before anything is changed; the new
 * file is written beside the old one, which is what a full disk refuses; then the
 * running VE is changed, part by part, each of which can be taken back; last the
 * file gets its name.
 */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>

#include "adopted.h"
#include "cgroup.h"
#include "command.h"
#include "error.h"
#include "feature.h"
#include "file.h"
#include "given.h"
#include "module.h"
#include "network.h"
#include "options.h"
#include "resolver.h"
#include "setting.h"
#include "shm.h"
#include "state.h"

struct change {
	uint32_t ctid;
	struct given given;
	struct config *c;		/* what is to be */
	/* What is touched, by where it takes effect. */
	bool bounds[VZLITE_RESOURCE_COUNT];
	unsigned int limits;		/* 1 << CGROUP_* */
	bool module, memory, shm, hostname, name, views, network, nat, rate, resolver;
	const char *next_start;		/* an option that is nothing without --save */
	/* How it was. */
	int cgroup;
	struct cgroup_saved old_limits;
	struct bound old_bounds[VZLITE_RESOURCE_COUNT];
	struct module_ve old_ve;
	char old_hostname[65];
	uint64_t old_shm;
	char *live, *old_live;		/* its addresses in force: to be, and as they were */
	bool old_nat;
	char *old_rate;
	char old_resolver[RESOLVER_TEXT];
	struct file_draft file;
	int unsynced;			/* the file is in its place: the status all the same */
};

/* Sort an option under what it touches. */
static void note(struct change *ch, const char *option)
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
		break;
	case APPLY_HOSTNAME:
		ch->hostname = true;
		break;
	case APPLY_FEATURES:
		ch->views = true;
		break;
	case APPLY_NETWORK:
		ch->network = true;
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

	for (size_t i = 0; !status && i < ch->given.n; i++)
		note(ch, ch->given.list[i].option);
	if (!status)
		status = option_ctid(argc, argv, &ch->ctid);
	if (!status)
		status = option_end(argc, argv);
	if (!status && !ch->given.n)
		return fail(EXIT_BAD_OPTION, "set %u: nothing to set (vzlite help set)", ch->ctid);
	return status;
}

static int undo_limits(struct change *ch)
{
	return cgroup_restore_limits(ch->ctid, ch->cgroup, &ch->old_limits);
}

/* Only what was asked for: what is in force may be another's than the file's. */
static int apply_limits(struct change *ch)
{
	int status;

	ch->cgroup = cgroup_open(ch->ctid);
	if (ch->cgroup < 0)
		return fail(EXIT_NOT_RUNNING, "set %u: it has no cgroup", ch->ctid);
	status = cgroup_save_limits(ch->ctid, ch->cgroup, ch->limits, &ch->old_limits);
	if (status)
		return status;
	status = cgroup_write_limits(ch->c, ch->cgroup, ch->limits, false);
	/* Some may have been written; a line says so if they stay. */
	return status && undo_limits(ch) ? EXIT_SYSTEM : status;
}

static int apply_shm(struct change *ch)
{
	const struct bound *b = &ch->c->bound[VZLITE_SHMPAGES];
	cleanup_close int pidfd = -1;
	pid_t pid;

	if (!ve_init(ch->ctid, &pid, &pidfd))
		return fail(EXIT_NOT_RUNNING, "set %u: the VE has just stopped", ch->ctid);
	return shm_set_limit(ch->c, pidfd, b->limit, &ch->old_shm);
}

static int undo_shm(struct change *ch)
{
	cleanup_close int pidfd = -1;
	pid_t pid;
	uint64_t now;

	return ve_init(ch->ctid, &pid, &pidfd) ? shm_set_limit(ch->c, pidfd, ch->old_shm, &now) : 0;
}

static int apply_bounds(struct change *ch)
{
	struct counter now[VZLITE_RESOURCE_COUNT];
	int status = module_counters(ch->ctid, now);

	for (int r = 0; !status && r < VZLITE_RESOURCE_COUNT; r++)
		ch->old_bounds[r] = (struct bound){ now[r].barrier, now[r].limit };
	return status ? status : module_ve_set(ch->ctid, ch->c->bound, ch->bounds);
}

static int undo_bounds(struct change *ch)
{
	return module_ve_set(ch->ctid, ch->old_bounds, ch->bounds);
}

/* As the module had it before. -1: it did not, since it was started with --force, without
 * the module. */
static int look_up(struct change *ch)
{
	int found = *ch->old_ve.name ? 1 : module_ve_get(ch->ctid, &ch->old_ve);

	return found < 0 ? -found : found ? 0 : -1;
}

static int apply_views(struct change *ch)
{
	int status = look_up(ch);

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
	const char *name = ch->c->hostname ? ch->c->hostname : "";
	pid_t pid;

	if (!ve_init(ch->ctid, &pid, &pidfd))
		return fail(EXIT_NOT_RUNNING, "set %u: the VE has just stopped", ch->ctid);
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

static int make_network(struct change *ch, const char *addresses, bool nat)
{
	cleanup_close int pidfd = -1;
	pid_t pid;

	if (!ve_init(ch->ctid, &pid, &pidfd))
		return fail(EXIT_NOT_RUNNING, "set %u: the VE has just stopped", ch->ctid);
	return network_apply(ch->c, pidfd, addresses, nat);
}

/* A failure leaves a part, which is no part of what all-or-nothing leaves. */
static int apply_network(struct change *ch)
{
	bool nat = ch->nat || !*ch->old_live ? ch->c->nat && !strcmp(ch->c->nat, "yes") : ch->old_nat;
	int status = make_network(ch, ch->live, nat);

	if (status && status != EXIT_IP_IN_USE && make_network(ch, ch->old_live, ch->old_nat))
		warn("set %u: its addresses are not as they were before", ch->ctid);
	return status;
}

static int undo_network(struct change *ch)
{
	return make_network(ch, ch->old_live, ch->old_nat);
}

static int apply_rate(struct change *ch)
{
	return network_rate(ch->ctid, ch->c->rate);
}

static int undo_rate(struct change *ch)
{
	return network_rate(ch->ctid, ch->old_rate);
}

static int apply_resolver(struct change *ch)
{
	char text[RESOLVER_TEXT];

	resolver_text(ch->c, text);
	return resolver_write(ch->c, text, ch->old_resolver);
}

static int undo_resolver(struct change *ch)
{
	return resolver_write(ch->c, ch->old_resolver, NULL);
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

static int apply_all(struct change *ch, bool running)
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
		{ running && ch->views && module_loaded(), apply_views, undo_views },
		{ running && ch->name && module_loaded(), apply_name, undo_name },
		{ running && ch->hostname, apply_hostname, undo_hostname },
		{ running && (ch->network || ch->nat), apply_network, undo_network },
		{ running && ch->rate, apply_rate, undo_rate },
		{ running && ch->resolver, apply_resolver, undo_resolver },
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
	return status ? status : ch->unsynced;
}

/* Until we end: whoever presses ^C gets all or nothing, too. */
static void hold_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGQUIT);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

static int set(struct change *ch, bool running)
{
	int status;

	if (!running && !ch->given.save)
		return fail(EXIT_NOT_RUNNING, "set %u: the VE is not running, and without --save "
			    "there is nothing to change", ch->ctid);
	if (ch->next_start && !ch->given.save)
		return fail(EXIT_BAD_OPTION, "set %u: --%s does nothing without --save",
			    ch->ctid, ch->next_start);
	hold_signals();
	status = ch->given.save ? config_draft(ch->c, &ch->file) : 0;
	if (!status)
		status = apply_all(ch, running);
	file_drop(&ch->file);
	cleanup_close_(&ch->cgroup);
	return status;
}

/* Whether another VE has what is to be saved or to be in force. */
static int check_addresses(const struct change *ch, bool running)
{
	int status = ch->given.save ? network_check(ch->ctid, ch->c->ip_address, true) : 0;

	return !status && running ? network_check(ch->ctid, ch->live, true) : status;
}

static int set_locked(struct change *ch, struct config *c)
{
	cleanup_close int names = -1;
	bool running;
	int status = config_load(c, ch->ctid);

	if (!status && c->adopted)
		status = given_check_adopted(&ch->given, ch->ctid);
	if (!status && c->adopted)
		running = adopted_registered(adopted_find(c));
	else if (!status)
		status = ve_find(ch->ctid, &running, NULL, NULL);
	if (!status && c->rate && !(ch->old_rate = strdup(c->rate)))
		status = fail_memory();
	if (!status && (ch->network || ch->nat))
		status = given_live_addresses(&ch->given, c, &ch->old_live, &ch->live,
					      &ch->old_nat);
	if (!status)
		status = given_apply(&ch->given, c);
	if (!status && (ch->name || ch->network))
		status = host_lock("ids", &names);
	if (!status && ch->name)
		status = given_check_name(c);
	if (!status && ch->network)
		status = check_addresses(ch, running);
	return status ? status : set(ch, running);
}

int cmd_set(int argc, char **argv)
{
	cleanup_config struct config c;
	cleanup_close int lock = -1;
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
	free(ch.live);
	free(ch.old_live);
	free(ch.old_rate);
	return status;
}
