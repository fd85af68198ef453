/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of bench share: see the head of bench.c. */
#ifndef BENCH_H
#define BENCH_H

#include <err.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/* In nanoseconds. These two are inline: a call is counted, too. */
static inline uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

/* Ends with a line when it was not. */
static inline void must(bool done, const char *what)
{
	if (!done)
		err(1, "%s", what);
}

/* Of two uint64_t, for qsort(). */
int compare(const void *a, const void *b);

/* Two of the operations (operation.c), which scale.c has done on two CPUs. */
void op_open_close(void);
void op_fork_exit_wait(void);

/* `bench ops` and `bench scale`. */
int run_ops(void);
int run_scale(void);

#endif
