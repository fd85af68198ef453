// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <linux/dqblk_xfs.h>
#include <linux/fs.h>
#include <linux/quota.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "disk.h"
#include "error.h"
#include "private.h"
#include "record.h"

/* <sys/quota.h> has them, and its own struct dqblk. */
#define COMMAND(command) ((int)(((unsigned int)(command) << 8) | PRJQUOTA))
#define KIB_MAX (UINT64_MAX >> 10)

/* The word, or the number that is shown for it. */
static bool is_unlimited(const char *text)
{
	uint64_t value;

	return parse_size(text, UNIT_ITEMS, &value) && value == VZLITE_UNLIMITED;
}

/* "10485760", "10G", "2.2G": KiB. "unlimited" is 0. */
static bool parse_space(const char *text, size_t len, uint64_t *out)
{
	static const char suffixes[] = "KMGT";
	char buf[32], *end, *suffix;
	double value, unit = 1;

	if (!len || len >= sizeof(buf))
		return false;
	memcpy(buf, text, len);
	buf[len] = '\0';
	*out = 0;
	if (is_unlimited(buf))
		return true;
	if (strspn(buf, "0123456789.") != len - !!strpbrk(buf, "KMGTkmgt"))
		return false;
	value = strtod(buf, &end);
	if (end == buf)
		return false;
	if (*end) {
		suffix = strchr(suffixes, *end & ~0x20);
		if (!suffix || end[1])
			return false;
		for (ptrdiff_t i = 0; i < suffix - suffixes; i++)
			unit *= 1024;
	} else if (strchr(buf, '.')) {
		return false;
	}
	if (value * unit >= (double)(KIB_MAX >> 1))
		return false;
	*out = value * unit;
	/* A little is not nothing, which would be no limit. */
	if (!*out && value > 0)
		*out = 1;
	return true;
}

static bool parse_inodes(const char *text, size_t len, uint64_t *out)
{
	char buf[32];

	if (!len || len >= sizeof(buf))
		return false;
	memcpy(buf, text, len);
	buf[len] = '\0';
	*out = 0;
	/* "400K", as vzctl takes it. */
	return is_unlimited(buf) ||
	       (!strpbrk(buf, "BbPp.") && parse_size(buf, UNIT_BYTES, out) && *out <= UINT32_MAX);
}

/* "soft[:hard]" */
static bool parse_pair(const char *text, bool (*parse)(const char *, size_t, uint64_t *),
		       uint64_t *soft, uint64_t *hard)
{
	size_t n = strcspn(text, ":");

	if (!parse(text, n, soft))
		return false;
	*hard = *soft;
	if (text[n] && !parse(text + n + 1, strlen(text + n + 1), hard))
		return false;
	return !*hard || (*soft && *soft <= *hard);
}

bool disk_space_valid(const char *text)
{
	uint64_t soft, hard;

	return parse_pair(text, parse_space, &soft, &hard);
}

bool disk_inodes_valid(const char *text)
{
	uint64_t soft, hard;

	return parse_pair(text, parse_inodes, &soft, &hard);
}

void disk_quota_of(const struct config *c, struct disk_quota *q)
{
	if (c->diskspace && *c->diskspace)
		parse_pair(c->diskspace, parse_space, &q->space_soft, &q->space_hard);
	if (c->diskinodes && *c->diskinodes)
		parse_pair(c->diskinodes, parse_inodes, &q->inodes_soft, &q->inodes_hard);
}

bool disk_off(const struct config *c)
{
	return c->diskquota && !strcmp(c->diskquota, "no");
}

bool disk_wanted(const struct config *c)
{
	struct disk_quota q = { };

	if (disk_off(c))
		return false;
	disk_quota_of(c, &q);
	return q.space_soft || q.space_hard || q.inodes_soft || q.inodes_hard;
}

static uint32_t project_of(uint32_t ctid)
{
	return DISK_PROJECT + ctid;
}

static int set_project(int fd, uint32_t project)
{
	struct fsxattr attr;
	struct stat st;

	if (fstat(fd, &st) || ioctl(fd, FS_IOC_FSGETXATTR, &attr))
		return -1;
	attr.fsx_projid = project;
	if (S_ISDIR(st.st_mode))
		attr.fsx_xflags |= FS_XFLAG_PROJINHERIT;
	return ioctl(fd, FS_IOC_FSSETXATTR, &attr);
}

