// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Prints the rate of this processor's time stamp counter in MHz. It is that of the test machine,
 * too, whose kernel cannot always find it out: what it compares with are devices, which on a
 * busy host do not count evenly.
 */
#include <stdint.h>
#include <stdio.h>
#include <time.h>
#include <x86intrin.h>

/* Nanoseconds, and the counter's value at that time: the best of some looks. */
static uint64_t look(uint64_t *ticks)
{
	uint64_t least = UINT64_MAX, at = 0;
	struct timespec before, after;

	for (int i = 0; i < 20; i++) {
		uint64_t now, took;

		clock_gettime(CLOCK_MONOTONIC_RAW, &before);
		now = __rdtsc();
		clock_gettime(CLOCK_MONOTONIC_RAW, &after);
		took = (after.tv_sec - before.tv_sec) * 1000000000 + after.tv_nsec - before.tv_nsec;
		if (took >= least)
			continue;
		least = took;
		*ticks = now;
		at = before.tv_sec * 1000000000ULL + before.tv_nsec + took / 2;
	}
	return at;
}

int main(void)
{
	struct timespec pause = { .tv_nsec = 30000000 };
	uint64_t from, to, at = look(&from);

	nanosleep(&pause, NULL);
	at = look(&to) - at;
	printf("%.0f\n", (double)(to - from) * 1000 / at);
	return 0;
}
