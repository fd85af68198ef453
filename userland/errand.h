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
	const char *killed;	/* what to say when a signal was its end */
};

/* Run it for VE @ctid, and wait: an exitcode, with a line. @said: what it wrote at once, as
 * far as it fits, with a NUL behind it. */
int __must_check errand_run(uint32_t ctid, const struct errand *e, char *said, size_t size);

#endif
