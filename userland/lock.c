// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include "action.h"
#include "config.h"
#include "error.h"
#include "follow.h"
#include "lock.h"
#include "record.h"

#define DAEMON "vzlite-eventd"
#define PATIENCE 5		/* seconds */
#define LOCK_SECONDS 600	/* no work of all VEs takes so long */

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
		struct stat ours;

		/* After a boot several may find it missing: one of them makes it. */
		if (fd < 0 && errno == ENOENT && !made &&
		    (!mkdir(VZLITE_RUNDIR, 0755) || errno == EEXIST)) {
			made = true;
			continue;
		}
		if (fd < 0 || fcntl(fd, how, &lock) || fstat(fd, &ours))
			return -1;
		/* Removed between open and lock: the lock is one of nothing. To look for its name
		 * says no more, and costs as much as all of this. */
		if (ours.st_nlink)
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

/* Who has the lock at @path; 0 and no words: it has been given back since, or he has ended. */
static pid_t holder(const char *path, char *words, size_t size)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	cleanup_close int fd = open(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC);

	*words = '\0';
	if (fd < 0 || fcntl(fd, F_GETLK, &lock) || lock.l_type == F_UNLCK)
		return 0;
	holder_words(lock.l_pid, words, size);
	return *words ? lock.l_pid : 0;
}

static void wake(int number)
{
	(void)number;
}

/* Whoever has waited for it for PATIENCE. */
static void tell_holder(const char *path)
{
	char words[64];
	pid_t pid = holder(path, words, sizeof(words));

	if (pid)
		warn("%s: waits for another vzlite (pid %d: %s)", operation, pid, words);
}

/* As lock_path() with F_SETLKW; who has to wait for more than a moment is told for whom. After so many
 * @seconds, if not 0, it is -1 with ETIME. */
static int lock_patiently(const char *path, unsigned int seconds)
{
	/* Again and again: a signal that comes before the wait does not end it. */
	const struct itimerval every = { .it_interval.tv_sec = 1, .it_value.tv_sec = 1 }, none = { };
	struct sigaction action = { .sa_handler = wake }, old;
	int64_t began = follow_now();
	bool told = false;
	int fd = lock_path(path, F_SETLK), error;

	if (fd >= 0 || (errno != EAGAIN && errno != EACCES))
		return fd;
	/* Without SA_RESTART: the alarm ends the wait. */
	if (sigaction(SIGALRM, &action, &old))
		return -1;
	setitimer(ITIMER_REAL, &every, NULL);
	while ((fd = lock_path(path, F_SETLKW)) < 0 && errno == EINTR) {
		int64_t waited = follow_now() - began;

		if (!told && waited >= PATIENCE * 1000) {
			told = true;
			tell_holder(path);
		}
		if (seconds && waited >= seconds * (int64_t)1000) {
			/* Who was stopped himself all the while may have it now. */
			fd = lock_path(path, F_SETLK);
			if (fd < 0)
				errno = ETIME;
			break;
		}
	}
	error = errno;
	setitimer(ITIMER_REAL, &none, NULL);
	sigaction(SIGALRM, &old, NULL);
	errno = error;
	return fd;
}

/* Why lock_patiently() has failed: @object, "start 101". */
static int not_locked(const char *object, const char *path)
{
	char words[64];
	pid_t pid;

	if (errno != ETIME)
		return fail_errno(EXIT_SYSTEM, "%s: lock %s", object, path);
	pid = holder(path, words, sizeof(words));
	return fail(EXIT_LOCKED, "%s: lock %s: another vzlite (pid %d: %s) has not given it back for %d minutes",
		    object, path, pid, pid ? words : "just ended", LOCK_SECONDS / 60);
}

/* @pid: who has the lock, as holder() found it, with his @words. */
static int refuse(uint32_t ctid, pid_t pid, const char *words)
{
	if (!pid)
		return fail(EXIT_LOCKED, "%s %u: another vzlite works on this VE", operation, ctid);
	return fail(EXIT_LOCKED, "%s %u: another vzlite works on this VE (pid %d: %s)", operation, ctid, pid, words);
}

static void host_path(const char *name, char path[64])
{
	snprintf(path, 64, "%s/%s.lock", VZLITE_RUNDIR, name);
}

/* Does he who has a VE's lock remove what is left of other VEs? This may be one of them. */
static bool sweeps(pid_t pid)
{
	char path[64], words[64];

	host_path(LOCK_SWEEP, path);
	return holder(path, words, sizeof(words)) == pid;
}

#define LOOKS 10	/* each finds another, or that one has ended: they come and go all the time */
#define SWEEP_MS 10000	/* a sweep takes two seconds, if it is not stopped */
#define LOOK_MS 20

