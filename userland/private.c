// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "copy.h"
#include "describe.h"
#include "disk.h"
#include "error.h"
#include "file.h"
#include "follow.h"
#include "lock.h"
#include "private.h"
#include "state.h"
#include "tree.h"

#define OWN_MS 1000		/* until it is told what takes so long */
#define OTHERS_MS 2000		/* for what others have left: there can be millions of files */

void private_path(uint32_t ctid, const char *part, char path[PATH_SIZE])
{
	snprintf(path, PATH_SIZE, "%s/%u%s%s", VZLITE_PRIVATEDIR, ctid, part ? "/" : "",
		 part ? part : "");
}

/* Nobody but root may be in there, whoever made it: a file system of its own, which
 * mostly is open to all, a restored backup. */
static bool guard(int fd)
{
	struct stat st;

	return !fstat(fd, &st) && (!st.st_uid || !fchown(fd, 0, 0)) &&
	       ((st.st_mode & 07777) == 0700 || !fchmod(fd, 0700));
}

/* As private_area(), without a line: -1 with errno. */
static int try_area(void)
{
	static int area = -1;
	int fd;

	if (area >= 0)
		return area;
	fd = open(VZLITE_PRIVATEDIR, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT &&
	    (!mkdir(VZLITE_STATEDIR, 0755) || errno == EEXIST) &&
	    (!mkdir(VZLITE_PRIVATEDIR, 0700) || errno == EEXIST))
		fd = open(VZLITE_PRIVATEDIR, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd >= 0 && guard(fd))
		return area = fd;
	cleanup_close_(&fd);
	return -1;
}

int private_area(void)
{
	int fd = try_area(), err = errno;
	struct stat st;

	if (fd >= 0)
		return fd;
	if (!lstat(VZLITE_PRIVATEDIR, &st) && S_ISLNK(st.st_mode))
		return file_refuse_link(VZLITE_PRIVATEDIR), -1;
	errno = err;
	fail_errno(EXIT_SYSTEM, "%s: open %s", operation, VZLITE_PRIVATEDIR);
	return -1;
}

static void name_of(char name[32], const char *prefix, uint32_t ctid)
{
	snprintf(name, 32, "%s%u", prefix, ctid);
}

/* ".create-101", ".copy-101" and ".destroy-101": whose it is. */
static bool leftover(const char *name, uint32_t *ctid)
{
	static const char *const prefixes[] = { ".create-", ".copy-", ".destroy-" };

	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++) {
		size_t n = strlen(prefixes[i]);

		if (!strncmp(name, prefixes[i], n))
			return parse_ctid(name + n, ctid);
	}
	return false;
}

bool private_whose(const char *name, uint32_t *ctid)
{
	return leftover(name, ctid) || parse_ctid(name, ctid);
}

/* False when @go_on said no. */
static bool sweep_one(int area, const char *name, uint32_t owner, bool (*go_on)(void))
{
	/* A failure has printed its line; the command that sweeps does its own job. */
	return (config_exists(owner) && !strncmp(name, ".create-", 8)) ||
	       tree_remove_while(area, VZLITE_PRIVATEDIR, name, go_on) >= 0;
}

/* As sweep_one(), of a VE whose lock is to be had. */
static bool sweep_other(int area, const char *name, uint32_t owner, bool (*go_on)(void))
{
	cleanup_close int lock = -1;
	bool done;

	if (!ve_trylock(owner, &lock))
		return true;
	done = sweep_one(area, name, owner, go_on);
	if (!config_exists(owner))
		ve_lock_remove(owner, lock);
	return done;
}

/* What is left of @ctid (@own), which is locked, or of all others, which are counted when it is not
 * their turn. False when @go_on said no. */
static bool sweep(uint32_t ctid, bool own, bool (*go_on)(void), unsigned int *others)
{
	/* Who needs the area says why it cannot be opened. */
	int area = try_area(), fd = area < 0 ? -1 : fcntl(area, F_DUPFD_CLOEXEC, 0);
	cleanup_dir DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	uint32_t owner;
	bool done = true;

	/* It stands where the one before has left it. */
	if (dir)
		rewinddir(dir);
	while (done && dir && (entry = readdir(dir))) {
		if (!leftover(entry->d_name, &owner))
			continue;
		if ((owner == ctid) == own)
			done = (own ? sweep_one : sweep_other)(fd, entry->d_name, owner, go_on);
		else
			++*others;
	}
	return done;
}

static uint32_t sweeps;		/* whose; 0: it was told */
static int64_t until;

static bool told(void)
{
	if (sweeps && follow_now() >= until) {
		warn("%s: removes what is left of VE %u", operation, sweeps);
		sweeps = 0;
	}
	return true;
}

