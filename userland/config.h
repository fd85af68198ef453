/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A VE's configuration: /etc/vzlite/conf/CTID.conf, lines NAME="value" with
 * OpenVZ's keys. Unknown lines and comments are kept where they are when the
 * file is written. Global defaults: /etc/vzlite/vzlite.conf, same syntax; NAME and
 * LOCAL_UID are not looked at there, as no two VEs may have the same.
 *
 * That of an adopted VE (adopted.h) is state, VZLITE_STATEDIR/adopted/CTID.conf, of the
 * same syntax. Defaults are not for it: what runs already shall not meet limits
 * that nobody gave it.
 *
 * Read the fields freely, but change them only through config_set and
 * config_set_option: these keep the lines that config_save writes.
 */
#ifndef VZLITE_CONFIG_H
#define VZLITE_CONFIG_H

#include <limits.h>

#include "paths.h"
#include "resource.h"
#include "units.h"

#define CONFIG_UNSET UINT64_MAX

struct config {
	uint32_t ctid;
	bool adopted;
	/* Strings are owned, NULL when unset. */
	char *name;		/* NAME */
	char *hostname;		/* HOSTNAME */
	char *ostemplate;	/* OSTEMPLATE */
	char *layout;		/* VE_LAYOUT: "overlay" (default) or "dir" */
	char *init;		/* VE_INIT: default /sbin/init */
	char *cpumask;		/* CPUMASK: list of CPUs, "0-3,5" */
	char *onboot;		/* ONBOOT: "yes" or "no" */
	char *disabled;		/* DISABLED: "yes" or "no" (default) */
	char *allowreboot;	/* ALLOWREBOOT: "yes" (default) or "no" */
	char *privileged;	/* PRIVILEGED: "yes" or "no" (default), see privileged.h */
	char *on_limit;		/* ON_LIMIT: see on_limit.h */
	char *features;		/* FEATURES: see feature.h */
	char *cgroup;		/* CGROUP, of an adopted VE as the next two: "/machine.slice/x" */
	char *boot_id;		/* BOOT_ID: in which the next one meant this directory */
	uint64_t cgroup_id;	/* CGROUP_ID: see adopted.h */
	char *diskquota;	/* DISK_QUOTA: "yes" (default) or "no": the next two do nothing */
	char *diskspace;	/* DISKSPACE: see disk.h */
	char *diskinodes;	/* DISKINODES */
	char *bindmount;	/* BINDMOUNT: see bindmount.h */
	char *devnodes;		/* DEVNODES: see device.h */
	char *iolimit;		/* IOLIMIT: see io.h, as the next two */
	uint64_t iopslimit;	/* IOPSLIMIT */
	uint64_t ioprio;	/* IOPRIO: 0 .. 7 */
	char *ip_address;	/* IP_ADDRESS: see address.h */
	char *netif;		/* NETIF: see netif.h */
	char *nat;		/* NAT: "yes" or "no" */
	char *rate;		/* RATE: see rate.h */
	char *ratebound;	/* RATEBOUND, OpenVZ's, beside a RATE in its form */
	char *nameserver;	/* NAMESERVER: addresses, blanks between */
	char *searchdomain;	/* SEARCHDOMAIN: domains, blanks between */
	uint64_t ncpus;		/* CPUS: number of CPUs */
	uint64_t local_uid;	/* LOCAL_UID: first host uid = gid of the VE's 65536 */
	uint64_t cpuunits;	/* CPUUNITS: 8 .. 500000, default 1000 */
	uint64_t cpulimit;	/* CPULIMIT: percent of one CPU, 0 = none */
	uint64_t stop_timeout;	/* STOP_TIMEOUT: seconds, default 120 */
	uint64_t action_timeout; /* ACTION_TIMEOUT: seconds, see action.h */
	uint64_t bootorder;	/* BOOTORDER: higher ones start first */
	/* Beancounters; set[i] tells which are given. --ram is
	 * bound[VZLITE_PHYSPAGES].limit, --swap bound[VZLITE_SWAPPAGES].limit. */
	struct bound bound[VZLITE_RESOURCE_COUNT];
	bool set[VZLITE_RESOURCE_COUNT];
	char **lines;		/* the file as read, for rewriting */
	size_t nlines;
};

