// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "action.h"
#include "error.h"
#include "lock.h"
#include "record.h"

#define DAEMON "vzlite-eventd"

/*
 * Open and lock @path. -1 with errno, EAGAIN or EACCES when another has the lock.
 * A lock of fcntl is the process's own: gone the moment that it is killed, while one
 * of flock lives as long as a child that was just forked and not killed yet. And who
 * has it can be asked. It is gone, too, when the process closes any descriptor of the
 * file: so nobody else opens these files, and no process locks one twice.
 */
static int lock_path(const char *path, int how)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	for (bool made = false; ; ) {
		cleanup_close int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
		struct stat ours, now;

		/* After a boot several may find it missing: one of them makes it. */
		if (fd < 0 && errno == ENOENT && !made &&
		    (!mkdir(VZLITE_RUNDIR, 0755) || errno == EEXIST)) {
			made = true;
			continue;
		}
		if (fd < 0 || fcntl(fd, how, &lock) || fstat(fd, &ours))
			return -1;
		/* Removed between open and lock: the lock is one of nothing. */
		if (!stat(path, &now) && now.st_dev == ours.st_dev && now.st_ino == ours.st_ino)
			return steal_fd(fd);
	}
}

bool ve_trylock(uint32_t ctid, int *fd)
{
	char path[RECORD_PATH];

	record_path(ctid, "lock", path);
	*fd = lock_path(path, F_SETLK);
	return *fd >= 0;
}

/* "vzlite stop 101", as it was called. */
static void holder_words(pid_t pid, char *text, size_t size)
{
	char path[64];
	cleanup_close int fd = -1;
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/cmdline", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? 0 : read(fd, text, size - 1);
	text[n < 0 ? 0 : n] = '\0';
	for (ssize_t i = 0; i + 1 < n; i++)
		if (!text[i])
			text[i] = ' ';
}

/* We are called by an action script, of this VE: who has its lock waits for us. */
static bool by_action(uint32_t ctid)
{
	const char *of = getenv(ACTION_ENV);

	return of && strtoul(of, NULL, 10) == ctid;
}

int ve_lock(uint32_t ctid, int *fd)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	cleanup_close int other = -1;
	char path[RECORD_PATH], words[64];

	if (ve_trylock(ctid, fd))
		return 0;
	record_path(ctid, "lock", path);
	if (errno != EAGAIN && errno != EACCES)
		return fail_errno(EXIT_SYSTEM, "%s %u: lock %s", operation, ctid, path);
	other = open(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	if (other < 0 || fcntl(other, F_GETLK, &lock) || lock.l_type == F_UNLCK)
		return fail(EXIT_LOCKED, "%s %u: another vzlite works on this VE", operation, ctid);
	holder_words(lock.l_pid, words, sizeof(words));
	/* Closing a descriptor later would take the lock away again. */
	cleanup_close_(&other);
	other = -1;
	if (!strncmp(words, DAEMON, strlen(DAEMON)) && !by_action(ctid))
		return ve_lock_wait(ctid, fd);
	return fail(EXIT_LOCKED, "%s %u: another vzlite works on this VE (pid %d: %s)", operation,
		    ctid, lock.l_pid, words);
}

int ve_lock_wait(uint32_t ctid, int *fd)
{
	char path[RECORD_PATH];

	record_path(ctid, "lock", path);
	*fd = lock_path(path, by_action(ctid) ? F_SETLK : F_SETLKW);
	if (*fd < 0 && (errno == EAGAIN || errno == EACCES))
		return fail(EXIT_LOCKED, "%s %u: its action script runs, which called this", operation, ctid);
	return *fd < 0 ? fail_errno(EXIT_SYSTEM, "%s %u: lock %s", operation, ctid, path) : 0;
}

void ve_lock_remove(uint32_t ctid, int fd)
{
	(void)fd;	/* only who holds it may: others then see that it is gone */
	record_remove(ctid, "lock");
}

static void host_path(const char *name, char path[64])
{
	snprintf(path, 64, "%s/%s.lock", VZLITE_RUNDIR, name);
}

int host_lock(const char *name, int *fd)
{
	char path[64];

	host_path(name, path);
	*fd = lock_path(path, F_SETLKW);
	return *fd < 0 ? fail_errno(EXIT_SYSTEM, "%s: lock %s", operation, path) : 0;
}

bool host_trylock(const char *name, int *fd)
{
	char path[64];

	host_path(name, path);
	*fd = lock_path(path, F_SETLK);
	return *fd >= 0;
}

bool host_locked(const char *name)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	cleanup_close int fd = -1;
	char path[64];

	host_path(name, path);
	fd = open(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	return fd >= 0 && !fcntl(fd, F_GETLK, &lock) && lock.l_type != F_UNLCK;
}
