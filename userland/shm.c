// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <sched.h>

#include "errand.h"
#include "shm.h"

#define SHMALL "/proc/sys/kernel/shmall"
#define SHMALL_DEFAULT (ULONG_MAX - (1UL << 24))

#define TIMEOUT 10	/* seconds: whoever has the VE's lock meanwhile holds up others */

struct wish {
	const struct config *c;
	int pidfd;
	uint64_t limit;
};

/* The file is of whoever opens it: of his ipc namespace. What it said goes to
 * @result. */
static int write_inside(const void *arg, int result)
{
	const struct wish *w = arg;
	const struct config *c = w->c;
	cleanup_close int fd = -1;
	char text[32], old[32];
	ssize_t n;

	if (setns(w->pidfd, CLONE_NEWIPC))
		return fail_errno(EXIT_SYSTEM, "%s %u: join its ipc namespace", operation, c->ctid);
	fd = open(SHMALL, O_RDWR | O_CLOEXEC);
	/* Since 6.9 the namespace's own root may write, and no other. */
	if (fd < 0 && errno == EACCES && !setresuid(-1, c->local_uid, -1))
		fd = open(SHMALL, O_RDWR | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, old, sizeof(old));
	if (n <= 0 || write(result, old, n) != n)
		return fail_errno(EXIT_SYSTEM, "%s %u: read its kernel.shmall", operation, c->ctid);
	n = snprintf(text, sizeof(text), "%" PRIu64,
		     w->limit >= VZLITE_UNLIMITED ? (uint64_t)SHMALL_DEFAULT : w->limit);
	if (pwrite(fd, text, n, 0) != n)
		return fail_errno(EXIT_SYSTEM, "%s %u: write %s to its kernel.shmall", operation,
				  c->ctid, text);
	return 0;
}

int shm_set_limit(const struct config *c, int pidfd, uint64_t limit, uint64_t *old)
{
	const struct wish w = { c, pidfd, limit };
	char killed[64], said[32];
	const struct errand e = { write_inside, &w, killed, TIMEOUT };
	int status;

	snprintf(killed, sizeof(killed), "its kernel.shmall cannot be written in %d seconds", TIMEOUT);
	status = errand_run(c->ctid, &e, said, sizeof(said));
	if (old && *said)
		*old = strtoull(said, NULL, 10);
	return status;
}
