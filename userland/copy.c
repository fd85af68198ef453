// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <search.h>
#include <string.h>
#include <sys/stat.h>

#include "copy.h"
#include "copy_one.h"

#define MEMORY_MAX (256UL << 20)	/* bytes: who has filled the tree may have meant harm */
#define SHOWN 400			/* bytes of a path in a line, of its end */

/*
 * Down into one directory after the other, and up again by "..", which must lead where we came
 * from. Depth costs no stack and no descriptors, and no path is used, which could be too long: of
 * each directory above are kept its name, and those of the directories in it that are still to
 * come. All else that is in it is copied before.
 */
struct place {
	struct place *above;	/* NULL: the top */
	size_t users;		/* what is below it, what is linked in it, or the walk */
	struct stat from;	/* of the original, before it was read */
	dev_t to_dev;		/* of the copy */
	ino_t to_ino;
	char *todo;		/* names, one after the other */
	size_t todo_len, todo_room, todo_done;
	char name[];
};

/* A file with more names: where its first copy is. */
struct linked {
	dev_t dev;
	ino_t ino;
	nlink_t more;		/* names that are still to come */
	struct place *place;
	char name[];
};

struct copy {
	const char *where;
	struct place *here;
	int from, to, top;	/* here, of the original and the copy; the copy's top */
	const char *name;	/* what in it is being copied; NULL: it is */
	void *links;		/* tree of struct linked */
	size_t memory;
};

/* The path of @name in @p ends at @end: "/a/b/c", or "...b/c" where that is too long. */
static char *show(const struct place *p, const char *name, const char *begin, char *end)
{
	for (;; name = p->name, p = p->above) {
		size_t n = strlen(name);

		if ((size_t)(end - begin) < n + strlen("/..."))
			return memcpy(end - strlen("..."), "...", strlen("..."));
		end = memcpy(end - n, name, n);
		*--end = '/';
		if (!p->above)
			return end;
	}
}

int copy_failed(const struct copy *k, const char *what)
{
	char text[SHOWN], *path = text + sizeof(text) - 1;

	*path = '\0';
	if (k->name && k->here)
		path = show(k->here, k->name, text, path);
	else if (k->here && k->here->above)
		path = show(k->here->above, k->here->name, text, path);
	return fail_errno(EXIT_SYSTEM, "%s: %s %s%s", operation, what, k->where, path);
}

static int grown(struct copy *k, size_t size)
{
	k->memory += size;
	return k->memory < MEMORY_MAX ? 0 : fail_memory();
}

static void put_place(struct copy *k, struct place *p)
{
	while (p && !--p->users) {
		struct place *above = p->above;

		k->memory -= sizeof(*p) + strlen(p->name) + p->todo_room;
		free(p->todo);
		free(p);
		p = above;
	}
}

static int compare_links(const void *a, const void *b)
{
	const struct linked *x = a, *y = b;

	if (x->ino != y->ino)
		return x->ino < y->ino ? -1 : 1;
	return (x->dev > y->dev) - (x->dev < y->dev);
}

static size_t size_of(const struct linked *entry)
{
	/* What malloc() and the tree take besides. */
	return sizeof(*entry) + strlen(entry->name) + 64;
}

static void forget_link(struct copy *k, struct linked *entry)
{
	k->memory -= size_of(entry);
	tdelete(entry, &k->links, compare_links);
	put_place(k, entry->place);
	free(entry);
}

/* @p of the copy, from its top on. -1 with errno. */
static int open_place(const struct copy *k, const struct place *p)
{
	cleanup_free const struct place **way = NULL;
	size_t n = 0;
	int fd;

	for (const struct place *q = p; q->above; q = q->above)
		n++;
	way = malloc((n + 1) * sizeof(*way));
	if (!way)
		return -1;
	for (size_t i = 0; i < n; i++, p = p->above)
		way[i] = p;
	fd = fcntl(k->top, F_DUPFD_CLOEXEC, 0);
	while (fd >= 0 && n--) {
		int below = openat(fd, way[n]->name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

		close(fd);
		fd = below;
	}
	return fd;
}

static int link_to(struct copy *k, struct linked *entry)
{
	cleanup_close int fd = entry->place == k->here ? -1 : open_place(k, entry->place);

	if ((entry->place != k->here && fd < 0) ||
	    linkat(fd < 0 ? k->to : fd, entry->name, k->to, k->name, 0))
		return copy_failed(k, "link");
	if (!--entry->more)
		forget_link(k, entry);
	return -1;
}

/* -1: what is being copied was linked to an earlier copy; 0: it is the first of its file. */
static int link_known(struct copy *k, const struct stat *st)
{
	struct linked *entry, **found;

	if (st->st_nlink < 2)
		return 0;
	entry = malloc(sizeof(*entry) + strlen(k->name) + 1);
	if (!entry)
		return fail_memory();
	entry->dev = st->st_dev;
	entry->ino = st->st_ino;
	entry->more = st->st_nlink - 1;
	entry->place = k->here;
	strcpy(entry->name, k->name);
	found = tsearch(entry, &k->links, compare_links);
	if (found && *found == entry) {
		k->here->users++;
		return grown(k, size_of(entry));
	}
	free(entry);
	return found ? link_to(k, *found) : fail_memory();
}

/* A name that an overlay's lower layer has, and that is removed. */
static bool is_whiteout(const struct stat *st)
{
	return S_ISCHR(st->st_mode) && !st->st_rdev;
}

bool tree_mounted(int fd)
{
	struct statx st;

	return !statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &st) &&
	       st.stx_attributes & STATX_ATTR_MOUNT_ROOT;
}

