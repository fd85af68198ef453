/* SPDX-License-Identifier: GPL-2.0-or-later */
/* VEs by the files that are named after them. */
#ifndef VZLITE_IDS_H
#define VZLITE_IDS_H

#include "util.h"

struct ids {
	uint32_t *list;		/* malloc'ed */
	size_t n, room;
};

static inline bool ids_have(const struct ids *ids, uint32_t ctid)
{
	for (size_t i = 0; i < ids->n; i++)
		if (ids->list[i] == ctid)
			return true;
	return false;
}

static inline void cleanup_ids_(struct ids *ids) { free(ids->list); }
#define cleanup_ids __attribute__((cleanup(cleanup_ids_)))

int __must_check ids_put(struct ids *ids, uint32_t ctid);
/* Add those of which there is a file CTID@suffix (".conf") in @dir. A directory that is
 * missing has none. */
int __must_check ids_add(struct ids *ids, const char *dir, const char *suffix);
/* In order, none twice. */
void ids_sort(struct ids *ids);

#endif
