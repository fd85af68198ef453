// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Memory that comes and goes.
 *
 *   remap SECONDS N   N processes, once all are there, map, unmap, protect and fork at
 *                     random
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { STEP = 16 * 4096 };

static int remap(long seconds)
{
	static void *held[64];
	time_t end = time(NULL) + seconds;
	unsigned int seed = getpid();
	pid_t pid;
	int i;

	while (time(NULL) < end) {
		i = rand_r(&seed) % 64;
		if (held[i] && held[i] != MAP_FAILED)
			munmap(held[i], STEP);
		held[i] = mmap(NULL, STEP, rand_r(&seed) % 4 ? PROT_READ | PROT_WRITE : PROT_READ,
			       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (held[i] != MAP_FAILED && rand_r(&seed) % 2)
			mprotect(held[i], STEP, PROT_READ | PROT_WRITE |
						(rand_r(&seed) % 2 ? PROT_EXEC : 0));
		if (rand_r(&seed) % 16)
			continue;
		pid = fork();
		if (!pid)
			_exit(0);
		if (pid > 0)
			waitpid(pid, NULL, 0);
	}
	return 0;
}

static int remap_many(long seconds, long n)
{
	int go[2];
	char byte;

	if (pipe(go))
		return 1;
	while (n--) {
		if (fork())
			continue;
		close(go[1]);
		_exit(read(go[0], &byte, 1) ? 1 : remap(seconds));
	}
	close(go[1]);
	while (wait(NULL) > 0)
		;
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 3)
		return remap_many(atol(argv[1]), atol(argv[2]));
	fprintf(stderr, "usage: remap SECONDS N\n");
	return 2;
}
