/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What container a VE is: the one place that turns a configuration into one. */
#ifndef VZLITE_DESCRIBE_H
#define VZLITE_DESCRIBE_H

#include <limits.h>
#include <sys/resource.h>

#include "bindmount.h"
#include "config.h"
#include "container.h"
#include "device.h"
#include "resolver.h"

#define UID_RANGE 65536		/* ids of a VE, from LOCAL_UID on */

/* A container and what it points at. */
struct description {
	struct container container;
	struct id_map map;
	struct root root;
	char id[16], term[80];
	rlim_t signals;
	struct limit limits[RLIM_NLIMITS];
	char *argv[2];
	char *env[8];
	char resolver[RESOLVER_TEXT];
	struct bind binds[BINDS_MAX];
	char bindmounts[BINDMOUNTS_TEXT], devices[DEVNODES_TEXT];
	char lower[PATH_MAX], upper[PATH_MAX], work[PATH_MAX];
};

/* The VE of @c with its init, to be born in @cgroup. @notify: with a socket that
 * hears when systemd is up. *@d points at @c's strings. Fails when a device is missing. */
int __must_check ve_describe(const struct config *c, int cgroup, bool notify, struct description *d);

/* Of that only d->root, and what it points at. */
void ve_describe_root(const struct config *c, struct description *d);

/* One more command, or with argv NULL a login shell, in the VE whose init is
 * @init (a pidfd). @privileged: it runs so. @locked: bytes of memory that it may lock.
 * @stdio: standard input, output, error, with their @pipes. */
void ve_describe_exec(uint32_t ctid, int init, int cgroup, char *const *argv,
		      bool privileged, rlim_t locked, const enum stream stdio[3], const int pipes[3],
		      struct description *d);

#endif
