// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "config.h"
#include "template.h"
#include "template/store.h"
#include "tree.h"

static int open_store(int *fd)
{
	const char *dir = template_dir();
	char parent[PATH_MAX];
	int status;

	snprintf(parent, sizeof(parent), "%.*s", (int)(strrchr(dir, '/') - dir), dir);
	if (mkdir(parent, 0755) && errno != EEXIST)
		return fail_errno(EXIT_SYSTEM, "template: create %s", parent);
	if (mkdir(dir, 0700) && errno != EEXIST)
		return fail_errno(EXIT_SYSTEM, "template: create %s", dir);
	status = template_guard();
	if (status)
		return status;
	*fd = open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return *fd < 0 ? fail_errno(EXIT_SYSTEM, "template: open %s", dir) : 0;
}

static bool exists(int store, const char *name)
{
	return !faccessat(store, name, F_OK, AT_SYMLINK_NOFOLLOW) || errno != ENOENT;
}

static DIR *read_store(int store)
{
	int fd = openat(store, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	if (fd >= 0 && !dir)
		close(fd);
	return dir;
}

/* Remove drafts whose makers are dead: theirs are locked. The store's own lock,
 * which the caller holds, keeps away one that has not locked its draft yet. */
static void sweep(int store)
{
	cleanup_dir DIR *dir = read_store(store);
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		cleanup_close int fd = -1;

		if (entry->d_name[0] != '.' || !strcmp(entry->d_name, ".") ||
		    !strcmp(entry->d_name, ".."))
			continue;
		fd = openat(store, entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB))
			continue;
		/* It could not be removed: its line is printed, new ones can be made. */
		if (tree_remove(store, template_dir(), entry->d_name))
			continue;
	}
}

