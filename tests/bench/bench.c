// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Operations counted in guest instructions: under `scripts/vm run --icount` one
 * virtual nanosecond is one instruction.
 *
 *   bench ops              "OPERATION VALUE" for each, per operation: the median of
 *                          batches, after some that do not count
 *   bench run N CMD...     "WALL CPU": median of N runs of CMD in nanoseconds; CPU
 *                          is of CMD and all that it waited for
 *   bench join DIR CMD...  enter the cgroup DIR, then run CMD
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { BATCHES = 25, WARM_UP = 3 };

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

static void op_getppid(void)
{
	getppid();
}

static void op_open_close(void)
{
	close(open("/dev/null", O_RDONLY));
}

static void op_open_read_close(void)
{
	char buf[4096];
	int fd = open("/run/bench-file", O_RDONLY);

	if (read(fd, buf, sizeof(buf)) != 100)
		abort();
	close(fd);
}

static void op_socket_close(void)
{
	close(socket(AF_INET, SOCK_DGRAM, 0));
}

static void op_mmap_munmap(void)
{
	munmap(mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), 65536);
}

static void op_fork_exit_wait(void)
{
	pid_t pid = fork();

	if (!pid)
		_exit(0);
	waitpid(pid, NULL, 0);
}

static const struct {
	const char *name;
	void (*run)(void);
	int batch;
} ops[] = {
	{ "getppid", op_getppid, 2000 },
	{ "open+close", op_open_close, 500 },
	{ "open+read+close", op_open_read_close, 500 },
	{ "socket+close", op_socket_close, 500 },
	{ "mmap+munmap", op_mmap_munmap, 500 },
	{ "fork+exit+wait", op_fork_exit_wait, 100 },
};

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static int run_ops(void)
{
	char text[100] = "";
	uint64_t took[BATCHES];
	unsigned int i;
	int batch, n, fd = open("/run/bench-file", O_CREAT | O_WRONLY | O_TRUNC, 0644);

	if (write(fd, text, sizeof(text)) != sizeof(text))
		return 1;
	close(fd);
	for (i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
		for (batch = -WARM_UP; batch < BATCHES; batch++) {
			uint64_t start = now();

			for (n = 0; n < ops[i].batch; n++)
				ops[i].run();
			if (batch >= 0)
				took[batch] = now() - start;
		}
		qsort(took, BATCHES, sizeof(took[0]), compare);
		printf("%s %.1f\n", ops[i].name, (double)took[BATCHES / 2] / ops[i].batch);
	}
	return 0;
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
	if (argc > 3 && !strcmp(argv[1], "run"))
		return run_command(atoi(argv[2]), argv + 3);
	if (argc > 3 && !strcmp(argv[1], "join"))
		return join(argv[2], argv + 3);
	fprintf(stderr, "bench: see the head of bench.c\n");
	return 2;
}
