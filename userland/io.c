// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

#include "bindmount.h"
#include "cgroup_limits.h"
#include "device.h"
#include "error.h"
#include "io.h"
#include "paths.h"
#include "private.h"

#define MAX_FILE "io.max"
#define DISKS_MAX (2 + BINDMOUNTS_MAX + DEVNODES_MAX)
#define LINES_MAX 16384	/* a line of each disk, and of others that there were */
#define BYTES_MIN 4096	/* a page; with less a VE would not even start */

static const char *sysfs = "/sys/dev/block";

void io_set_sysfs(const char *dir)
{
	sysfs = dir;
}

/* @unit: of a plain number. */
static bool parse_bytes(const char *text, uint64_t unit, uint64_t *out)
{
	size_t digits = strspn(text, "0123456789");
	uint64_t value;

	if (!parse_size(text, UNIT_BYTES, &value) || (digits && strpbrk(text, "TtPp")))
		return false;
	if (value == VZLITE_UNLIMITED)
		value = 0;
	else if (!text[digits] && value > VZLITE_UNLIMITED / unit)
		return false;
	else if (!text[digits])
		value *= unit;
	*out = value;
	return true;
}

bool io_limit_valid(const char *text)
{
	uint64_t bytes;

	return parse_bytes(text, 1, &bytes);
}

const char *io_limit_change(const char *now, const char *given, char **out, char *reason, size_t size)
{
	uint64_t bytes;

	(void)now;
	if (!parse_bytes(given, 1 << 20, &bytes) || (bytes && bytes < BYTES_MIN)) {
		snprintf(reason, size, "%.80s: must be MiB per second, or with B, K, M or G, at "
			 "least %dB; 0 or unlimited for none", given, BYTES_MIN);
		return reason;
	}
	return asprintf(out, "%" PRIu64, bytes) < 0 ? "out of memory" : NULL;
}

uint64_t io_limit_bytes(const struct config *c)
{
	uint64_t bytes = 0;

	if (c->iolimit && *c->iolimit)
		parse_bytes(c->iolimit, 1, &bytes);
	/* A file of another's may have less. */
	return bytes && bytes < BYTES_MIN ? BYTES_MIN : bytes;
}

uint64_t io_limit_operations(const struct config *c)
{
	return c->iopslimit == CONFIG_UNSET ? 0 : c->iopslimit;
}

unsigned int io_weight(const struct config *c)
{
	/* Virtuozzo's 320 365 410 460 500 550 600 640, where its default is 500. */
	static const unsigned char weights[] = { 64, 73, 82, 92, 100, 110, 120, 128 };

	return weights[c->ioprio < ARRAY_SIZE(weights) ? c->ioprio : 4];
}

/* A limit belongs to a whole disk. Above others (dm, md, loop) it is that of the upper one,
 * where what a VE asks for arrives first. */
bool io_disk(unsigned int major, unsigned int minor, char disk[32])
{
	char path[PATH_MAX];
	cleanup_close int fd = -1;
	ssize_t n;

	snprintf(path, sizeof(path), "%s/%u:%u/partition", sysfs, major, minor);
	snprintf(path, sizeof(path), "%s/%u:%u/%sdev", sysfs, major, minor,
		 access(path, F_OK) ? "" : "../");
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, disk, 31);
	if (n <= 0)
		return false;
	disk[n] = '\0';
	disk[strcspn(disk, "\n")] = '\0';
	return *disk;
}

struct disks {
	size_t n;
	char name[DISKS_MAX][32];
};

static bool holds(const struct disks *d, const char *name, size_t len)
{
	for (size_t i = 0; i < d->n; i++)
		if (strlen(d->name[i]) == len && !memcmp(d->name[i], name, len))
			return true;
	return false;
}

/* False: @device is no disk, nor a part of one. */
static bool add_disk(struct disks *d, dev_t device)
{
	char disk[32];

	if (!io_disk(major(device), minor(device), disk))
		return false;
	if (!holds(d, disk, strlen(disk)) && d->n < DISKS_MAX)
		strcpy(d->name[d->n++], disk);
	return true;
}

/* The disk of what is at @path. */
static bool add_disk_of(struct disks *d, const char *path)
{
	struct stat st;

	return !stat(path, &st) && add_disk(d, st.st_dev);
}

/* What is in memory is on no disk; of the rest it is said that no limit holds there. */
static void add_or_warn(const struct config *c, struct disks *d, const char *path, bool quiet)
{
	struct statfs fs;

	if (!add_disk_of(d, path) && !quiet && !statfs(path, &fs) && fs.f_type != TMPFS_MAGIC)
		warn("%s %u: its I/O is not limited in %s, whose file system has no block device of its "
		     "own", operation, c->ctid, path);
}