bool disk_inherits(int fd)
{
	struct fsxattr attr;

	return !ioctl(fd, FS_IOC_FSGETXATTR, &attr) && attr.fsx_projid && attr.fsx_xflags & FS_XFLAG_PROJINHERIT;
}

int disk_own(uint32_t ctid, int fd)
{
	/* Of a project that holds all VEs: out of that nothing can be renamed. */
	return disk_inherits(fd) ? 0 : set_project(fd, project_of(ctid));
}

bool disk_owned(uint32_t ctid, int fd)
{
	struct fsxattr attr;

	return !ioctl(fd, FS_IOC_FSGETXATTR, &attr) && attr.fsx_projid == project_of(ctid) &&
	       attr.fsx_xflags & FS_XFLAG_PROJINHERIT;
}

static int call(int fd, int command, uint32_t project, struct if_dqblk *quota)
{
	return syscall(SYS_quotactl_fd, fd, COMMAND(command), project, quota);
}

static int no_quota(uint32_t ctid)
{
	char path[PATH_SIZE];

	private_path(ctid, NULL, path);
	if (errno == ESRCH || errno == ENOSYS || errno == EOPNOTSUPP || errno == ENOTTY || errno == EINVAL)
		return fail(EXIT_DISK_QUOTA, "%s %u: the file system of %s has no project quota: ext4 made "
			    "with -O quota,project -E quotatype=prjquota or XFS, mounted with prjquota",
			    operation, ctid, path);
	return fail_errno(EXIT_DISK_QUOTA, "%s %u: disk quota of %s", operation, ctid, path);
}

int disk_own_failed(uint32_t ctid)
{
	return no_quota(ctid);
}

/* ext4 may count only, and then takes limits all the same. */
static bool is_enforced(int fd)
{
	struct fs_quota_stat state = { };

	return !syscall(SYS_quotactl_fd, fd, COMMAND(Q_XGETQSTAT), 0, &state) &&
	       state.qs_flags & FS_QUOTA_PDQ_ENFD;
}

static struct disk_quota limits_of(const struct if_dqblk *b)
{
	return (struct disk_quota){ b->dqb_bsoftlimit, b->dqb_bhardlimit, b->dqb_isoftlimit,
				    b->dqb_ihardlimit, b->dqb_btime, b->dqb_itime };
}

/* Zeros where there is none yet. */
static int get(uint32_t ctid, int fd, struct disk_quota *out)
{
	struct if_dqblk now = { };

	errno = 0;
	if (!is_enforced(fd)) {
		errno = errno ? errno : ESRCH;
		return no_quota(ctid);
	}
	/* XFS says so of a project that nobody has used. */
	if (call(fd, Q_GETQUOTA, project_of(ctid), &now) && errno != ENOENT)
		return no_quota(ctid);
	*out = limits_of(&now);
	return 0;
}

bool disk_usage(uint32_t ctid, struct disk_usage *out)
{
	cleanup_close int fd = -1;
	struct if_dqblk now = { };
	char path[PATH_SIZE];

	private_path(ctid, NULL, path);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || !disk_owned(ctid, fd) || call(fd, Q_GETQUOTA, project_of(ctid), &now))
		return false;
	*out = (struct disk_usage){ (now.dqb_curspace + 1023) >> 10, now.dqb_curinodes, { } };
	if (is_enforced(fd))
		out->quota = limits_of(&now);
	return true;
}

/* With a limit ext4 may begin a grace time anew, but for one that it is given; that of what is
 * not above soft the kernel forgets. */
static int put_quietly(uint32_t ctid, int fd, const struct disk_quota *q)
{
	struct if_dqblk quota = {
		.dqb_bsoftlimit = q->space_soft, .dqb_bhardlimit = q->space_hard,
		.dqb_isoftlimit = q->inodes_soft, .dqb_ihardlimit = q->inodes_hard,
		.dqb_btime = q->space_until, .dqb_itime = q->inodes_until,
		.dqb_valid = QIF_LIMITS | (q->space_until ? QIF_BTIME : 0) | (q->inodes_until ? QIF_ITIME : 0),
	};

	return call(fd, Q_SETQUOTA, project_of(ctid), &quota);
}

