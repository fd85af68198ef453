/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where things are; the Makefile sets them from PREFIX, SYSCONFDIR and STATEDIR. */
#ifndef VZLITE_PATHS_H
#define VZLITE_PATHS_H

#ifndef VZLITE_SYSCONFDIR
#define VZLITE_SYSCONFDIR "/etc/vzlite"		/* vzlite.conf, conf/CTID.conf */
#endif
#ifndef VZLITE_STATEDIR
#define VZLITE_STATEDIR "/var/lib/vzlite"
#endif
#ifndef VZLITE_LIBEXECDIR
#define VZLITE_LIBEXECDIR "/usr/local/lib/vzlite"	/* vzlite-template */
#endif

/* Mode 0700; each entry is a VE's root as a plain directory tree. Entries that
 * start with "." are being made or removed. */
#define VZLITE_TEMPLATEDIR VZLITE_STATEDIR "/template"

/* Of a path made of these and of numbers and names of ours. A page for each, as PATH_MAX has,
 * would cost more than most of what is done with it. */
#define PATH_SIZE 512
_Static_assert(sizeof(VZLITE_SYSCONFDIR) <= PATH_SIZE / 2 && sizeof(VZLITE_STATEDIR) <= PATH_SIZE / 2,
	       "a directory's name is too long");

#endif
