// SPDX-License-Identifier: GPL-2.0-or-later
/* What the kernel is asked for, counted in instructions. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

enum { BATCHES = 25, WARM_UP = 3 };

/* What an operation needs and does not make itself. */
static int bench_file, listener;
static struct sockaddr_in listening;

static void op_getppid(void)
{
	getppid();
}

void op_open_close(void)
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

void op_fork_exit_wait(void)
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

int run_ops(void)
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
