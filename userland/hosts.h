/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A VE's /etc/hosts. */
#ifndef VZLITE_HOSTS_H
#define VZLITE_HOSTS_H

#define HOSTS_FILE "/etc/hosts"
#define HOSTS_MAX 16384		/* a longer one is its owner's affair */

/* What every machine's holds. */
#define HOSTS_LOCAL "127.0.0.1\tlocalhost\n" \
		    "::1\tlocalhost ip6-localhost ip6-loopback\n" \
		    "ff02::1\tip6-allnodes\n" \
		    "ff02::2\tip6-allrouters\n"

/*
 * What @old ("": none was there) must become for @name to be found in it: the line that was
 * written here for an earlier name is replaced, all others stay. Malloc'ed; NULL when it is
 * found already, or memory is out.
 */
char *hosts_with(const char *old, const char *name);

#endif
