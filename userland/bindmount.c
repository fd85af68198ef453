// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/mount.h>
#include <mntent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "bind.h"
#include "bindmount.h"
#include "error.h"
#include "keyed.h"
#include "syscalls.h"
#include "units.h"

static const struct {
	const char *word;
	unsigned int attribute;
} options[] = {
	{ "ro", MOUNT_ATTR_RDONLY },
	{ "noexec", MOUNT_ATTR_NOEXEC },
	{ "rw", 0 },
	{ "nosuid", 0 },
	{ "nodev", 0 },
};

static bool parse_option(const char *word, size_t len, unsigned int *attributes)
{
	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		if (strlen(options[i].word) == len && !memcmp(options[i].word, word, len)) {
			*attributes |= options[i].attribute;
			return true;
		}
	}
	return false;
}

/* Absolute and plain: no "." or "..", no two slashes, none at the end. */
static bool plain_path(const char *path)
{
	if (!valid_path(path) || strpbrk(path, ":,"))
		return false;
	for (const char *p = path; *p; ) {
		size_t n = strcspn(++p, "/");

		if (!n || n > 255 || (*p == '.' && (n == 1 || (n == 2 && p[1] == '.'))))
			return false;
		p += n;
	}
	return true;
}

static bool is_below(const char *path, const char *dir)
{
	size_t n = strlen(dir);

	return !strncmp(path, dir, n) && (!path[n] || path[n] == '/');
}

/* What covers a part of these makes the kernel refuse the VE's own programs a whole one. */
static bool target_valid(const char *path)
{
	return plain_path(path) && !is_below(path, "/proc") && !is_below(path, "/sys") &&
	       strcmp(path, "/dev") && strcmp(path, "/run");
}

static bool parse_one(char *word, void *item)
{
	char *target = strchr(word, ':'), *option;
	struct bind *b = item;

	*b = (struct bind){ .source = word };
	if (!target)
		return false;
	*target++ = '\0';
	b->target = target;
	option = target + strcspn(target, ":,");
	while (*option) {
		size_t n = strcspn(option + 1, ":,");

		*option++ = '\0';
		if (!parse_option(option, n, &b->attributes))
			return false;
		option += n;
	}
	return plain_path(b->source) && target_valid(b->target);
}

static void put(FILE *out, const char *blank, const void *item)
{
	const struct bind *b = item;

	fprintf(out, "%s%s:%s", blank, b->source, b->target);
	for (size_t i = 0; i < ARRAY_SIZE(options); i++)
		if (b->attributes & options[i].attribute)
			fprintf(out, ",%s", options[i].word);
}

static const struct keyed bindmounts = {
	sizeof(struct bind), offsetof(struct bind, target), BINDMOUNTS_MAX, BINDMOUNTS_TEXT, parse_one, put,
};

int bindmounts_parse(const char *list, char text[BINDMOUNTS_TEXT], struct bind binds[BINDMOUNTS_MAX],
		     const char **bad)
{
	return keyed_parse(&bindmounts, list, text, binds, bad);
}

bool bindmounts_valid(const char *list)
{
	struct bind binds[BINDMOUNTS_MAX];
	char text[BINDMOUNTS_TEXT];

	return bindmounts_parse(list, text, binds, NULL) >= 0;
}

const char *bindmounts_add(const char *list, const char *given, char **out, char *reason, size_t size)
{
	struct bind binds[BINDMOUNTS_MAX], more[BINDMOUNTS_MAX];
	char text[BINDMOUNTS_TEXT], new[BINDMOUNTS_TEXT];
	int n = bindmounts_parse(list, text, binds, NULL), added;
	const char *bad = given;

	if (n < 0)
		return "the list that is there is broken";
	added = bindmounts_parse(given, new, more, &bad);
	if (added > 0) {
		const char *why = keyed_put(&bindmounts, binds, n, more, added, out);

		/* Some may stand in the place of others. */
		if (why || bindmounts_valid(*out))
			return why;
		free(steal_ptr(*out));
		return "too many";
	}
	snprintf(reason, size, "%.*s is no SOURCE:TARGET[,ro][,noexec], absolute paths without \"..\", the "
		 "second not /proc, /sys, /dev or /run", (int)strcspn(bad, " ") > 60 ? 60 :
		 (int)strcspn(bad, " "), bad);
	return reason;
}