static int lock_wait(uint32_t ctid, int *fd, unsigned int seconds)
{
	char path[RECORD_PATH], object[64];

	record_path(ctid, "lock", path);
	*fd = by_action(ctid) ? lock_path(path, F_SETLK) : lock_patiently(path, seconds);
	if (*fd < 0 && (errno == EAGAIN || errno == EACCES))
		return fail(EXIT_LOCKED, "%s %u: its action script runs, which called this", operation, ctid);
	if (*fd >= 0)
		return 0;
	snprintf(object, sizeof(object), "%s %u", operation, ctid);
	return not_locked(object, path);
}

/* By ve_lock(): a command locks one VE. */
static uint32_t locked_ve;

int ve_lock(uint32_t ctid, int *fd)
{
	char path[RECORD_PATH], words[64];
	int64_t until = follow_now() + SWEEP_MS;
	pid_t pid = 0, last;

	locked_ve = ctid;
	record_path(ctid, "lock", path);
	for (int i = 0; i < LOOKS; ) {
		if (ve_trylock(ctid, fd))
			return 0;
		if (errno != EAGAIN && errno != EACCES)
			return fail_errno(EXIT_SYSTEM, "%s %u: lock %s", operation, ctid, path);
		last = pid;
		pid = holder(path, words, sizeof(words));
		if (pid && by_action(ctid))
			break;
		if (pid && !strncmp(words, DAEMON, strlen(DAEMON)))
			return lock_wait(ctid, fd, LOCK_SECONDS);
		if (pid && sweeps(pid) && follow_now() < until) {
			usleep(LOOK_MS * 1000);
			pid = 0;
			continue;
		}
		/* Seen once he may have gone on before we looked whether he sweeps. */
		if (pid && pid == last)
			break;
		i++;
	}
	return refuse(ctid, pid, words);
}

int ve_lock_wait(uint32_t ctid, int *fd)
{
	return lock_wait(ctid, fd, 0);
}

#define STEP_MS 250

int ve_lock_while(uint32_t ctid, int *fd, bool (*go_on)(int ms))
{
	char path[RECORD_PATH];

	record_path(ctid, "lock", path);
	for (int ms = 0; !ve_trylock(ctid, fd); ms += STEP_MS) {
		if (errno != EAGAIN && errno != EACCES)
			return fail_errno(EXIT_SYSTEM, "%s %u: lock %s", operation, ctid, path);
		if (ms == PATIENCE * 1000)
			tell_holder(path);
		if (!go_on(STEP_MS))
			return -1;
	}
	return 0;
}

int ve_lock_within(uint32_t ctid, int *fd, bool (*go_on)(int ms))
{
	char path[RECORD_PATH], words[64];
	pid_t pid;
	int status;

	if (by_action(ctid))
		return ve_lock_wait(ctid, fd);
	status = ve_lock_while(ctid, fd, go_on);
	if (status >= 0)
		return status;
	record_path(ctid, "lock", path);
	pid = holder(path, words, sizeof(words));
	return refuse(ctid, pid, words);
}

void ve_lock_remove(uint32_t ctid, int fd)
{
	char path[RECORD_PATH];

	(void)fd;	/* only who holds it may: others then see that it is gone */
	record_path(ctid, "lock", path);
	unlink(path);
}

void ve_unlock(int *fd)
{
	if (*fd < 0)
		return;
	if (!config_exists(locked_ve))
		ve_lock_remove(locked_ve, *fd);
	close(steal_fd(*fd));
}

static int host_lock_within(const char *name, int *fd, unsigned int seconds)
{
	char path[64];

	host_path(name, path);
	*fd = lock_patiently(path, seconds);
	return *fd < 0 ? not_locked(operation, path) : 0;
}

int host_lock(const char *name, int *fd)
{
	return host_lock_within(name, fd, LOCK_SECONDS);
}

int host_lock_wait(const char *name, int *fd)
{
	return host_lock_within(name, fd, 0);
}

bool host_trylock(const char *name, int *fd)
{
	char path[64];

	host_path(name, path);
	*fd = lock_path(path, F_SETLK);
	return *fd >= 0;
}

static bool locked(const char *path)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	cleanup_close int fd = open(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC);

	return fd >= 0 && !fcntl(fd, F_GETLK, &lock) && lock.l_type != F_UNLCK;
}

bool host_locked(const char *name)
{
	char path[64];

	host_path(name, path);
	return locked(path);
}

bool ve_locked(uint32_t ctid)
{
	char path[RECORD_PATH];

	record_path(ctid, "lock", path);
	return locked(path);
}
