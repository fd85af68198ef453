// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * set: all values are parsed before anything is changed; then the running VE is
 * changed, part by part, and last the file. When a part fails, one more line says
 * what had been changed by then.
 */
#include <fcntl.h>
#include <sched.h>
#include <string.h>

#include "cgroup.h"
#include "command.h"
#include "error.h"
#include "given.h"
#include "module.h"
#include "options.h"
#include "setting.h"
#include "state.h"

struct change {
	uint32_t ctid;
	struct given given;
	/* What is touched, by where it takes effect. */
	bool bounds[VZLITE_RESOURCE_COUNT];
	bool module, memory, cgroup, hostname, name;
	const char *next_start;		/* an option that is nothing without --save */
};

/* Sort an option under what it touches. */
static void note(struct change *ch, const char *option)
{
	const struct setting *s = setting_by_option(option);
	int r = resource_find(s && s->memory ? s->key : option);

	if (r >= 0) {
		ch->bounds[r] = true;
		if (r == VZLITE_PHYSPAGES || r == VZLITE_SWAPPAGES)
			ch->memory = ch->cgroup = true;
		else
			ch->module = true;
		return;
	}
	/* A name that is not in the file is one that no command finds. */
	if (!strcmp(s->key, "NAME"))
		ch->name = true;
	if (s->apply == APPLY_CGROUP)
		ch->cgroup = true;
	else if (s->apply == APPLY_HOSTNAME)
		ch->hostname = true;
	else
		ch->next_start = option;
}

static int parse_options(int argc, char **argv, struct change *ch)
{
	int status = given_parse(argc, argv, false, &ch->given);

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

static int apply_bounds(const struct change *ch, const struct config *c)
{
	return module_ve_set(ch->ctid, c->bound, ch->bounds);
}

static int apply_cgroup(const struct change *ch, const struct config *c)
{
	return cgroup_apply(c, ch->ctid);
}

static int apply_name(const struct change *ch, const struct config *c)
{
	char id[16];

	/* Without a name the module has the CTID for one. */
	snprintf(id, sizeof(id), "%u", ch->ctid);
	return module_ve_rename(ch->ctid, c->name ? c->name : id);
}

/* By the VE's own host name, in its UTS namespace; this process changes nothing
 * else from there, and ends. */
static int apply_hostname(const struct change *ch, const struct config *c)
{
	cleanup_close int pidfd = -1;
	const char *name = c->hostname ? c->hostname : "";
	pid_t pid;

	if (!ve_init(ch->ctid, &pid, &pidfd))
		return fail(EXIT_NOT_RUNNING, "set %u: the VE has just stopped", ch->ctid);
	if (setns(pidfd, CLONE_NEWUTS) || sethostname(name, strlen(name)))
		return fail_errno(EXIT_SYSTEM, "set %u: set the host name", ch->ctid);
	return 0;
}

static int apply_save(const struct change *ch, const struct config *c)
{
	(void)ch;
	return config_save((struct config *)c);
}

static int apply_all(const struct change *ch, const struct config *c, bool running)
{
	const struct {
		bool wanted;
		const char *what;
		int (*apply)(const struct change *ch, const struct config *c);
	} parts[] = {
		{ running && ch->cgroup, "cgroup limits", apply_cgroup },
		/* Memory is limited by the cgroup, and only shown by the module: a VE
		 * that was started without it can still be changed. */
		{ running && (ch->module || (ch->memory && module_loaded())), "beancounters",
		  apply_bounds },
		{ running && ch->name, "name", apply_name },
		{ running && ch->hostname, "host name", apply_hostname },
		{ ch->given.save, "configuration file", apply_save },
	};
	char done[128] = "";
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		int status = parts[i].wanted ? parts[i].apply(ch, c) : 0;

		/* The part that failed has had its line; a first one changed nothing. */
		if (status && n)
			warn("set %u: changed before that: %s; not changed: %s and what follows",
			     ch->ctid, done, parts[i].what);
		if (status)
			return status;
		if (parts[i].wanted)
			n += snprintf(done + n, sizeof(done) - n, "%s%s", n ? ", " : "", parts[i].what);
	}
	return 0;
}

int cmd_set(int argc, char **argv)
{
	struct change ch = { };
	cleanup_config struct config c;
	cleanup_close int lock = -1, names = -1;
	bool running;
	int status;

	config_init(&c, 0);
	status = parse_options(argc, argv, &ch);
	if (status)
		return status;
	if (!config_exists(ch.ctid))
		return fail(EXIT_NO_CONFIG, "set %u: no such VE", ch.ctid);
	status = ve_lock(ch.ctid, &lock);
	if (!status)
		status = config_load(&c, ch.ctid);
	if (!status)
		status = given_apply(&ch.given, &c);
	if (!status && ch.name)
		status = host_lock("ids", &names);
	if (!status && ch.name)
		status = given_check_name(&c);
	if (status)
		return status;
	running = ve_running(ch.ctid);
	if (!running && !ch.given.save)
		return fail(EXIT_NOT_RUNNING, "set %u: the VE is not running, and without --save "
			    "there is nothing to change", ch.ctid);
	if (ch.next_start && !ch.given.save)
		return fail(EXIT_BAD_OPTION, "set %u: --%s does nothing without --save",
			    ch.ctid, ch.next_start);
	return apply_all(&ch, &c, running);
}
