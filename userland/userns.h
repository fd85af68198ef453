/* SPDX-License-Identifier: GPL-2.0-or-later */
/* User namespaces, as maps of ids. @id: whose it is, for error lines. */
#ifndef VZLITE_USERNS_H
#define VZLITE_USERNS_H

#include "container.h"

/* Give the new user namespace of process @pid its map; @name: "uid_map" or "gid_map". */
int __must_check userns_write_map(const char *id, pid_t pid, const char *name,
				  const struct id_map *map, size_t count);

/* One that nobody lives in, for mounts to map ids by: *@fd, with @map for users and groups. */
int __must_check userns_make(const char *id, const struct id_map *map, int *fd);

#endif
