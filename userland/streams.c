// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "error.h"
#include "streams.h"

static const char *const names[] = { "input", "output", "error" };

static bool is_null(const struct stat *st)
{
	return S_ISCHR(st->st_mode) && st->st_rdev == makedev(1, 3);
}

#define ALIASES 5	/* major of /dev/tty and /dev/console, which are names for others */

/* Of another devpts, two may have one number. */
static bool same_terminal(int a, const struct stat *st_a, int b, const struct stat *st_b)
{
	unsigned int device_a, device_b;

	return !ioctl(a, TIOCGDEV, &device_a) && !ioctl(b, TIOCGDEV, &device_b) &&
	       device_a == device_b && (st_a->st_dev == st_b->st_dev ||
					major(st_a->st_rdev) == ALIASES || major(st_b->st_rdev) == ALIASES);
}

/* @st: of those up to @fd; the first terminal is the one that the container's stands for. */
static enum stream choose(int fd, const struct stat st[], const enum stream stdio[])
{
	int first = 0;

	if (is_null(&st[fd]))
		return STREAM_CALLER;
	if (S_ISCHR(st[fd].st_mode) && isatty(fd)) {
		while (first < fd && stdio[first] != STREAM_TERMINAL)
			first++;
		if (first == fd || same_terminal(first, &st[first], fd, &st[fd]))
			return STREAM_TERMINAL;
	}
	return fd == 0 && S_ISREG(st[fd].st_mode) ? STREAM_FILE : STREAM_PIPE;
}

static int choose_all(const char *id, enum stream stdio[3])
{
	struct stat st[3];

	for (int i = 0; i < 3; i++) {
		if (fstat(i, &st[i]))
			return fail_errno(EXIT_SYSTEM, "%s %s: standard %s", operation, id, names[i]);
		if (S_ISDIR(st[i].st_mode))
			return fail(EXIT_EXEC_FAILED, "%s %s: standard %s is a directory", operation,
				    id, names[i]);
		stdio[i] = choose(i, st, stdio);
	}
	/* Into the same file: one pipe keeps what is written in its order. */
	if (stdio[1] == STREAM_PIPE && stdio[2] == STREAM_PIPE && st[1].st_dev == st[2].st_dev &&
	    st[1].st_ino == st[2].st_ino)
		stdio[2] = STREAM_OUTPUT;
	return 0;
}

int streams_make(const char *id, uid_t owner, enum stream stdio[3], int pipes[3],
		 struct streams *s)
{
	int status = choose_all(id, stdio);

	*s = (struct streams){ { -1, -1, -1 }, stdio[0] == STREAM_FILE };
	for (int i = 0; i < 3; i++) {
		int ends[2];

		pipes[i] = -1;
		if (status || (stdio[i] != STREAM_PIPE && stdio[i] != STREAM_FILE))
			continue;
		if (pipe2(ends, O_CLOEXEC) || fchown(ends[0], owner, owner)) {
			status = fail_errno(EXIT_SYSTEM, "%s %s: make a pipe", operation, id);
			continue;
		}
		pipes[i] = ends[i ? 1 : 0];
		s->ends[i] = ends[i ? 0 : 1];
	}
	return status;
}

void streams_release(const struct streams *s, int pipes[3])
{
	for (int i = 0; i < 3; i++)
		if (pipes[i] >= 0 && (i || !s->file))
			close(steal_fd(pipes[i]));
}

int streams_keep(const struct container *c)
{
	/* None of the three is below 3, nor one of the others' places. */
	for (int i = 0; i < 2; i++)
		if (c->pipes[i] >= 0 && dup2(c->pipes[i], i) < 0)
			return -1;
	return c->pipes[2] >= 0 && dup3(c->pipes[2], STREAMS_ERROR, O_CLOEXEC) < 0 ? -1 : 0;
}

static int null_all(void)
{
	int null = open("/dev/null", O_RDWR | O_NOCTTY | O_CLOEXEC);

	if (null < 0)
		return -1;
	for (int i = 0; i < 3; i++)
		if (dup2(null, i) < 0)
			return -1;
	return 0;
}

bool streams_control(const struct container *c)
{
	return c->stdio[0] == STREAM_TERMINAL;
}

int streams_take(const struct container *c, int slave)
{
	if (c->stdio[0] == STREAM_NULL)
		return null_all();
	/* It may still get one: the leader of a session does that opens a terminal to read it, but
	 * without O_NOCTTY. What asks for a password opens /dev/tty, which gives none. To be no
	 * leader it had to be another process's child. */
	if (slave >= 0 && streams_control(c) && ioctl(slave, TIOCSCTTY, 0))
		return -1;
	for (int i = 0; i < 3; i++)
		if (c->stdio[i] == STREAM_TERMINAL && dup2(slave, i) < 0)
			return -1;
	if (c->stdio[2] == STREAM_OUTPUT && dup2(1, 2) < 0)
		return -1;
	return c->stdio[2] == STREAM_PIPE && dup2(STREAMS_ERROR, 2) < 0 ? -1 : 0;
}