static int make_draft(struct draft *d)
{
	int n = snprintf(d->path, sizeof(d->path), "%s/.%s.XXXXXX", template_dir(), d->name);

	if (n >= (int)sizeof(d->path))
		return fail(EXIT_SYSTEM, "template %s: path too long", d->name);
	if (!mkdtemp(d->path))
		return fail_errno(EXIT_SYSTEM, "template %s: create %s", d->name, d->path);
	d->fd = open(d->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (d->fd < 0 || flock(d->fd, LOCK_EX | LOCK_NB) || fchmod(d->fd, 0755))
		return fail_errno(EXIT_SYSTEM, "template %s: prepare %s", d->name, d->path);
	return 0;
}

int draft_begin(struct draft *d, const char *name)
{
	int status;

	d->name = name;
	status = open_store(&d->store);
	if (status)
		return status;
	if (flock(d->store, LOCK_EX))
		return fail_errno(EXIT_SYSTEM, "template %s: lock %s", name, template_dir());
	sweep(d->store);
	status = exists(d->store, name) ?
		 fail(EXIT_PRIVATE_EXISTS, "template %s: exists already", name) : make_draft(d);
	flock(d->store, LOCK_UN);
	return status;
}

int draft_commit(struct draft *d)
{
	const char *base = strrchr(d->path, '/') + 1;

	if (syncfs(d->fd))
		return fail_errno(EXIT_SYSTEM, "template %s: write to the disk", d->name);
	if (renameat2(d->store, base, d->store, d->name, RENAME_NOREPLACE))
		return errno == EEXIST ?
		       fail(EXIT_PRIVATE_EXISTS, "template %s: exists already", d->name) :
		       fail_errno(EXIT_SYSTEM, "template %s: rename %s", d->name, d->path);
	d->path[0] = '\0';
	if (fsync(d->store))
		return fail_errno(EXIT_SYSTEM, "template %s: sync %s", d->name, template_dir());
	return 0;
}

void draft_end(struct draft *d)
{
	/* An error on the way out has its line and changes no status. */
	if (d->fd >= 0 && d->path[0] &&
	    tree_remove(d->store, template_dir(), strrchr(d->path, '/') + 1))
		d->path[0] = '\0';
	if (d->fd >= 0)
		close(d->fd);
	if (d->store >= 0)
		close(d->store);
	d->fd = d->store = -1;
}

/* VEs made of @name: their number, and in @text those that need it to run. Those whose file
 * cannot be read have had their line, and make the status. */
static int users(const char *name, size_t *count, char *text, size_t size)
{
	cleanup_free uint32_t *ids = NULL;
	size_t n, len = 0;
	int status = config_list(&ids, &n), bad;

	*count = 0;
	*text = '\0';
	if (status)
		return status;
	for (size_t i = 0; i < n; i++) {
		cleanup_config struct config c;

		bad = config_load(&c, ids[i]);
		status = status ? status : bad;
		if (bad || !c.ostemplate || strcmp(c.ostemplate, name))
			continue;
		++*count;
		if ((!c.layout || !strcmp(c.layout, "overlay")) && len + 1 < size)
			len += snprintf(text + len, size - len, "%s%u", len ? ", " : "", ids[i]);
	}
	return status;
}

/* What is left of the lock: a VE being created holds a shared one. */
static int lock_template(int store, const char *name, int *fd)
{
	*fd = openat(store, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (*fd < 0 && errno == ENOENT)
		return fail(EXIT_NO_TEMPLATE, "template %s: there is none", name);
	if (*fd < 0)
		return fail_errno(EXIT_SYSTEM, "template %s: open", name);
	if (flock(*fd, LOCK_EX | LOCK_NB))
		return errno == EWOULDBLOCK ?
		       fail(EXIT_LOCKED, "template %s: a VE is being made of it", name) :
		       fail_errno(EXIT_SYSTEM, "template %s: lock", name);
	return 0;
}

int store_delete(const char *name)
{
	cleanup_close int store = -1, fd = -1;
	char ves[256], going[128];
	size_t count;
	int status = open_store(&store);

	if (!status)
		status = lock_template(store, name, &fd);
	/* A VE's file that cannot be read might name it: then nothing is deleted. */
	if (!status)
		status = users(name, &count, ves, sizeof(ves));
	if (status)
		return status;
	if (*ves)
		return fail(EXIT_DELETE_FAILED, "template %s: VEs use its files: %s", name, ves);
	snprintf(going, sizeof(going), ".%s.%d", name, getpid());
	if (renameat2(store, name, store, going, RENAME_NOREPLACE))
		return fail_errno(EXIT_DELETE_FAILED, "template %s: rename it to %s", name, going);
	return tree_remove(store, template_dir(), going) ? EXIT_DELETE_FAILED : 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct stored *)a)->name, ((const struct stored *)b)->name);
}

static int add_stored(struct stored **list, size_t *n, int store, const char *name)
{
	struct stored *more = realloc(*list, (*n + 1) * sizeof(**list));
	char text[256];
	struct stat st;
	struct stored s = { };

	if (!more)
		return fail_memory();
	*list = more;
	/* When it came to be under its name: the root's own mtime is the archive's. */
	if (fstatat(store, name, &st, AT_SYMLINK_NOFOLLOW) || !S_ISDIR(st.st_mode))
		return 0;
	s.date = st.st_ctime;
	/* A VE's file that cannot be read has had its line. */
	(void)users(name, &s.ves, text, sizeof(text));
	s.name = strdup(name);
	if (!s.name)
		return fail_memory();
	more[(*n)++] = s;
	return 0;
}

int store_list(struct stored **list, size_t *n)
{
	cleanup_close int store = open(template_dir(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cleanup_dir DIR *dir = NULL;
	struct dirent *entry;
	int status = template_guard();

	*list = NULL;
	*n = 0;
	if (status)
		return status;
	if (store < 0)
		return errno == ENOENT ? 0 :
		       fail_errno(EXIT_SYSTEM, "template list: open %s", template_dir());
	dir = read_store(store);
	if (!dir)
		return fail_errno(EXIT_SYSTEM, "template list: open %s", template_dir());
	while (!status && (errno = 0, entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			status = add_stored(list, n, store, entry->d_name);
	if (!status && errno)
		status = fail_errno(EXIT_SYSTEM, "template list: read %s", template_dir());
	if (*n)
		qsort(*list, *n, sizeof(**list), by_name);
	return status;
}

void store_list_free(struct stored *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(list[i].name);
	free(list);
}
