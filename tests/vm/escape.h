/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The attempts of a VE's root to leave it (ve-escape.sh), a table in each of the
 * programs escape_*. One line each: "refused NAME (ERROR)" or "DONE NAME"; "BROKEN
 * NAME" is one that could not be tried.
 *
 *   escape_X ve      all of them
 *   escape_X nested  those that mean something in a user namespace of the VE's own
 *   escape_X host    those that can and do no harm to the host whose root tries them: they
 *                    must be DONE there, or they prove nothing of a VE
 *
 * From the environment, what is the host's: ESCAPE_PID a process, ESCAPE_DISK "MAJOR:MINOR",
 * ESCAPE_KEY a key.
 */
#ifndef ESCAPE_H
#define ESCAPE_H

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
/* What every host here has and no VE. */
#define HOST_FILE "/usr/lib/vzlite/tests/vm/lib.sh"
#define SECONDS 90	/* for one attempt; to load many modules takes long in the test machine */

enum {
	PROOF = 1,	/* also tried, and DONE, by the host's root */
	OUTER = 2,	/* a user namespace of one's own may do that to itself */
};

struct attempt {
	const char *name;
	/* True when it was done; else errno says why not. */
	bool (*try)(const struct attempt *a);
	int flags;
	const char *path, *text;
	int number, other;
};

#define TRY(name_, try_, flags_, ...) \
	{ .name = name_, .try = try_, .flags = flags_, ##__VA_ARGS__ }

static inline int host_number(const char *name)
{
	const char *value = getenv(name);

	return value ? atoi(value) : 0;
}

static inline void say(const struct attempt *a, bool done)
{
	int error = errno;
	char line[256];
	int n;

	if (done)
		n = snprintf(line, sizeof(line), "DONE %s\n", a->name);
	else
		n = snprintf(line, sizeof(line), "refused %s (%s)\n", a->name,
			     error ? strerrorname_np(error) : "not there");
	if (write(1, line, n) != n)
		_exit(1);
}

/* In a process of its own, which may lose rights, hang, or be killed for it. */
static inline void attempt(const struct attempt *a)
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		bool done;

		alarm(SECONDS);
		errno = 0;
		done = a->try(a);
		say(a, done);
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status)
		dprintf(1, "BROKEN %s (status %x)\n", a->name, pid < 0 ? 0 : status);
}

static inline int attempts(const struct attempt *table, size_t count, const char *where)
{
	bool nested = !strcmp(where, "nested"), host = !strcmp(where, "host");

	if (!nested && !host && strcmp(where, "ve"))
		return 2;
	for (size_t i = 0; i < count; i++)
		if (!(nested && table[i].flags & OUTER) && !(host && !(table[i].flags & PROOF)))
			attempt(&table[i]);
	return 0;
}

#endif
