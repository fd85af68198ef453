// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "error.h"
#include "record.h"
#include "state.h"
#include "syscalls.h"

/* What is asked for can be so, not be so, or not be found out (errno); NONE: nobody has
 * written it down. */
enum answer { YES, NO, UNKNOWN, NONE };

/*
 * The init, and how it is told from a later process of the same number: by the inode
 * of its pidfd, which since Linux 6.9 no other process has until the next boot (0 where
 * all have one), or by when it started, in clock ticks since the machine did. The first
 * costs two system calls, the second a look into /proc.
 */
struct init {
	pid_t pid;
	unsigned long long ticks, inode, first_id;
};

static unsigned long long pidfd_inode(int pidfd)
{
	struct stat st, other;
	cleanup_close int ours = pidfd_open(getpid(), 0);

	return pidfd < 0 || ours < 0 || fstat(pidfd, &st) || fstat(ours, &other) ||
	       st.st_ino == other.st_ino ? 0 : st.st_ino;
}

/* Does a thread of the process live? That its first one has ended says nothing. */
static enum answer lives(int pidfd)
{
	struct pollfd ended = { .fd = pidfd, .events = POLLIN };

	if (poll(&ended, 1, 0) < 0)
		return UNKNOWN;
	return ended.revents ? NO : YES;
}

/* Is @pidfd of the process with @inode? */
static enum answer same_inode(int pidfd, unsigned long long inode)
{
	struct stat st;

	if (fstat(pidfd, &st))
		return UNKNOWN;
	return st.st_ino == inode ? YES : NO;
}

/* NO when there is none. */
static enum answer start_time(pid_t pid, unsigned long long *ticks)
{
	char path[64], text[1024], *p;
	cleanup_close int fd = -1;
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (n <= 0)
		return !n || errno == ENOENT || errno == ESRCH ? NO : UNKNOWN;
	text[n] = '\0';
	/* The name in parentheses may hold anything, parentheses too. Behind it come
	 * the state and, as the 22nd field of all, what is wanted. */
	p = strrchr(text, ')');
	if (!p || !p[1])
		return NO;
	p += 2;
	for (int field = 3; field < 22; field++) {
		p = strchr(p, ' ');
		if (!p)
			return NO;
		p++;
	}
	*ticks = strtoull(p, NULL, 10);
	return YES;
}

int state_write(uint32_t ctid, pid_t pid, uint64_t first_id)
{
	char text[96];
	cleanup_close int pidfd = pidfd_open(pid, 0);
	unsigned long long ticks = 0, inode = pidfd_inode(pidfd);
	int n;

	/* Where the inode tells, nobody asks for the ticks. */
	if (pidfd < 0 || (!inode && start_time(pid, &ticks) != YES))
		return fail(EXIT_SYSTEM, "%s %u: its first process is gone", operation, ctid);
	n = snprintf(text, sizeof(text), "%d %llu %llu %llu\n", pid, ticks, inode,
		     (unsigned long long)first_id);
	return record_write(ctid, "state", text, n);
}

void state_remove(uint32_t ctid)
{
	char path[RECORD_PATH];

	state_resume(ctid);
	record_path(ctid, "state", path);
	unlink(path);
}

int state_suspend(uint32_t ctid)
{
	return record_mark(ctid, "suspended");
}

void state_resume(uint32_t ctid)
{
	record_remove(ctid, "suspended");
}

bool ve_suspended(uint32_t ctid)
{
	return record_there(ctid, "suspended");
}

int state_suspended(struct ids *ids)
{
	return ids_add(ids, VZLITE_RUNDIR, ".suspended");
}

bool state_exists(uint32_t ctid)
{
	return record_there(ctid, "state");
}

int state_started(struct ids *ids)
{
	return ids_add(ids, VZLITE_RUNDIR, ".state");
}

int state_list(struct ids *ids)
{
	int status = state_started(ids);

	if (!status)
		status = ids_add(ids, VZLITE_RUNDIR, ".reboot");
	if (!status)
		status = ids_add(ids, VZLITE_RUNDIR, ".restart");
	ids_sort(ids);
	return status;
}