static bool in_time(void)
{
	return follow_now() < until;
}

void private_sweep(uint32_t ctid)
{
	cleanup_close int lock = -1;
	unsigned int others = 0;

	sweeps = ctid;
	until = follow_now() + OWN_MS;
	sweep(ctid, true, told, &others);
	until = follow_now() + OTHERS_MS;
	/* The rest is for the daemon, or for the next command. */
	if (others && host_trylock(LOCK_SWEEP, &lock))
		sweep(ctid, false, in_time, &others);
}

bool private_sweep_all(bool (*go_on)(void))
{
	unsigned int others = 0;

	return sweep(0, false, go_on, &others);
}

static bool is_copy(const struct config *c)
{
	return c->layout && !strcmp(c->layout, "dir");
}

static int build_overlay(int dir, const char *where, const struct stat *top)
{
	static const char *const parts[] = { PRIVATE_UPPER, PRIVATE_WORK };

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		/* The VE's "/" has the mode of upper, whatever the template's says. */
		if (mkdirat(dir, parts[i], 0700) ||
		    (!i && fchmodat(dir, parts[i], top->st_mode & 07777, 0)))
			return fail_errno(EXIT_SYSTEM, "%s: make %s/%s", operation, where, parts[i]);
	return 0;
}

static int build(const struct config *c, int area, const char *name, int template)
{
	cleanup_close int dir = -1;
	char where[PATH_SIZE];
	struct stat top;
	int status;

	snprintf(where, sizeof(where), "%s/%s", VZLITE_PRIVATEDIR, name);
	if (mkdirat(area, name, 0700) ||
	    (dir = openat(area, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)) < 0 ||
	    fstat(template, &top))
		return fail_errno(EXIT_SYSTEM, "%s %u: make %s", operation, c->ctid, where);
	/* Of one that was removed by hand. */
	disk_forget(c->ctid);
	if (disk_own(c->ctid, dir) && disk_wanted(c))
		return disk_own_failed(c->ctid);
	if (!is_copy(c))
		return build_overlay(dir, where, &top);
	status = tree_copy(template, dir, PRIVATE_ROOT, where);
	/* What was copied must be there before a file says that it is. */
	return !status && syncfs(dir) ? fail_errno(EXIT_SYSTEM, "%s %u: sync %s", operation,
						   c->ctid, where) : status;
}

int private_build(const struct config *c, int template)
{
	int area = private_area();
	char name[32];
	int status;

	if (area < 0)
		return EXIT_SYSTEM;
	name_of(name, ".create-", c->ctid);
	status = build(c, area, name, template);
	if (status)
		private_abandon(c->ctid);
	return status;
}

void private_abandon(uint32_t ctid)
{
	int area = private_area();
	char name[32];

	name_of(name, ".create-", ctid);
	/* A failure has printed its line, and a later sweep tries again. */
	if (area >= 0 && tree_remove(area, VZLITE_PRIVATEDIR, name))
		return;
}

/* On one file system with the configuration its journal sees to the order (ext4, XFS). */
static bool journalled(int area)
{
	struct stat here, there;
	char conf[PATH_SIZE];

	config_dir(conf, false);
	return !fstat(area, &here) && !stat(conf, &there) && here.st_dev == there.st_dev;
}

static int chown_failed(const struct config *c, const char *name)
{
	return fail_errno(EXIT_SYSTEM, "%s %u: chown %s/%s", operation, c->ctid, VZLITE_PRIVATEDIR, name);
}

/* Before there is a configuration. @own: it becomes the VE's, too, by the same descriptor. */
static int sync_made(const struct config *c, int area, const char *name, bool own)
{
	cleanup_close int fd = openat(area, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd >= 0 && own && fchown(fd, c->local_uid, c->local_uid))
		return chown_failed(c, name);
	return fd < 0 || fsync(fd) ? fail_errno(EXIT_SYSTEM, "%s %u: sync %s/%s", operation, c->ctid,
						VZLITE_PRIVATEDIR, name) : 0;
}

int private_give(const struct config *c)
{
	static const char *const parts[] = { PRIVATE_UPPER, PRIVATE_WORK };
	int area = private_area();
	bool sync;
	char path[64];
	int status;

	if (area < 0)
		return EXIT_SYSTEM;
	if (is_copy(c))
		return 0;	/* its files keep the template's ids */
	sync = !journalled(area);
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		snprintf(path, sizeof(path), ".create-%u/%s", c->ctid, parts[i]);
		if (sync && (status = sync_made(c, area, path, true)))
			return status;
		if (!sync && fchownat(area, path, c->local_uid, c->local_uid, AT_SYMLINK_NOFOLLOW))
			return chown_failed(c, path);
	}
	snprintf(path, sizeof(path), ".create-%u", c->ctid);
	return sync ? sync_made(c, area, path, false) : 0;
}

