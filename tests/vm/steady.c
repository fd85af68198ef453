// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A tenant that does its work, beside one that is greedy (exhaust.c). A round of it is
 * computing, memory, a file and a pipe.
 *
 *   steady work N     N rounds; prints the milliseconds that they took
 *   steady paced MS   one round every 10 ms, for that long; prints how many were done in
 *                     time, those that came late being made up for
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define PAGE 4096

static long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static bool one_round(void)
{
	static char block[256 * 1024], page[PAGE];
	static int ends[2];
	static long sum;
	int fd = open("/run/work", O_RDWR | O_CREAT | O_TRUNC, 0600);
	bool good;

	if (!ends[1] && pipe(ends))
		return false;
	for (int k = 0; k < 200000; k++)
		sum += (sum ^ k) * 31;
	memset(block, (int)sum, sizeof(block));
	good = fd >= 0 && write(fd, block, sizeof(block)) == sizeof(block) &&
	       write(ends[1], page, PAGE) == PAGE && read(ends[0], page, PAGE) == PAGE;
	close(fd);
	return good;
}

static int work(long rounds)
{
	long started = now_ms();

	while (rounds-- > 0)
		if (!one_round())
			return 1;
	printf("%ld\n", now_ms() - started);
	return 0;
}

static int paced(long ms)
{
	long started = now_ms(), now, done = 0;

	while ((now = now_ms() - started) < ms) {
		long wait = done * 10 - now;

		if (wait > 0)
			nanosleep(&(struct timespec){ .tv_nsec = wait * 1000000 }, NULL);
		if (!one_round())
			return 1;
		done++;
	}
	printf("%ld\n", done);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "work"))
		return work(atol(argv[2]));
	if (argc == 3 && !strcmp(argv[1], "paced"))
		return paced(atol(argv[2]));
	fprintf(stderr, "usage: steady work N | paced MS\n");
	return 2;
}
