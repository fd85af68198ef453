// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Operations counted in guest instructions: under `scripts/vm run --icount` one
 * virtual nanosecond is one instruction.
 *
 *   bench ops              "OPERATION VALUE" for each, per operation: the median of
 *                          batches, after some that do not count
 *   bench scale            "OPERATION RATIO": how much faster two workers on two CPUs are
 *                          than one; wall time, so not under --icount
 *   bench run N CMD...     "WALL CPU": median of N runs of CMD in nanoseconds; CPU
 *                          is of CMD and all that it waited for
 *   bench files DIR N      read pids.current, memory.current, cpu.stat and memory.events
 *                          of the cgroups DIR1 .. DIRN
 *   bench reads N FILE     open, read to the end and close FILE N times, or call sysinfo
 *                          when it is "sysinfo": nanoseconds for one, on average
 *   bench join DIR CMD...  enter the cgroup DIR, then run CMD
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static uint64_t cpu(void)
{
	struct rusage u;

	getrusage(RUSAGE_CHILDREN, &u);
	return (u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000000000ull +
	       (u.ru_utime.tv_usec + u.ru_stime.tv_usec) * 1000ull;
}

static int run_command(int n, char **argv)
{
	uint64_t *wall = calloc(n, sizeof(*wall)), *used = calloc(n, sizeof(*used));
	int i, status;

	for (i = -1; i < n; i++) {
		uint64_t w = now(), c = cpu();
		pid_t pid = fork();

		if (!pid) {
			int null = open("/dev/null", O_RDWR);

			dup2(null, 0);
			dup2(null, 1);
			execvp(argv[0], argv);
			_exit(127);
		}
		waitpid(pid, &status, 0);
		if (status) {
			fprintf(stderr, "bench: %s: status %x\n", argv[0], status);
			return 1;
		}
		if (i >= 0) {
			wall[i] = now() - w;
			used[i] = cpu() - c;
		}
	}
	qsort(wall, n, sizeof(*wall), compare);
	qsort(used, n, sizeof(*used), compare);
	printf("%llu %llu\n", (unsigned long long)wall[n / 2], (unsigned long long)used[n / 2]);
	return 0;
}

static int join(const char *dir, char **argv)
{
	char path[4096];
	int fd;

	snprintf(path, sizeof(path), "%s/cgroup.procs", dir);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, "0", 1) != 1)
		return 1;
	execvp(argv[0], argv);
	return 127;
}

static int read_files(const char *dir, int n)
{
	static const char *const names[] = {
		"pids.current", "memory.current", "cpu.stat", "memory.events"
	};
	char path[4096], text[4096];

	for (int i = 1; i <= n; i++)
		for (size_t j = 0; j < sizeof(names) / sizeof(names[0]); j++) {
			int fd;

			snprintf(path, sizeof(path), "%s%d/%s", dir, i, names[j]);
			fd = open(path, O_RDONLY);
			if (fd < 0 || read(fd, text, sizeof(text)) <= 0)
				return 1;
			close(fd);
		}
	return 0;
}

static void read_once(const char *file)
{
	static char text[1 << 16];
	struct sysinfo info;
	int fd;

	if (!strcmp(file, "sysinfo")) {
		must(!sysinfo(&info), file);
		return;
	}
	fd = open(file, O_RDONLY);
	must(fd >= 0, file);
	while (read(fd, text, sizeof(text)) > 0)
		;
	close(fd);
}

static int reads(int n, const char *file)
{
	uint64_t start;
	int i;

	for (i = 0; i < n / 10; i++)
		read_once(file);
	start = now();
	for (i = 0; i < n; i++)
		read_once(file);
	printf("%.0f\n", (double)(now() - start) / n);
	return 0;
}

/* Where the kernel puts stack and heap decides how many page tables a fork copies:
 * up to 4 % of it. The same place in each run, then. */
static void stop_randomizing(char **argv)
{
	int now = personality(0xffffffff);

	if (now < 0 || now & ADDR_NO_RANDOMIZE)
		return;
	personality(now | ADDR_NO_RANDOMIZE);
	execv("/proc/self/exe", argv);
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "ops"))
		stop_randomizing(argv);
	if (argc > 1 && !strcmp(argv[1], "ops"))
		return run_ops();
	if (argc > 1 && !strcmp(argv[1], "scale"))
		return run_scale();
	if (argc > 3 && !strcmp(argv[1], "run"))
		return run_command(atoi(argv[2]), argv + 3);
	if (argc > 3 && !strcmp(argv[1], "files"))
		return read_files(argv[2], atoi(argv[3]));
	if (argc > 3 && !strcmp(argv[1], "reads"))
		return reads(atoi(argv[2]), argv[3]);
	if (argc > 3 && !strcmp(argv[1], "join"))
		return join(argv[2], argv + 3);
	fprintf(stderr, "bench: see the head of bench.c\n");
	return 2;
}