int private_settle(uint32_t ctid, bool fresh)
{
	int area = private_area();
	char from[32], to[32];

	if (area < 0)
		return EXIT_SYSTEM;
	name_of(from, ".create-", ctid);
	name_of(to, "", ctid);
	/* Mostly it is, which to see costs less than to try. */
	if (!fresh && faccessat(area, from, F_OK, AT_SYMLINK_NOFOLLOW) && errno == ENOENT &&
	    !faccessat(area, to, F_OK, AT_SYMLINK_NOFOLLOW))
		return 0;
	/* A VE whose creation was reported is there after a power failure, too. */
	if (!renameat2(area, from, area, to, RENAME_NOREPLACE)) {
		if (!fsync(area))
			return 0;
		fail_errno(EXIT_SYSTEM, "%s %u: sync %s", operation, ctid, VZLITE_PRIVATEDIR);
		if (fresh)
			private_unsettle(ctid);
		return EXIT_SYSTEM;
	}
	/* Nothing waits: settled before, or never made. */
	if (errno == ENOENT && !faccessat(area, to, F_OK, AT_SYMLINK_NOFOLLOW))
		return 0;
	if (errno == ENOENT)
		return fail(EXIT_NO_PRIVATE, "%s %u: its private area %s/%s is missing", operation,
			    ctid, VZLITE_PRIVATEDIR, to);
	/* Of a create that was killed before there was a file; that, and the area, came since. */
	if (errno == EEXIST && !fresh)
		return tree_remove(area, VZLITE_PRIVATEDIR, from) ? EXIT_SYSTEM : 0;
	return fail_errno(errno == EEXIST ? EXIT_PRIVATE_EXISTS : EXIT_SYSTEM,
			  "%s %u: put %s/%s in its place", operation, ctid, VZLITE_PRIVATEDIR, to);
}

void private_unsettle(uint32_t ctid)
{
	int area = private_area();
	char from[32], to[32];

	name_of(from, "", ctid);
	name_of(to, ".create-", ctid);
	if (area >= 0 && renameat2(area, from, area, to, RENAME_NOREPLACE) && errno != ENOENT)
		fail_errno(EXIT_SYSTEM, "%s %u: take %s/%s from its place", operation, ctid, VZLITE_PRIVATEDIR, from);
}

bool private_exists(uint32_t ctid)
{
	char path[PATH_SIZE];

	private_path(ctid, NULL, path);
	if (!faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW))
		return true;
	snprintf(path, sizeof(path), "%s/.create-%u", VZLITE_PRIVATEDIR, ctid);
	return !faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW);
}

bool private_lost(uint32_t ctid)
{
	return !private_exists(ctid) && !state_exists(ctid);
}

bool private_retired(uint32_t ctid)
{
	char path[PATH_SIZE];

	snprintf(path, sizeof(path), "%s/.destroy-%u", VZLITE_PRIVATEDIR, ctid);
	return !faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW);
}

int private_retire(uint32_t ctid, bool *moved)
{
	int area = private_area();
	char from[32], to[32];

	if (area < 0)
		return EXIT_SYSTEM;
	name_of(from, "", ctid);
	name_of(to, ".destroy-", ctid);
	while (renameat(area, from, area, to)) {
		*moved = false;
		if (errno == ENOENT)
			return 0;
		if (errno != ENOTEMPTY && errno != EEXIST)
			return fail_errno(EXIT_DELETE_FAILED, "%s %u: move %s/%s away", operation,
					  ctid, VZLITE_PRIVATEDIR, from);
		/* An older one, whose removal was interrupted, is in the way. */
		if (tree_remove(area, VZLITE_PRIVATEDIR, to))
			return EXIT_DELETE_FAILED;
	}
	*moved = true;
	return 0;
}

int private_unretire(uint32_t ctid)
{
	int area = private_area();
	char from[32], to[32];

	if (area < 0)
		return EXIT_SYSTEM;
	name_of(from, ".destroy-", ctid);
	name_of(to, "", ctid);
	return renameat2(area, from, area, to, RENAME_NOREPLACE) && errno != ENOENT ?
	       fail_errno(EXIT_SYSTEM, "%s %u: move %s/%s back", operation, ctid, VZLITE_PRIVATEDIR, from) : 0;
}

int private_remove_retired(uint32_t ctid)
{
	int area = private_area();
	char name[32];

	if (area < 0)
		return EXIT_SYSTEM;
	name_of(name, ".destroy-", ctid);
	return tree_remove(area, VZLITE_PRIVATEDIR, name) ? EXIT_DELETE_FAILED : 0;
}