/* Empty configuration of @ctid: strings NULL, numbers CONFIG_UNSET, nothing set. */
void config_init(struct config *c, uint32_t ctid);
void config_free(struct config *c);
#define cleanup_config __attribute__((cleanup(config_free)))

/* Load the global defaults, then CTID.conf. EXIT_NO_CONFIG with a line when there is none; EXIT_BAD_VALUE
 * with file:line:key when a value is bad. */
int config_load(struct config *c, uint32_t ctid);
/* For who stops a VE: what can be understood of its file counts, the rest is as if unset. The
 * same status. */
int __must_check config_load_partly(struct config *c, uint32_t ctid);
/* The same of one of which is known whether it is adopted, with the text of the defaults
 * (NULL: none); and that text, NULL where there is none. */
int __must_check config_load_with(struct config *c, uint32_t ctid, bool adopted, const char *defaults);
int __must_check config_read_defaults(char **text);
/* true when CTID.conf exists. */
bool config_exists(uint32_t ctid);
/* EXIT_NOT_RUNNING with its line; EXIT_NO_CONFIG of one that there is not. */
int __must_check config_not_running(uint32_t ctid);
/* true when it is an adopted VE's. */
bool config_adopted(uint32_t ctid);
/* Write atomically (temporary name, fsync, rename, fsync of the directory). */
int config_save(struct config *c);
/* The same in two steps: after the first, which is what can fail on a full disk,
 * nothing has changed. */
struct file_draft;
int __must_check config_draft(struct config *c, struct file_draft *draft);
int __must_check config_commit(struct file_draft *draft);
/* Unlink it; absent is no error. */
int config_remove(uint32_t ctid);
/* As vzctl's destroy: it is kept under a name that means no VE, over an older one there. */
#define CONFIG_DESTROYED ".destroyed"
int __must_check config_retire(uint32_t ctid);
/* All CTIDs that have a configuration, sorted; *ids is malloc'ed. */
int config_list(uint32_t **ids, size_t *n);
/* The VE whose NAME is @name; *@ctid is 0 when there is none. */
int __must_check config_find_name(const char *name, uint32_t *ctid);
/* What CTID.conf sets @key to, malloc'ed; NULL when it does not, or is not there.
 * Only this line is looked at, whatever else is wrong with the file; with @anybodys
 * whoever may write it, too: what a broken VE has reserved stays reserved. */
int __must_check config_peek(uint32_t ctid, const char *key, bool anybodys, char **value);
/* The same of what holds for the VE: what vzlite.conf sets @key to where its own file does not. */
int __must_check config_peek_effective(uint32_t ctid, const char *key, char **value);
/* CTID from "101" or from a VE's NAME; prints and returns an exitcode. */
int config_resolve(const char *arg, uint32_t *ctid);

/* One setting by config key, or by the name of its command line option ("ram").
 * Returns 0, or an exitcode with a line naming the option and the reason; *c is
 * then unchanged. An empty value unsets a string. */
int config_set(struct config *c, const char *key, const char *value);
int config_set_option(struct config *c, const char *option, const char *value);

/* Make @line, malloc'ed and from then on the configuration's, the last of those. 0 or EXIT_NO_RESOURCES
 * with its line: @line is the caller's. */
int __must_check config_append_line(struct config *c, char *line);

/* The defaults alone, "" where there are none: for create. As config_load. */
int config_load_defaults(struct config *c);

/* For tests: another place than /etc/vzlite and VZLITE_STATEDIR. */
void config_set_dir(const char *dir);
/* Where the files are, and that of one VE. */
void config_dir(char path[PATH_SIZE], bool adopted);
void config_path(char path[PATH_SIZE], uint32_t ctid);

#endif
