/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Programs of our own that do what needs a library, which costs more to load than most
 * commands do in all. They print their own line. */
#ifndef VZLITE_HELPER_H
#define VZLITE_HELPER_H

#include "error.h"

/* Run @path with @argv and no environment for VE @ctid, and wait: its status. It ends
 * when we do. @keep: a descriptor for it under the same number, -1: none. */
int __must_check helper_run(uint32_t ctid, const char *path, char *const *argv, int keep);
/* The same of one with tasks (network/task.h), for @task. @arguments: HELPER_ARGUMENTS at
 * the most, then NULL. */
#define HELPER_ARGUMENTS 4
int __must_check helper_task(uint32_t ctid, const char *path, const char *task,
			     const char *const *arguments, int keep);

#endif
