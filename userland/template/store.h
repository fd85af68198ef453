/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The directory of templates. A template is made in ".making-NAME.XXXXXX" and renamed
 * when it is whole and on the disk; what a killed maker leaves is removed by the
 * next one, as is ".deleting-NAME.PID". No other name with a dot is touched.
 */
#ifndef VZLITE_STORE_H
#define VZLITE_STORE_H

#include "error.h"

struct draft {
	const char *name;
	char path[4096];	/* of the directory to fill */
	int store, fd;		/* the store, the directory */
};

/* Begin template @name: EXIT_PRIVATE_EXISTS when there is one. */
int __must_check draft_begin(struct draft *d, const char *name);
/* Make it the template. */
int __must_check draft_commit(struct draft *d);
/* Close it; remove it when it was not committed. */
void draft_end(struct draft *d);
#define cleanup_draft __attribute__((cleanup(draft_end)))
#define DRAFT_NONE { .store = -1, .fd = -1 }

/* Remove a template: refused while VEs run from it. */
int __must_check store_delete(const char *name);

struct stored {
	char *name;
	int64_t date;		/* seconds since 1970 */
	size_t ves;		/* VEs made of it */
};

/* Sorted by name; free with store_list_free. *@unread: the status of VEs' files that cannot be read,
 * each of which has had its line; they are not counted. */
int __must_check store_list(struct stored **list, size_t *n, int *unread);
void store_list_free(struct stored *list, size_t n);

#endif
