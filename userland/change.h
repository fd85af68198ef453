/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What `set` changes of a VE, part by part, each of which can be taken back. */
#ifndef VZLITE_CHANGE_H
#define VZLITE_CHANGE_H

#include "cgroup_limits.h"
#include "disk.h"
#include "file.h"
#include "given.h"
#include "module.h"
#include "resolver.h"

struct change {
	uint32_t ctid;
	struct given given;
	struct config *c;		/* what is to be */
	/* What is touched, by where it takes effect. */
	bool bounds[VZLITE_RESOURCE_COUNT];
	unsigned int limits;		/* 1 << CGROUP_* */
	bool module, memory, shm, hostname, name, views, network, netif, nat, rate, resolver, privileged;
	bool cpumask;			/* among the limits */
	bool disk_space, disk_inodes, disk_quota;
	bool had_resolver, had_hostname;	/* its configuration, before */
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
	char *live_netif, *old_netif;	/* the same of its interfaces */
	char *old_rate;			/* in force; NULL: none */
	bool old_rate_written;		/* it was not the file's */
	char old_resolver[RESOLVER_OLD];
	struct disk_quota old_disk;
	struct file_draft file;
	int unsynced;			/* the file is in its place: the status all the same */
};

/*
 * All that is marked, or nothing: in the VE if it is @running, then, if that is to be
 * saved, the file, of which there is a draft. The lock is the caller's, as are the
 * strings and @ch->cgroup, which is opened. An exit status, said on standard error.
 */
int change_apply(struct change *ch, bool running);

#endif