const char *bindmounts_delete(const char *list, const char *given, char **out, char *reason,
			      size_t size)
{
	struct bind binds[BINDMOUNTS_MAX], gone = { .target = given };
	char text[BINDMOUNTS_TEXT];
	int n = bindmounts_parse(list, text, binds, NULL), i = 0;

	if (!strcmp(given, "all"))
		return keyed_take(&bindmounts, binds, 0, NULL, 0, out);
	if (n < 0)
		return "the list that is there is broken";
	while (i < n && strcmp(binds[i].target, given))
		i++;
	if (i < n)
		return keyed_take(&bindmounts, binds, n, &gone, 1, out);
	snprintf(reason, size, "%.60s: nothing is bound there", given);
	return reason;
}

/* Is there a directory above that keeps the host's users away? (Of @path itself the VE's
 * root may change the mode.) */
static bool is_guarded(const char *path)
{
	char above[PATH_MAX];
	struct stat st;
	char *slash;

	snprintf(above, sizeof(above), "%s", path);
	while ((slash = strrchr(above, '/')) && slash != above) {
		*slash = '\0';
		if (!stat(above, &st) && !(st.st_mode & S_IXOTH))
			return true;
	}
	return false;
}

/* Ids in the VE are ids of the file system: its root's setuid programs are root's there. */
static void warn_open(uint32_t ctid, const struct bind *b)
{
	struct statvfs fs;

	if (b->attributes & MOUNT_ATTR_RDONLY || is_guarded(b->source) ||
	    statvfs(b->source, &fs) || fs.f_flag & ST_NOSUID)
		return;
	warn("%s %u: %s: setuid programs that the VE's root leaves there can be run by the host's users "
	     "(chmod 700 a directory above it, mount it nosuid, or bind it ro)", operation, ctid,
	     b->source);
}

/* Is nothing mounted at @path, nor between it and what @source is? */
static bool is_bare(const char *path, const char *source)
{
	struct statx at, below;

	return !statx(AT_FDCWD, path, AT_NO_AUTOMOUNT, STATX_MNT_ID, &at) &&
	       !statx(AT_FDCWD, source, AT_NO_AUTOMOUNT, STATX_MNT_ID, &below) &&
	       !(at.stx_attributes & STATX_ATTR_MOUNT_ROOT) && at.stx_mnt_id == below.stx_mnt_id;
}

/*
 * Does /etc/fstab say that @source is on a disk that is not mounted (nofail, late, broken)? The
 * directory below its mount point would be bound instead, empty, and whatever the VE begins there
 * be lost under the disk. With noauto it is the administrator's matter. The innermost counts.
 * An automount that cannot be is one, too.
 */
static bool is_away(const char *source, int fd, char *where, size_t size)
{
	FILE *fstab = setmntent("/etc/fstab", "re");
	struct mntent entry, *e;
	struct statfs fs;
	char line[4096];
	size_t longest = 0;
	bool away = false;

	while (fstab && (e = getmntent_r(fstab, &entry, line, sizeof(line)))) {
		size_t n = strlen(e->mnt_dir);

		while (n > 1 && e->mnt_dir[n - 1] == '/')
			e->mnt_dir[--n] = '\0';
		if (n <= 1 || n < longest || n >= size || strncmp(source, e->mnt_dir, n) ||
		    (source[n] && source[n] != '/'))
			continue;
		longest = n;
		away = !hasmntopt(e, "noauto") && is_bare(e->mnt_dir, source);
		memcpy(where, e->mnt_dir, n + 1);
	}
	if (fstab)
		endmntent(fstab);
	if (!away && !fstatfs(fd, &fs) && fs.f_type == AUTOFS_SUPER_MAGIC) {
		snprintf(where, size, "%s", source);
		return true;
	}
	return away;
}

/* An automount is asked for by who opens it, not by O_PATH. */
static void mount_on_demand(const char *path)
{
	int fd = sys_openat2(AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0,
			     RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS);

	if (fd >= 0)
		close(fd);
}

int bindmounts_check(uint32_t ctid, const char *list)
{
	char where[PATH_MAX];
	struct bind binds[BINDMOUNTS_MAX];
	char text[BINDMOUNTS_TEXT];
	int n = bindmounts_parse(list, text, binds, NULL);

	for (int i = 0; i < n; i++) {
		cleanup_close int fd = -1;

		mount_on_demand(binds[i].source);
		fd = bind_source_open(binds[i].source);
		if (fd < 0)
			return fail_errno(EXIT_MOUNT_FAILED, "%s %u: what is to be bound to %s, %s%s",
					  operation, ctid, binds[i].target, binds[i].source,
					  errno == ELOOP ? ", which must be without symbolic links" : "");
		if (is_away(binds[i].source, fd, where, sizeof(where)))
			return fail(EXIT_MOUNT_FAILED, "%s %u: what is to be bound to %s, %s: a disk belongs to %s, "
				    "and is not mounted", operation, ctid, binds[i].target, binds[i].source, where);
		warn_open(ctid, &binds[i]);
	}
	return 0;
}
