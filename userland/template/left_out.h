/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The paths of an archive's entries that were left out: a hard link to one of them is no file of
 * the tree's either. */
#ifndef VZLITE_LEFT_OUT_H
#define VZLITE_LEFT_OUT_H

#include "error.h"

struct left_out {
	void *paths;	/* tree of strings */
};

int __must_check left_out_add(struct left_out *l, const char *path);
/* A later entry of that path is there. */
int __must_check left_out_forget(struct left_out *l, const char *path);
int __must_check left_out_has(const struct left_out *l, const char *path, bool *has);
void left_out_free(struct left_out *l);

#endif
