// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A tenant that does its work, beside one that is greedy (exhaust.c). A round of it is
 * computing, memory, a file and a pipe.
 *
 *   steady work N         N rounds; prints the milliseconds that they took
 *   steady paced MS       one round every 10 ms, for that long; prints how many were done in
 *                         time, those that came late being made up for
 *   steady disk MS        likewise, a round being a block of a file on the VE's disk, written
 *                         and on it (fsync)
 *   steady echo MS ADDRESS
 *                         likewise, a datagram to an IPv4 address, and the answer to it
 *   steady server         answers these (port 7), and takes in what is sent to port 9
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PAGE 4096
#define FILE_BLOCKS 256
#define ECHO_PORT 7
#define DISCARD_PORT 9
#define PATIENCE_MS 50		/* for an answer; then it is lost */

enum outcome { FAILED, LOST, DONE };

static const char *server;

static long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static enum outcome one_round(long n)
{
	static char block[256 * 1024], page[PAGE];
	static int ends[2];
	static long sum;
	int fd = open("/run/work", O_RDWR | O_CREAT | O_TRUNC, 0600);
	bool good;

	(void)n;
	if (!ends[1] && pipe(ends))
		return FAILED;
	for (int k = 0; k < 200000; k++)
		sum += (sum ^ k) * 31;
	memset(block, (int)sum, sizeof(block));
	good = fd >= 0 && write(fd, block, sizeof(block)) == sizeof(block) &&
	       write(ends[1], page, PAGE) == PAGE && read(ends[0], page, PAGE) == PAGE;
	close(fd);
	return good ? DONE : FAILED;
}

static enum outcome one_block(long n)
{
	static char block[PAGE];
	static int fd = -1;

	if (fd < 0)
		fd = open("/root/work", O_WRONLY | O_CREAT | O_TRUNC, 0600);
	memset(block, (int)n, sizeof(block));
	return fd >= 0 && pwrite(fd, block, PAGE, n % FILE_BLOCKS * PAGE) == PAGE && !fsync(fd) ? DONE : FAILED;
}

static enum outcome one_echo(long n)
{
	static int fd = -1;
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(ECHO_PORT) };
	long answer, left, until = now_ms() + PATIENCE_MS;

	if (fd < 0) {
		fd = socket(AF_INET, SOCK_DGRAM, 0);
		if (inet_pton(AF_INET, server, &to.sin_addr) != 1 ||
		    connect(fd, (struct sockaddr *)&to, sizeof(to)))
			return FAILED;
	}
	/* Full queues may refuse it, too. */
	if (send(fd, &n, sizeof(n), 0) != sizeof(n))
		return LOST;
	while ((left = until - now_ms()) > 0 && poll(&(struct pollfd){ .fd = fd, .events = POLLIN }, 1, left) == 1)
		/* Not the late answer to another. */
		if (recv(fd, &answer, sizeof(answer), 0) == sizeof(answer) && answer == n)
			return DONE;
	return LOST;
}

static int work(long rounds)
{
	long started = now_ms();

	for (long n = 0; n < rounds; n++)
		if (one_round(n) == FAILED)
			return 1;
	printf("%ld\n", now_ms() - started);
	return 0;
}

static int paced(long ms, enum outcome (*round)(long n))
{
	long started = now_ms(), now, done = 0;

	for (long n = 0; (now = now_ms() - started) < ms; n++) {
		long wait = n * 10 - now;
		enum outcome outcome;

		if (wait > 0)
			nanosleep(&(struct timespec){ .tv_nsec = wait * 1000000 }, NULL);
		outcome = round(n);
		if (outcome == FAILED)
			return 1;
		done += outcome == DONE;
	}
	printf("%ld\n", done);
	return 0;
}

static int serve(void)
{
	static const int ports[] = { ECHO_PORT, DISCARD_PORT };
	struct pollfd fds[2];
	char data[2048];

	for (int i = 0; i < 2; i++) {
		struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(ports[i]) };

		fds[i] = (struct pollfd){ .fd = socket(AF_INET, SOCK_DGRAM, 0), .events = POLLIN };
		if (bind(fds[i].fd, (struct sockaddr *)&at, sizeof(at)))
			return 1;
	}
	while (poll(fds, 2, -1) > 0) {
		struct sockaddr_in from;
		socklen_t length = sizeof(from);
		ssize_t size;

		if (fds[0].revents) {
			size = recvfrom(fds[0].fd, data, sizeof(data), 0, (struct sockaddr *)&from, &length);
			if (size >= 0)
				sendto(fds[0].fd, data, size, 0, (struct sockaddr *)&from, length);
		}
		if (fds[1].revents)
			recv(fds[1].fd, data, sizeof(data), 0);
	}
	return 1;
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "work"))
		return work(atol(argv[2]));
	if (argc == 3 && !strcmp(argv[1], "paced"))
		return paced(atol(argv[2]), one_round);
	if (argc == 3 && !strcmp(argv[1], "disk"))
		return paced(atol(argv[2]), one_block);
	if (argc == 4 && !strcmp(argv[1], "echo")) {
		server = argv[3];
		return paced(atol(argv[2]), one_echo);
	}
	if (argc == 2 && !strcmp(argv[1], "server"))
		return serve();
	fprintf(stderr, "usage: steady work N | paced MS | disk MS | echo MS ADDRESS | server\n");
	return 2;
}
