// SPDX-License-Identifier: GPL-2.0-or-later
/* What two CPUs get done in the time of one. */
#define _GNU_SOURCE
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"

enum { SLICES = 15, SLICE_NS = 200000000 };

/* What parent and workers share. A worker runs its operation while its bit is set. */
struct shared {
	volatile unsigned int running;
	volatile bool ended;
	volatile uint64_t count[2];
};

static void work(struct shared *shared, int cpu, void (*run)(void))
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	must(!sched_setaffinity(0, sizeof(set), &set), "sched_setaffinity");
	while (!shared->ended) {
		if (!(shared->running & 1u << cpu)) {
			usleep(500);
			continue;
		}
		run();
		shared->count[cpu]++;
	}
	_exit(0);
}

/* The operations that the workers in @mask do in a second, together. */
static double rate(struct shared *shared, unsigned int mask)
{
	struct timespec slice = { .tv_nsec = SLICE_NS };
	uint64_t before = shared->count[0] + shared->count[1], start = now(), done;

	shared->running = mask;
	nanosleep(&slice, NULL);
	shared->running = 0;
	done = shared->count[0] + shared->count[1] - before;
	start = now() - start;
	usleep(5000);
	return done * 1e9 / start;
}

static int compare_double(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double scale(void (*run)(void))
{
	struct shared *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
				     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	double ratio[SLICES];
	pid_t workers[2];
	int i;

	must(shared != MAP_FAILED, "mmap");
	for (i = 0; i < 2; i++) {
		workers[i] = fork();
		must(workers[i] >= 0, "fork");
		if (!workers[i])
			work(shared, i, run);
	}
	rate(shared, 3);
	for (i = 0; i < SLICES; i++) {
		double one = rate(shared, 1), both = rate(shared, 3), other = rate(shared, 2);

		ratio[i] = 2 * both / (one + other);
	}
	shared->ended = true;
	for (i = 0; i < 2; i++)
		must(waitpid(workers[i], NULL, 0) == workers[i], "waitpid");
	qsort(ratio, SLICES, sizeof(ratio[0]), compare_double);
	return ratio[SLICES / 2];
}

int run_scale(void)
{
	printf("open+close %.4f\n", scale(op_open_close));
	printf("fork+exit+wait %.4f\n", scale(op_fork_exit_wait));
	return 0;
}
