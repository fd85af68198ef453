// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Without libFuzzer: a fixed number of inputs, the same on each machine, made from good ones.
 *
 *   TARGET [COUNT [FIRST]]	COUNT inputs, from number FIRST on
 *   TARGET FILE		that one
 *
 * The input at which a sanitizer, or the target, has ended it is then in crash-TARGET.
 */
#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fuzz.h"

#define COUNT 50000
#define CHANGES_MAX 6

#define SECONDS 300	/* for all */

/* Seen by who survives it. */
static struct input {
	uint8_t data[FUZZ_MAX];
	size_t size;
	uint64_t number;
} *input;
static uint64_t state;

/* xorshift64* (Vigna 2016). */
static uint64_t draw(uint64_t below)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return (state * 0x2545f4914f6cdd1dULL >> 11) % below;
}

static void put(size_t at, size_t old, const void *new, size_t n)
{
	if (input->size - old + n > FUZZ_MAX)
		return;
	memmove(input->data + at + n, input->data + at + old, input->size - at - old);
	if (n)
		memcpy(input->data + at, new, n);
	input->size += n - old;
}

static void put_number(size_t at)
{
	static const char *const numbers[] = {
		"0", "-1", "1", "65535", "2147483648", "4294967295", "4294967296", "9223372036854775807",
		"18446744073709551615", "18446744073709551616", "unlimited", "0x10", "1e9", "", " ",
	};
	const char *number = numbers[draw(sizeof(numbers) / sizeof(*numbers))];
	size_t old = 0;

	while (at > 0 && isdigit(input->data[at - 1]))
		at--;
	while (at + old < input->size && isdigit(input->data[at + old]))
		old++;
	put(at, old, number, strlen(number));
}

/* A piece of another good input. */
static void put_other(size_t at, size_t seeds)
{
	uint8_t other[FUZZ_MAX];
	size_t size = fuzz_seed(draw(seeds), other), from = draw(size);

	put(at, draw(input->size - at + 1), other + from, draw(size - from + 1));
}

static void change(size_t seeds)
{
	size_t at = draw(input->size + 1), n;
	uint8_t copy[256], byte;

	switch (draw(8)) {
	case 0:
		if (at < input->size)
			input->data[at] ^= 1 << draw(8);
		break;
	case 1:
		byte = draw(256);
		put(at, at < input->size, &byte, 1);
		break;
	case 2:
		put(at, draw(input->size - at + 1), NULL, 0);
		break;
	case 3:
		/* Once more what stands there, perhaps many times. */
		n = draw(input->size - at + 1);
		n = n > sizeof(copy) ? sizeof(copy) : n;
		memcpy(copy, input->data + at, n);
		for (size_t times = draw(8) ? 1 : 1 + draw(100); times; times--)
			put(at, 0, copy, n);
		break;
	case 4:
		put_number(at);
		break;
	case 5:
		/* Where the syntax is. */
		byte = " \t\n\"'=:,;./#\\-[]"[draw(16)];
		put(at, draw(2) && at < input->size, &byte, 1);
		break;
	case 6:
		put_other(at, seeds);
		break;
	case 7:
		input->size = at;
		break;
	}
}

static void make(size_t seeds, uint64_t number)
{
	state = number * 0x9e3779b97f4a7c15ULL + 1;
	input->number = number;
	input->size = fuzz_seed(draw(seeds), input->data);
	for (uint64_t n = number < seeds ? 0 : 1 + draw(CHANGES_MAX); n; n--)
		change(seeds);
}

/* Error lines, which come by the thousand, and a sanitizer's report go to @log: those of the
 * last input stay. */
static int feed(uint64_t first, uint64_t count, int log)
{
	uint8_t seed[FUZZ_MAX];
	size_t seeds = 0;

	alarm(SECONDS);
	if (dup2(log, STDERR_FILENO) < 0)
		return 2;
	while (fuzz_seed(seeds, seed))
		seeds++;
	for (uint64_t n = first; n < first + count; n++) {
		if (ftruncate(log, 0))
			return 2;
		make(seeds, n);
		LLVMFuzzerTestOneInput(input->data, input->size);
	}
	return 0;
}

static int replay(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, input->data, FUZZ_MAX);

	if (n < 0) {
		perror(path);
		return 2;
	}
	input->size = n;
	LLVMFuzzerTestOneInput(input->data, input->size);
	return 0;
}

static void tell(const char *target, int status, int log)
{
	char text[4096], path[256];
	ssize_t n;
	int fd;

	printf("%s: input %llu: %s %d\n", target, (unsigned long long)input->number,
	       WIFSIGNALED(status) ? "signal" : "status",
	       WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
	fflush(stdout);
	for (off_t at = 0; (n = pread(log, text, sizeof(text), at)) > 0; at += n)
		if (write(STDOUT_FILENO, text, n) != n)
			return;
	snprintf(path, sizeof(path), "crash-%s", target);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd >= 0 && write(fd, input->data, input->size) == (ssize_t)input->size)
		printf("it is in %s\n", path);
}

int main(int argc, char **argv)
{
	const char *target = strrchr(argv[0], '/') ? strrchr(argv[0], '/') + 1 : argv[0];
	uint64_t count = argc > 1 ? strtoull(argv[1], NULL, 10) : COUNT;
	uint64_t first = argc > 2 ? strtoull(argv[2], NULL, 10) : 0;
	int log = memfd_create("log", MFD_CLOEXEC), status;
	pid_t pid;

	input = mmap(NULL, sizeof(*input), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (input == MAP_FAILED || log < 0 || fcntl(log, F_SETFL, O_APPEND))
		return 2;
	if (argc > 1 && !count)
		return replay(argv[1]);
	pid = fork();
	if (pid == 0)
		exit(feed(first, count, log));
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return 2;
	if (status) {
		tell(target, status, log);
		return 1;
	}
	printf("ok - %s: %llu inputs\n", target, (unsigned long long)count);
	return 0;
}
