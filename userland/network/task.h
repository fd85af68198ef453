/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What vzlite-network and vzlite-netif are run for: OPERATION TASK CTID ARGUMENT... */
#ifndef VZLITE_NETWORK_TASK_H
#define VZLITE_NETWORK_TASK_H

#include "util.h"

#define TASK_ARGUMENTS 4	/* of argv, the first behind the CTID */

struct work;			/* each program has its own */

struct task {
	const char *name;
	int arguments;
	int (*run)(struct work *w, char **argv);
};

/* Which of the @n of @tasks is asked for, and of which VE: sets @ctid and operation. NULL:
 * none, with a line that it is not for people to run. */
const struct task *task_find(const struct task *tasks, size_t n, int argc, char **argv, uint32_t *ctid);

/* A RATE (rate.h) in bytes a second, "": 0. EXIT_SET_RATE with a line when it is none. */
int __must_check task_rate(uint32_t ctid, const char *text, uint64_t *rate);

#endif
