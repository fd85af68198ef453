/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What costs the process that does it something that it cannot have back, rights or a
 * namespace: so a child does it, and ends. */
#ifndef VZLITE_ERRAND_H
#define VZLITE_ERRAND_H

#include "error.h"

struct errand {
	/* In the child. An exitcode, with its line; what it writes to @result we are told. */
	int (*run)(const void *arg, int result);
	const void *arg;
	const char *killed;	/* what to say when a signal was its end, or it is not done in time */
	int seconds;		/* that are given to it: any may come upon what does not answer */
};

/*
 * Run it for VE @ctid, and wait: an exitcode, with a line. @said: what it wrote, which is no more than
 * a pipe takes, as far as it fits, with a NUL behind it. One that is not done in time is killed;
 * if it waits for what a VE's program serves (FUSE), it may go on waiting, and we do not.
 */
int __must_check errand_run(uint32_t ctid, const struct errand *e, char *said, size_t size);

#endif
