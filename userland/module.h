/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel module, seen from userland: everything netlink stays behind this.
 * Functions print their own error line and return an enum exitcode
 * (EXIT_NO_MODULE, with how to get it, when the family does not exist).
 */
#ifndef VZLITE_MODULE_H
#define VZLITE_MODULE_H

#include "resource.h"
#include "units.h"

struct counter {
	uint64_t held, maxheld, barrier, limit, failcnt;
	enum vzlite_enforcer enforcer;
	bool present;
	uint32_t age;		/* of held, in milliseconds */
};

struct module_ve {
	uint32_t id;
	char name[VZLITE_VE_NAME_MAX + 1];
	/* Only of module_ve_get and module_ve_all. */
	uint64_t cgroup_id;
	bool populated;
	bool views;		/* true, too, of a module that has none */
	/* Of these and MODULE_EVENT_END: how the last init of it ended. */
	enum vzlite_end end;
	uint32_t wait_status;
};

struct module_info {
	char version[32];
	uint32_t ves, zombies;
	char end_missing[64];	/* "" when the ends of VEs are told of */
	struct {
		enum vzlite_enforcer enforcer;
		/* The kernel's function that cannot be hooked; "" when all can. With one the
		 * resource is enforced, if it is, in most cases only. */
		char missing[64];
	} resource[VZLITE_RESOURCE_COUNT];
	/* Up to the first without a name. */
	struct missing_view {
		char name[32], missing[64];
		bool guard;	/* no view: a bound on what VEs take of the host */
	} missing_view[32];
};

struct limit_event {
	struct module_ve ve;
	enum vzlite_resource resource;
	struct counter counter;
	uint32_t pid;
	char comm[16];
	uint64_t hits;
};

/* NULL for that of a VE without one: the module then has its CTID as such. */
const char *module_ve_name(const struct module_ve *ve);

bool module_loaded(void);		/* prints nothing; loads it if it can */
bool module_loaded_now(void);		/* the same, and changes nothing */
int module_info(struct module_info *info);
/* Register: @bounds[i] is sent where @set[i]. A limit that the module cannot enforce on this
 * kernel is refused (EXIT_NO_MODULE), or, with @force, left out with a warning. */
int module_ve_new(uint32_t id, const char *name, int cgroup_fd,
		  const struct bound *bounds, const bool *set, bool views, bool force);
/* The same beforehand, and changes nothing. */
int module_check_bounds(uint32_t id, const struct bound *bounds, const bool *set);
int module_ve_set(uint32_t id, const struct bound *bounds, const bool *set);
int module_ve_rename(uint32_t id, const char *name);
int module_ve_views(uint32_t id, bool on);
/* 1 when registered (and *ve filled), 0 when not, minus an exitcode on error
 * (printed). */
int module_ve_get(uint32_t id, struct module_ve *ve);
/* Forget it. Absent is no error. @quiet_busy: return EXIT_STOP_FAILED without a line on EBUSY. */
int module_ve_del(uint32_t id, bool quiet_busy);
/* Forget it though processes are in its cgroup, which go on. Absent is no error. */
int module_ve_release(uint32_t id);
/* All VEs in one dump, sorted; *list is malloc'ed. */
int module_ve_all(struct module_ve **list, size_t *n);
int module_counters(uint32_t id, struct counter counters[VZLITE_RESOURCE_COUNT]);
/* All VEs in one dump, of each the counters whose bit @mask has (1 << VZLITE_NUMPROC): a
 * few cost a fraction of all. An older module may tell of more. Return non-zero from
 * @cb to stop. */
#define MODULE_ALL_COUNTERS UINT64_MAX
int module_counters_all(uint64_t mask, int (*cb)(const struct module_ve *ve,
				  const struct counter counters[VZLITE_RESOURCE_COUNT],
				  void *arg), void *arg);

/* What module_event_read has found. */
enum module_event {
	MODULE_EVENT_NONE,	/* nothing more now: poll */
	MODULE_EVENT_LIMIT,	/* *event is filled */
	MODULE_EVENT_END,	/* event->ve is: its init ends */
	MODULE_EVENT_LOST,	/* events came faster than they were read, and some are
				 * gone; their hits are in the failcnt. Told at once, and once
				 * more behind those that were kept: up to there some more went */
	MODULE_EVENT_GONE,	/* the module was unloaded */
	MODULE_EVENT_BACK,	/* it is loaded: its events come (again) */
};

/* Subscribe, once in a process: an fd to poll, or -1 with the line printed and *@status
 * set. @buffer: bytes of events (of about 1 KB each) that may be held for us. @wait: a module
 * that is not loaded is no error, as if it had been unloaded. */
int module_events_open(size_t buffer, bool wait, int *status);
/* After so many milliseconds the next read has something to do, also when nothing has come: it tries again
 * to subscribe to a module that is there (which was said), or has more to say of what was lost; -1: no need. */
int module_events_retry_ms(void);
/* An enum module_event, or minus an exitcode. Never waits. */
int module_event_read(struct limit_event *event);

#endif
