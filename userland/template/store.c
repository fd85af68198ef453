// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "config.h"
#include "ids.h"
#include "record.h"
#include "template.h"
#include "template/store.h"
#include "tree.h"

#define MAKING ".making-"
#define DELETING ".deleting-"

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

		if (strncmp(entry->d_name, MAKING, strlen(MAKING)) &&
		    strncmp(entry->d_name, DELETING, strlen(DELETING)))
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
	int n = snprintf(d->path, sizeof(d->path), "%s/" MAKING "%s.XXXXXX", template_dir(), d->name);

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

/* The VEs, and what each is made of. */
struct uses {
	struct use {
		uint32_t ctid;
		char *template;		/* NULL: of none */
		bool runs_from;		/* needs it to run */
	} *list;
	size_t n;
};

static void cleanup_uses_(struct uses *u)
{
	for (size_t i = 0; i < u->n; i++)
		free(u->list[i].template);
	free(u->list);
}
#define cleanup_uses __attribute__((cleanup(cleanup_uses_)))

/* Those whose file cannot be read have had their line, and make the status. */
static int find_uses(struct uses *u)
{
	cleanup_free uint32_t *ids = NULL;
	size_t n;
	int status = config_list(&ids, &n), bad;

	if (status)
		return status;
	u->list = calloc(n + 1, sizeof(*u->list));
	if (!u->list)
		return fail_memory();
	for (; u->n < n; u->n++) {
		cleanup_config struct config c;
		struct use *use = &u->list[u->n];

		use->ctid = ids[u->n];
		config_init(&c, use->ctid);
		/* It is destroyed meanwhile. */
		if (!config_exists(use->ctid))
			continue;
		bad = config_load(&c, use->ctid);
		status = status ? status : bad;
		if (bad || !c.ostemplate)
			continue;
		use->template = strdup(c.ostemplate);
		if (!use->template)
			return fail_memory();
		use->runs_from = !c.layout || !strcmp(c.layout, "overlay");
	}
	return status;
}

static bool is_of(const struct use *use, const char *name)
{
	return use->template && !strcmp(use->template, name);
}

/* Who runs, of whatever, and has no file that says of what. 0: nobody. */
static int find_nameless(uint32_t *ctid)
{
	cleanup_ids struct ids ids = { };
	int status = ids_add(&ids, VZLITE_RUNDIR, ".state");

	*ctid = 0;
	for (size_t i = 0; i < ids.n && !*ctid; i++)
		if (!config_exists(ids.list[i]))
			*ctid = ids.list[i];
	return status;
}

/* May template @name go? */
static int check_unused(const char *name)
{
	cleanup_uses struct uses uses = { };
	int status = find_uses(&uses);
	uint32_t nameless = 0;
	char ves[256] = "";
	size_t len = 0;

	/* A VE's file that cannot be read might name it. */
	if (!status)
		status = find_nameless(&nameless);
	if (status)
		return status;
	for (size_t i = 0; i < uses.n; i++)
		if (is_of(&uses.list[i], name) && uses.list[i].runs_from && len + 1 < sizeof(ves))
			len += snprintf(ves + len, sizeof(ves) - len, "%s%u", len ? ", " : "", uses.list[i].ctid);
	if (*ves)
		return fail(EXIT_DELETE_FAILED, "template %s: VEs use its files: %s", name, ves);
	return nameless ? fail(EXIT_DELETE_FAILED, "template %s: VE %u was started, and has no configuration that says "
			       "of what (vzlite stop %u)", name, nameless, nameless) : 0;
}

/* What is left of the lock: a VE being created holds a shared one, another delete this one. */
static int lock_template(int store, const char *name, int *fd)
{
	struct stat ours, there;

	*fd = openat(store, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (*fd < 0 && errno == ENOENT)
		return fail(EXIT_NO_TEMPLATE, "template %s: there is none", name);
	if (*fd < 0)
		return fail_errno(EXIT_SYSTEM, "template %s: open", name);
	if (flock(*fd, LOCK_EX | LOCK_NB))
		return errno == EWOULDBLOCK ?
		       fail(EXIT_LOCKED, "template %s: a VE is being made of it, or it is being deleted", name) :
		       fail_errno(EXIT_SYSTEM, "template %s: lock", name);
	/* Deleted before we had it locked; another may have its name by now. */
	if (fstat(*fd, &ours) || fstatat(store, name, &there, AT_SYMLINK_NOFOLLOW) ||
	    ours.st_dev != there.st_dev || ours.st_ino != there.st_ino)
		return fail(EXIT_NO_TEMPLATE, "template %s: has just been deleted", name);
	return 0;
}

int store_delete(const char *name)
{
	cleanup_close int store = -1, fd = -1;
	char going[128];
	int status = open_store(&store);

	if (!status)
		status = lock_template(store, name, &fd);
	if (!status)
		status = check_unused(name);
	if (status)
		return status;
	snprintf(going, sizeof(going), DELETING "%s.%d", name, getpid());
	if (renameat2(store, name, store, going, RENAME_NOREPLACE))
		return fail_errno(EXIT_DELETE_FAILED, "template %s: rename it to %s", name, going);
	status = tree_remove(store, template_dir(), going) ? EXIT_DELETE_FAILED : 0;
	/* What a power failure has left of others is in nobody's list. */
	if (!flock(store, LOCK_EX))
		sweep(store);
	return status;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct stored *)a)->name, ((const struct stored *)b)->name);
}

static int add_stored(struct stored **list, size_t *n, int store, const char *name, const struct uses *uses)
{
	struct stored *more = realloc(*list, (*n + 1) * sizeof(**list));
	struct stat st;
	struct stored s = { };

	if (!more)
		return fail_memory();
	*list = more;
	/* When it came to be under its name: the root's own mtime is the archive's. */
	if (fstatat(store, name, &st, AT_SYMLINK_NOFOLLOW) || !S_ISDIR(st.st_mode))
		return 0;
	s.date = st.st_ctime;
	for (size_t i = 0; i < uses->n; i++)
		s.ves += is_of(&uses->list[i], name);
	s.name = strdup(name);
	if (!s.name)
		return fail_memory();
	more[(*n)++] = s;
	return 0;
}

int store_list(struct stored **list, size_t *n, int *unread)
{
	cleanup_close int store = open(template_dir(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cleanup_uses struct uses uses = { };
	cleanup_dir DIR *dir = NULL;
	struct dirent *entry;
	int status = template_guard();

	*list = NULL;
	*n = 0;
	*unread = 0;
	if (status)
		return status;
	if (store < 0)
		return errno == ENOENT ? 0 :
		       fail_errno(EXIT_SYSTEM, "template list: open %s", template_dir());
	dir = read_store(store);
	if (!dir)
		return fail_errno(EXIT_SYSTEM, "template list: open %s", template_dir());
	*unread = find_uses(&uses);
	while (!status && (errno = 0, entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			status = add_stored(list, n, store, entry->d_name, &uses);
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
