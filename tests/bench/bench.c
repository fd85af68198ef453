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
#include <arpa/inet.h>
#include <err.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>
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

/* What an operation needs and does not make itself. */
static int bench_file, listener;
static struct sockaddr_in listening;

static void must(bool done, const char *what)
{
	if (!done)
		err(1, "%s", what);
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

	must(read(fd, buf, sizeof(buf)) == 100, "read");
	close(fd);
}

static void op_socket_close(void)
{
	close(socket(AF_INET, SOCK_DGRAM, 0));
}

/* Three TCP sockets: the one that connects is reset, so that none stays behind. */
static void op_accept(void)
{
	struct linger reset = { .l_onoff = 1 };
	int client = socket(AF_INET, SOCK_STREAM, 0), server;

	must(!connect(client, (struct sockaddr *)&listening, sizeof(listening)), "connect");
	server = accept(listener, NULL, NULL);
	must(server >= 0, "accept");
	setsockopt(client, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	close(client);
	close(server);
}

static void op_flock(void)
{
	must(!flock(bench_file, LOCK_EX), "flock");
	flock(bench_file, LOCK_UN);
}

static void op_fcntl_lock(void)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 1 };

	must(!fcntl(bench_file, F_SETLK, &lock), "F_SETLK");
	lock.l_type = F_UNLCK;
	fcntl(bench_file, F_SETLK, &lock);
}

static void op_mmap_munmap(void)
{
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	must(page != MAP_FAILED, "mmap");
	munmap(page, 4096);
}

static void op_pty(void)
{
	int fd = open("/dev/ptmx", O_RDWR | O_NOCTTY);

	must(fd >= 0, "/dev/ptmx");
	close(fd);
}

static void op_fork_exit_wait(void)
{
	pid_t pid = fork();

	if (!pid)
		_exit(0);
	must(waitpid(pid, NULL, 0) == pid, "fork");
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
	{ "accept", op_accept, 50 },
	{ "flock", op_flock, 500 },
	{ "fcntl-lock", op_fcntl_lock, 500 },
	{ "mmap+munmap", op_mmap_munmap, 500 },
	{ "pty", op_pty, 50 },
	{ "fork+exit+wait", op_fork_exit_wait, 100 },
};

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static void prepare(void)
{
	char text[100] = "";
	socklen_t length = sizeof(listening);

	bench_file = open("/run/bench-file", O_CREAT | O_RDWR | O_TRUNC, 0644);
	must(write(bench_file, text, sizeof(text)) == sizeof(text), "/run/bench-file");
	listening.sin_family = AF_INET;
	listening.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	listener = socket(AF_INET, SOCK_STREAM, 0);
	must(!bind(listener, (struct sockaddr *)&listening, length), "bind");
	must(!listen(listener, 8), "listen");
	must(!getsockname(listener, (struct sockaddr *)&listening, &length), "getsockname");
}

static int run_ops(void)
{
	uint64_t took[BATCHES];
	unsigned int i;
	int batch, n;

	prepare();
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

static int run_scale(void)
{
	printf("open+close %.4f\n", scale(op_open_close));
	printf("fork+exit+wait %.4f\n", scale(op_fork_exit_wait));
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