static int put(uint32_t ctid, int fd, const struct disk_quota *q)
{
	return put_quietly(ctid, fd, q) ? no_quota(ctid) : 0;
}

static int open_area(uint32_t ctid, int *fd)
{
	char path[PATH_SIZE];

	private_path(ctid, NULL, path);
	*fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return *fd < 0 ? fail_errno(EXIT_NO_PRIVATE, "%s %u: open %s", operation, ctid, path) : 0;
}

int disk_check(uint32_t ctid)
{
	cleanup_close int fd = open(VZLITE_PRIVATEDIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct disk_quota unused;

	if (fd < 0)
		return fail_errno(EXIT_SYSTEM, "%s %u: open %s", operation, ctid, VZLITE_PRIVATEDIR);
	return disk_inherits(fd) ?
	       fail(EXIT_DISK_QUOTA, "%s %u: %s is in a project itself: its VEs have no quota of their own",
		    operation, ctid, VZLITE_PRIVATEDIR) : get(ctid, fd, &unused);
}

static int check_owned(uint32_t ctid, int fd)
{
	return disk_owned(ctid, fd) ? 0 :
	       fail(EXIT_DISK_QUOTA, "%s %u: its files belong to no project, they were copied or older than "
		    "the project quota: set --diskspace or --diskinodes while it is down, "
		    "and not mounted", operation, ctid);
}

int disk_check_area(uint32_t ctid)
{
	cleanup_close int fd = -1;
	int status = disk_check(ctid);

	if (!status)
		status = open_area(ctid, &fd);
	return status ? status : check_owned(ctid, fd);
}

/* The area, and what is in force there. */
static int begin(uint32_t ctid, int *fd, struct disk_quota *now)
{
	int status = open_area(ctid, fd);

	if (!status)
		status = get(ctid, *fd, now);
	return status ? status : check_owned(ctid, *fd);
}

static void clear(struct disk_quota *q, bool space, bool inodes)
{
	if (space)
		q->space_soft = q->space_hard = 0;
	if (inodes)
		q->inodes_soft = q->inodes_hard = 0;
}

int disk_apply(const struct config *c, const struct disk_quota *before)
{
	cleanup_close int fd = -1;
	struct disk_quota now, q = { };
	int status = begin(c->ctid, &fd, &now);

	if (status)
		return status;
	disk_quota_of(c, &q);
	q.space_until = before->space_until;
	q.inodes_until = before->inodes_until;
	return put(c->ctid, fd, &q);
}

int disk_change(const struct config *c, bool space, bool inodes, struct disk_quota *old)
{
	struct disk_quota said = { }, q;
	cleanup_close int fd = -1;
	int status = begin(c->ctid, &fd, old);

	if (status)
		return status;
	disk_quota_of(c, &said);
	q = *old;
	clear(&q, space, inodes);
	clear(&said, !space, !inodes);
	q.space_soft += said.space_soft;
	q.space_hard += said.space_hard;
	q.inodes_soft += said.inodes_soft;
	q.inodes_hard += said.inodes_hard;
	return put(c->ctid, fd, &q);
}

int disk_restore(uint32_t ctid, const struct disk_quota *old)
{
	cleanup_close int fd = -1;
	int status = open_area(ctid, &fd);

	return status ? status : put(ctid, fd, old);
}

/* Of any project, by the directory of all areas. Quietly, and as it is: -1, there is none. */
static int open_all(void)
{
	return open(VZLITE_PRIVATEDIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

bool disk_in_force(uint32_t ctid, struct disk_quota *q)
{
	cleanup_close int fd = open_all();
	struct if_dqblk now = { };

	if (fd < 0 || call(fd, Q_GETQUOTA, project_of(ctid), &now))
		return false;
	*q = limits_of(&now);
	return true;
}

int disk_force(uint32_t ctid, const struct disk_quota *q)
{
	cleanup_close int fd = open_all();

	return fd < 0 ? -1 : put_quietly(ctid, fd, q);
}

void disk_drop(uint32_t ctid, bool space, bool inodes)
{
	struct disk_quota q;

	if (!disk_in_force(ctid, &q))
		return;
	clear(&q, space, inodes);
	if (disk_force(ctid, &q))
		return;
}

void disk_forget(uint32_t ctid)
{
	disk_drop(ctid, true, true);
	record_remove(ctid, DISK_RECORD);
}