/* Those that the VE has itself. */
static void add_devnodes(const struct config *c, struct disks *d)
{
	struct devnode nodes[DEVNODES_MAX];
	char text[DEVNODES_TEXT], path[PATH_MAX];
	int count = devnodes_parse(c->devnodes, text, nodes);
	struct stat st;

	for (int i = 0; i < count; i++) {
		snprintf(path, sizeof(path), "/dev/%s", nodes[i].name);
		if (!stat(path, &st) && S_ISBLK(st.st_mode))
			add_disk(d, st.st_rdev);
	}
}

static int find_disks(const struct config *c, struct disks *d, bool quiet)
{
	struct bind binds[BINDMOUNTS_MAX];
	char path[PATH_MAX], text[BINDMOUNTS_TEXT];
	int count;

	d->n = 0;
	private_path(c->ctid, NULL, path);
	if (access(path, F_OK))
		strcpy(path, VZLITE_PRIVATEDIR);
	if (!add_disk_of(d, path))
		return fail(EXIT_SET_IO, "%s %u: I/O cannot be limited: the file system of %s has no block "
			    "device of its own (as btrfs, ZFS, tmpfs and network file systems)",
			    operation, c->ctid, path);
	if (c->ostemplate && *c->ostemplate && (!c->layout || strcmp(c->layout, "dir"))) {
		snprintf(path, sizeof(path), "%s/%s", VZLITE_TEMPLATEDIR, c->ostemplate);
		add_or_warn(c, d, path, quiet);
	}
	count = bindmounts_parse(c->bindmount, text, binds, NULL);
	for (int i = 0; i < count; i++)
		add_or_warn(c, d, binds[i].source, quiet);
	add_devnodes(c, d);
	return 0;
}

int io_check(const struct config *c)
{
	struct disks disks;

	return io_limit_bytes(c) || io_limit_operations(c) ? find_disks(c, &disks, true) : 0;
}

static int write_line(int dir, const char *disk, size_t len, const char *limit)
{
	char line[256];

	snprintf(line, sizeof(line), "%.*s %s", (int)len, disk, limit);
	return cgroup_write(dir, MAX_FILE, line);
}

/* A disk that is gone has no line any more. */
static bool gone(void)
{
	return errno == ENODEV || errno == ENXIO;
}

/* Write @none for those of the lines @now that are not of @but. */
static int clear_others(int dir, const char *now, const struct disks *but, const char *none)
{
	for (const char *line = now; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		size_t len = strcspn(line, " \n");

		if (len && !holds(but, line, len) && write_line(dir, line, len, none) && !gone())
			return -1;
	}
	return 0;
}

static ssize_t read_lines(int dir, char text[LINES_MAX])
{
	cleanup_close int fd = openat(dir, MAX_FILE, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, LINES_MAX - 1);

	text[n > 0 ? n : 0] = '\0';
	return n;
}

int io_write(const struct config *c, int dir, const char *limit, const char *none, bool fresh)
{
	struct disks disks = { };
	char now[LINES_MAX];
	int status = limit ? find_disks(c, &disks, false) : 0;

	if (status)
		return status;
	/* No such file, and nothing to be limited: that is so. */
	if (!fresh && ((read_lines(dir, now) < 0 && (limit || errno != ENOENT)) ||
		       clear_others(dir, now, &disks, none)))
		return fail_errno(EXIT_SET_IO, "%s %u: change its cgroup's " MAX_FILE, operation, c->ctid);
	for (size_t i = 0; i < disks.n; i++)
		if (write_line(dir, disks.name[i], strlen(disks.name[i]), limit))
			return fail_errno(EXIT_SET_IO, "%s %u: write %s %s to its cgroup's " MAX_FILE,
					  operation, c->ctid, disks.name[i], limit);
	return 0;
}

int io_restore(int dir, const char *saved, const char *none)
{
	struct disks had = { };
	char now[LINES_MAX], line[256];

	for (const char *p = saved; *p; p += strcspn(p, "\n"), p += *p == '\n') {
		size_t len = strcspn(p, "\n"), disk = strcspn(p, " \n");

		if (!len || len >= sizeof(line) || disk >= sizeof(had.name[0]))
			continue;
		if (had.n < DISKS_MAX)
			snprintf(had.name[had.n++], sizeof(had.name[0]), "%.*s", (int)disk, p);
		snprintf(line, sizeof(line), "%.*s", (int)len, p);
		if (cgroup_write(dir, MAX_FILE, line) && !gone())
			return -1;
	}
	return read_lines(dir, now) < 0 ? -1 : clear_others(dir, now, &had, none);
}