static bool state_stat(uint32_t ctid, struct stat *st)
{
	char path[RECORD_PATH];

	record_path(ctid, "state", path);
	return !stat(path, st);
}

void ve_mount_path(uint32_t ctid, char path[64])
{
	snprintf(path, 64, "%s/%u", VZLITE_ROOTDIR, ctid);
}

enum mount_state ve_mount_state(uint32_t ctid)
{
	struct statx st;
	char path[64];

	ve_mount_path(ctid, path);
	/* What cannot be asked is there. */
	if (sys_statx(path, &st))
		return errno == ENOENT || errno == ENOTDIR ? MOUNT_NONE : MOUNT_THERE;
	return st.stx_attributes & STATX_ATTR_MOUNT_ROOT ? MOUNT_THERE : MOUNT_LEFT;
}

uint64_t state_start(uint32_t ctid)
{
	struct stat st;

	return state_stat(ctid, &st) ? st.st_mtim.tv_sec * 1000000000ULL + st.st_mtim.tv_nsec : 0;
}

int64_t state_age(uint32_t ctid)
{
	struct timespec now;
	struct stat st;

	/* The clock may have been set back. */
	if (!state_stat(ctid, &st) || clock_gettime(CLOCK_REALTIME, &now) ||
	    now.tv_sec < st.st_mtim.tv_sec)
		return INT64_MAX;
	return (now.tv_sec - st.st_mtim.tv_sec) * 1000LL +
	       (now.tv_nsec - st.st_mtim.tv_nsec) / 1000000;
}

static enum answer state_read(uint32_t ctid, struct init *init)
{
	char path[RECORD_PATH], text[96], *end;
	cleanup_close int fd = -1;
	ssize_t n;

	record_path(ctid, "state", path);
	fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (n < 0)
		return errno == ENOENT ? NONE : UNKNOWN;
	text[n] = '\0';
	/* Not by sscanf(), which is 36 KB of code to be mapped. An older vzlite has
	 * written no inode, or no first id: that reads as 0. */
	init->pid = strtol(text, &end, 10);
	init->ticks = strtoull(end, &end, 10);
	init->inode = strtoull(end, &end, 10);
	init->first_id = strtoull(end, &end, 10);
	return init->pid > 0 ? YES : NO;
}

uint64_t state_first_id(uint32_t ctid)
{
	struct init init;

	return state_read(ctid, &init) == YES ? init.first_id : 0;
}

/* @pidfd may be NULL. */
static enum answer find_init(uint32_t ctid, pid_t *pid, int *pidfd)
{
	unsigned long long ticks;
	cleanup_close int fd = -1;
	struct init init;
	enum answer answer = state_read(ctid, &init);

	if (answer != YES)
		return answer;
	/* First the descriptor, then the look at whom it names: the other way round
	 * the number could change hands in between. */
	fd = pidfd_open(init.pid, 0);
	if (fd < 0)
		return errno == ESRCH || errno == EINVAL ? NO : UNKNOWN;
	if (init.inode) {
		answer = same_inode(fd, init.inode);
	} else {
		answer = start_time(init.pid, &ticks);
		if (answer == YES && ticks != init.ticks)
			return NO;
	}
	if (answer == YES)
		answer = lives(fd);
	*pid = init.pid;
	if (answer == YES && pidfd)
		*pidfd = steal_fd(fd);
	return answer;
}

bool ve_running(uint32_t ctid)
{
	pid_t pid;

	return find_init(ctid, &pid, NULL) == YES;
}

bool ve_init(uint32_t ctid, pid_t *pid, int *pidfd)
{
	return find_init(ctid, pid, pidfd) == YES;
}

int ve_find(uint32_t ctid, enum ve_state *state, pid_t *pid, int *pidfd)
{
	pid_t unused;
	enum answer answer = find_init(ctid, pid ? pid : &unused, pidfd);

	*state = answer == YES ? VE_RUNS : answer == NONE ? VE_NONE : VE_ENDED;
	return answer == UNKNOWN ? fail_errno(EXIT_SYSTEM, "%s %u: find out whether it runs",
					      operation, ctid) : 0;
}