/* A directory, for later. */
static int put_off(struct copy *k)
{
	struct place *p = k->here;
	size_t n = strlen(k->name) + 1;

	if (p->todo_len + n > p->todo_room) {
		size_t room = p->todo_room * 2 + NAME_MAX + 1;
		char *todo = realloc(p->todo, room);
		int status = todo ? grown(k, room - p->todo_room) : fail_memory();

		if (!todo)
			return status;
		p->todo = todo;
		p->todo_room = room;
		if (status)
			return status;
	}
	memcpy(p->todo + p->todo_len, k->name, n);
	p->todo_len += n;
	return 0;
}

static int copy_entry(struct copy *k)
{
	struct stat st;
	int status;

	if (fstatat(k->from, k->name, &st, AT_SYMLINK_NOFOLLOW))
		return copy_failed(k, "look at the original of");
	if (S_ISDIR(st.st_mode))
		return put_off(k);
	if (S_ISBLK(st.st_mode) || (S_ISCHR(st.st_mode) && !is_whiteout(&st)))
		return 0;
	status = link_known(k, &st);
	if (status)
		return status < 0 ? 0 : status;
	return S_ISREG(st.st_mode) ? copy_file(k, k->from, k->to, k->name)
				   : copy_special(k, k->from, k->to, k->name);
}

/* All that is here, but for what is in its directories. */
static int copy_here(struct copy *k)
{
	int fd = openat(k->from, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), status = 0;
	cleanup_dir DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (!dir)
		return copy_failed(k, "read the original of");
	while (!status && (errno = 0, entry = readdir(dir))) {
		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		k->name = entry->d_name;
		status = copy_entry(k);
		k->name = NULL;
	}
	return !status && errno ? copy_failed(k, "read the original of") : status;
}

/* Both directories are ours to close. */
static void move_to(struct copy *k, struct place *p, int from, int to)
{
	if (k->from >= 0)
		close(k->from);
	if (k->to >= 0)
		close(k->to);
	k->from = from;
	k->to = to;
	k->here = p;
}

/* Make @to_name in @to_dir of @from_name in @from_dir, go there, and copy what is no directory. */
static int enter(struct copy *k, int from_dir, const char *from_name, int to_dir, const char *to_name)
{
	cleanup_close int from = openat(from_dir, from_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	cleanup_free struct place *p = calloc(1, sizeof(*p) + strlen(to_name) + 1);
	cleanup_close int to = -1;
	struct stat st;
	int status;

	if (!p)
		return fail_memory();
	if (from < 0 || fstat(from, &p->from))
		return copy_failed(k, "read the original of");
	/* What is mounted there is not the tree's, and would keep it from being removed. */
	if (k->here && tree_mounted(from))
		return errno = EBUSY, copy_failed(k, "copy what is mounted on the original of");
	if (mkdirat(to_dir, to_name, 0700) ||
	    (to = openat(to_dir, to_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)) < 0 ||
	    fstat(to, &st) || (!k->here && (k->top = fcntl(to, F_DUPFD_CLOEXEC, 0)) < 0))
		return copy_failed(k, "make");
	p->to_dev = st.st_dev;
	p->to_ino = st.st_ino;
	p->above = k->here;
	p->users = 1;
	strcpy(p->name, to_name);
	move_to(k, steal_ptr(p), steal_fd(from), steal_fd(to));
	k->name = NULL;
	status = grown(k, sizeof(*p) + strlen(to_name));
	return status ? status : copy_here(k);
}

/* The directory above @dir, which must be that one. -1 with errno. */
static int open_above(int dir, dev_t dev, ino_t ino)
{
	cleanup_close int fd = openat(dir, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st))
		return -1;
	if (st.st_dev != dev || st.st_ino != ino)
		return errno = ESTALE, -1;	/* moved meanwhile */
	return steal_fd(fd);
}

/* All in it is copied. */
static int leave(struct copy *k)
{
	struct place *p = k->here, *above = p->above;
	cleanup_close int from = -1, to = -1;
	int status = copy_attributes(k, k->from, k->to, &p->from);

	if (status)
		return status;
	if (above && ((from = open_above(k->from, above->from.st_dev, above->from.st_ino)) < 0 ||
		      (to = open_above(k->to, above->to_dev, above->to_ino)) < 0))
		return copy_failed(k, "go up from");
	if (above)
		above->users++;
	move_to(k, above, steal_fd(from), steal_fd(to));
	put_place(k, p);
	return 0;
}

static int next(struct copy *k)
{
	struct place *p = k->here;

	if (p->todo_done == p->todo_len)
		return leave(k);
	k->name = p->todo + p->todo_done;
	p->todo_done += strlen(k->name) + 1;
	return enter(k, k->from, k->name, k->to, k->name);
}

int tree_copy(int from, int dir, const char *name, const char *where)
{
	struct copy k = { .where = where, .from = -1, .to = -1, .top = -1 };
	int status = enter(&k, from, ".", dir, name);

	while (!status && k.here)
		status = next(&k);
	while (k.links)
		forget_link(&k, *(struct linked **)k.links);
	put_place(&k, k.here);
	move_to(&k, NULL, -1, -1);
	cleanup_close_(&k.top);
	return status;
}
