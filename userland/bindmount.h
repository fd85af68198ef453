/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What of the host is bound into a VE when it starts. BINDMOUNT of its configuration holds,
 * with blanks between, SOURCE:TARGET[,OPTION]...:
 *   BINDMOUNT="/srv/data:/data /srv/media:/media,ro,noexec"
 * SOURCE is the host's, TARGET in the VE. Options are ro and noexec; nosuid and nodev, which
 * are always so, and rw, are taken and left out. ":ro" is taken for ",ro".
 */
#ifndef VZLITE_BINDMOUNT_H
#define VZLITE_BINDMOUNT_H

#include "container.h"

#define BINDMOUNTS_MAX 32
#define BINDMOUNTS_TEXT 2560	/* as long as a setting may be, with a NUL for each word's two */

/*
 * Each of @list (NULL: none) as a bind, whose strings are in @text. How many, or -1, with the
 * first bad word in *@bad, if that is not NULL.
 */
int bindmounts_parse(const char *list, char text[BINDMOUNTS_TEXT], struct bind binds[BINDMOUNTS_MAX],
		     const char **bad);
bool bindmounts_valid(const char *list);

/* As setting.h's change: add those of @given, each in the place of what has its target; take
 * away those with the targets @given, or "all". */
const char *bindmounts_add(const char *list, const char *given, char **out, char *reason,
			   size_t size);
const char *bindmounts_delete(const char *list, const char *given, char **out, char *reason,
			      size_t size);

/* EXIT_MOUNT_FAILED with a line when a source of @list is not there. Warns of one that any
 * user of the host could run programs from which the VE's root has left there. */
int __must_check bindmounts_check(uint32_t ctid, const char *list);

#endif
