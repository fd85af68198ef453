// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/btrfs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "syscalls.h"
#include "tree.h"

#define STUCK_MAX 16	/* directories that do not get empty, one after the other */
#define KEPT 32		/* directories that stay open above where we are */

/*
 * Down into the first directory that is not empty, and up again when all in it is
 * gone. A tree of any depth costs some descriptors, a path never grows, and nothing
 * is renamed or made on the way: a full disk, or a directory that must not be moved,
 * is no obstacle. The nearest directories above stay open, and are read on from where
 * we left: to begin anew after each of its children takes a file system long, if these are
 * many: ext4 goes through all blocks that they have had. Further up, where ".." must lead is
 * remembered, and where we left. That is no more than a good guess on some file systems (tmpfs before
 * Linux 6.6, the merged directories of overlayfs): what was read on so is read once more, from its
 * start, before it counts as empty.
 */
struct place {
	dev_t dev;
	ino_t ino;
	long at;	/* before the entry where we went */
};

struct open_place {
	DIR *dir;
	bool guessed;
	char name[NAME_MAX + 1];	/* where we went from there */
};

struct walk {
	DIR *dir;		/* where we are */
	long at;		/* before the entry that was read last */
	bool guessed;		/* it was opened anew, and read on from there */
	struct place *way;	/* from the top to above here */
	size_t depth, room;
	unsigned int kept;
	unsigned int stuck;
	bool (*go_on)(void);
	bool stopped;		/* it said no */
	/* The nearest of them: of depth d in [d % KEPT] */
	struct open_place open[KEPT];
};

/* Never across a mount: below it may be the host's /dev. */
static DIR *open_dir(int dirfd, const char *name)
{
	int fd = sys_openat2(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0,
			     RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	if (fd >= 0 && !dir)
		close(fd);
	return dir;
}

static bool is_dot(const char *name)
{
	return !strcmp(name, ".") || !strcmp(name, "..");
}

/* A file or an empty directory, which of them @directory guesses. 0, or -1 with errno:
 * ENOTEMPTY for what holds more. */
static int remove_plain(int dirfd, const char *name, bool directory)
{
	if (!unlinkat(dirfd, name, directory ? AT_REMOVEDIR : 0) || errno == ENOENT)
		return 0;
	if (errno != (directory ? ENOTDIR : EISDIR))
		return -1;
	return unlinkat(dirfd, name, directory ? 0 : AT_REMOVEDIR) && errno != ENOENT ? -1 : 0;
}

/* Where what cannot be removed for EROFS lies: a read-only snapshot of btrfs, which a VE's root can
 * make of its own files, too. errno stays. */
static bool unlock(int dir)
{
	uint64_t flags;

	if (errno != EROFS)
		return false;
	if (!ioctl(dir, BTRFS_IOC_SUBVOL_GETFLAGS, &flags) && flags & BTRFS_SUBVOL_RDONLY) {
		flags &= ~BTRFS_SUBVOL_RDONLY;
		if (!ioctl(dir, BTRFS_IOC_SUBVOL_SETFLAGS, &flags))
			return true;
	}
	errno = EROFS;
	return false;
}

/* NULL at the end, or with errno. */
static struct dirent *next(struct walk *w)
{
	struct dirent *entry;

	w->at = telldir(w->dir);
	errno = 0;
	entry = readdir(w->dir);
	if (entry || !w->guessed)
		return entry;
	rewinddir(w->dir);
	w->guessed = false;
	return next(w);
}

/* Remove what is here up to a directory that is not empty: 1, and its @name. 0 when
 * nothing is left, -1 with errno. */
static int clear(struct walk *w, char name[NAME_MAX + 1])
{
	struct dirent *entry;

	while (!(w->stopped = w->go_on && !w->go_on()) && (entry = next(w))) {
		bool directory = entry->d_type == DT_DIR;
		int dir = dirfd(w->dir);

		if (is_dot(entry->d_name))
			continue;
		if (!remove_plain(dir, entry->d_name, directory) ||
		    (unlock(dir) && !remove_plain(dir, entry->d_name, directory))) {
			w->stuck = 0;
			continue;
		}
		if (errno != ENOTEMPTY && errno != EEXIST)
			return -1;
		/* Somebody fills it as fast as we empty it. */
		if (w->stuck > STUCK_MAX)
			return -1;
		snprintf(name, NAME_MAX + 1, "%s", entry->d_name);
		return 1;
	}
	return w->stopped || errno ? -1 : 0;
}

static int place_of(DIR *dir, struct place *p)
{
	struct stat st;

	if (fstat(dirfd(dir), &st))
		return -1;
	p->dev = st.st_dev;
	p->ino = st.st_ino;
	return 0;
}

static int down(struct walk *w, const char *name)
{
	struct open_place *here = &w->open[w->depth % KEPT];
	DIR *below;

	if (w->depth == w->room) {
		size_t room = w->room * 2 + 64;
		struct place *way = realloc(w->way, room * sizeof(*way));

		if (!way)
			return -1;
		w->way = way;
		w->room = room;
	}
	if (place_of(w->dir, &w->way[w->depth]) || !(below = open_dir(dirfd(w->dir), name)))
		return -1;
	w->way[w->depth].at = w->at;
	if (w->kept == KEPT)
		closedir(here->dir);
	else
		w->kept++;
	here->dir = w->dir;
	here->guessed = w->guessed;
	snprintf(here->name, sizeof(here->name), "%s", name);
	w->dir = below;
	w->guessed = false;
	w->depth++;
	return 0;
}

static DIR *reopen_above(struct walk *w)
{
	const struct place *want = &w->way[w->depth - 1];
	DIR *above = open_dir(dirfd(w->dir), "..");
	struct place here;

	if (!above)
		return NULL;
	if (!place_of(above, &here) && here.dev == want->dev && here.ino == want->ino) {
		seekdir(above, want->at);
		return above;
	}
	closedir(above);
	errno = ESTALE;		/* moved meanwhile: not ours to go on in */
	return NULL;
}

static int up(struct walk *w)
{
	struct open_place *kept = w->kept ? &w->open[(w->depth - 1) % KEPT] : NULL;
	DIR *above = kept ? kept->dir : reopen_above(w);

	if (!above)
		return -1;
	closedir(w->dir);
	w->dir = above;
	w->depth--;
	w->stuck++;
	w->guessed = kept ? kept->guessed : true;
	/* One that was opened anew comes upon its entry again. */
	if (!kept)
		return 0;
	w->kept--;
	if (!remove_plain(dirfd(above), kept->name, true))
		w->stuck = 0;
	else if (errno == ENOTEMPTY || errno == EEXIST)
		rewinddir(above);
	else
		return -1;
	return 0;
}

static void leave(struct walk *w)
{
	closedir(w->dir);
	for (; w->kept; w->kept--)
		closedir(w->open[(w->depth - w->kept) % KEPT].dir);
	free(w->way);
}

static int empty(struct walk *w)
{
	char name[NAME_MAX + 1];
	int r;

	while ((r = clear(w, name)) >= 0) {
		if (!r && !w->depth)
			return 0;
		if (r ? down(w, name) : up(w))
			return -1;
	}
	return -1;
}

int tree_remove_while(int parent, const char *where, const char *name, bool (*go_on)(void))
{
	struct walk w;
	int r;

	/* Mostly nobody needs more than one of these, which are two pages. */
	memset(&w, 0, offsetof(struct walk, open));
	w.go_on = go_on;

	if (!remove_plain(parent, name, true))
		return 0;
	if (errno != ENOTEMPTY && errno != EEXIST)
		return fail_errno(EXIT_SYSTEM, "%s: remove %s/%s", operation, where, name);
	w.dir = open_dir(parent, name);
	if (!w.dir)
		return fail_errno(EXIT_SYSTEM, "%s: open %s/%s", operation, where, name);
	r = empty(&w);
	if (r && !w.stopped)
		fail_errno(EXIT_SYSTEM, "%s: remove what is in %s/%s", operation, where, name);
	leave(&w);
	if (r)
		return w.stopped ? -1 : EXIT_SYSTEM;
	if (unlinkat(parent, name, AT_REMOVEDIR) && errno != ENOENT)
		return fail_errno(EXIT_SYSTEM, "%s: remove %s/%s", operation, where, name);
	return 0;
}

int tree_remove(int parent, const char *where, const char *name)
{
	return tree_remove_while(parent, where, name, NULL);
}
