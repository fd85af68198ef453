// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>

#include "cgroup.h"
#include "cgroup_limits.h"
#include "cgroup_weigh.h"
#include "error.h"
#include "paths.h"
#include "scope.h"
#include "syscalls.h"

/* What a VE can make below its own: each level costs us a descriptor when all is
 * removed; and the machine has 65535 memory cgroups in all, of which one VE must not
 * take more than a share. */
#define DEPTH_MAX "64"
#define DESCENDANTS_MAX "1000"

static int open_dir(int parent, const char *path)
{
	return openat(parent, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

int cgroup_check(void)
{
	struct statfs fs = { };

	if (!statfs(CGROUP_ROOT, &fs) && fs.f_type == SYSFS_MAGIC)
		return fail(EXIT_NO_MODULE, "%s: no cgroups are mounted at %s (ip netns exec has a /sys of its own: "
			    "run vzlite outside of it)", operation, CGROUP_ROOT);
	if (fs.f_type != CGROUP2_SUPER_MAGIC)
		return fail(EXIT_NO_MODULE, "%s: wrong cgroup version: %s must be cgroup v2 alone "
			    "(kernel command line: systemd.unified_cgroup_hierarchy=1)", operation,
			    CGROUP_ROOT);
	return 0;
}

void cgroup_path(uint32_t ctid, char path[PATH_SIZE])
{
	if (scope_wanted())
		snprintf(path, PATH_SIZE, CGROUP_ROOT "/" SCOPE_SLICE "/vzlite-%u.scope/ve", ctid);
	else
		snprintf(path, PATH_SIZE, CGROUP_ROOT "/vzlite/%u", ctid);
}

int cgroup_open(uint32_t ctid)
{
	char path[PATH_SIZE];

	cgroup_path(ctid, path);
	return open_dir(AT_FDCWD, path);
}

char *cgroup_below(char *text, const char *ve)
{
	size_t n = strlen(ve);
	char *line = text;

	/* Hierarchies of version 1, mounted beside, have lines of their own. */
	while (strncmp(line, "0::", 3)) {
		line = strchr(line, '\n');
		if (!line)
			return NULL;
		line++;
	}
	line += 3;
	line[strcspn(line, "\n")] = '\0';
	if (strncmp(line, ve, n) || (line[n] && line[n] != '/'))
		return NULL;
	return line + n;
}

/* Of an init that has ended meanwhile nothing is to be found. */
static int not_found(uint32_t ctid, int pidfd, const char *what)
{
	struct pollfd ended = { .fd = pidfd, .events = POLLIN };
	int error = errno;

	if (poll(&ended, 1, 0) > 0)
		return fail(EXIT_NOT_RUNNING, "%s %u: " JUST_STOPPED, operation, ctid);
	errno = error;
	return fail_errno(EXIT_SYSTEM, "%s %u: %s", operation, ctid, what);
}

int cgroup_open_of(uint32_t ctid, pid_t pid, int pidfd, int *fd)
{
	char path[64], text[PATH_MAX + 1024], ve[PATH_SIZE], *below;
	cleanup_close int file = -1, dir = -1;
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/cgroup", pid);
	file = open(path, O_RDONLY | O_CLOEXEC);
	n = file < 0 ? -1 : read(file, text, sizeof(text) - 1);
	dir = cgroup_open(ctid);
	if (n <= 0 || dir < 0)
		return not_found(ctid, pidfd, "find its cgroup");
	text[n] = '\0';
	cgroup_path(ctid, ve);
	below = cgroup_below(text, ve + strlen(CGROUP_ROOT));
	if (!below)
		return errno = EXDEV, not_found(ctid, pidfd, "find its init in its cgroup");
	*fd = *below ? sys_openat2(dir, below + 1, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0,
				   RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS)
		     : steal_fd(dir);
	return *fd < 0 ? not_found(ctid, pidfd, "open the cgroup of its init") : 0;
}

/* Is @word one of the words of @list? */
static bool lists(const char *list, const char *word)
{
	size_t len = strlen(word);

	for (; *list; list += strcspn(list, " \n"), list += strspn(list, " \n"))
		if (strcspn(list, " \n") == len && !memcmp(list, word, len))
			return true;
	return false;
}

/* Let the children of @dir have the controllers that we write limits of. Have they all? */
static bool enable_controllers(int dir)
{
	static const char *const wanted[] = { "cpuset", "cpu", "io", "memory", "pids" };
	char have[512], missing[64], word[16];
	cleanup_close int fd = openat(dir, "cgroup.subtree_control", O_RDWR | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, have, sizeof(have) - 1);
	int len = 0;

	if (n < 0)
		return false;
	have[n] = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++)
		if (!lists(have, wanted[i]))
			len += snprintf(missing + len, sizeof(missing) - len, "+%s ", wanted[i]);
	/* At once: the kernel goes through all below for each write. It takes all or none. */
	if (!len || write(fd, missing, len) == len)
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++) {
		len = snprintf(word, sizeof(word), "+%s", wanted[i]);
		/* One that the host lacks is missed when its limit is to be written. */
		if (!lists(have, wanted[i]) && write(fd, word, len) != len)
			continue;
	}
	return false;
}

static int make_plain(uint32_t ctid, int *fd)
{
	cleanup_close int root = -1, all = open_dir(AT_FDCWD, CGROUP_ROOT "/vzlite");
	char name[16];

	snprintf(name, sizeof(name), "%u", ctid);
	/* What that has it has from the root. */
	if (all < 0 || !enable_controllers(all)) {
		root = open_dir(AT_FDCWD, CGROUP_ROOT);
		enable_controllers(root);
		if (mkdirat(root, "vzlite", 0755) && errno != EEXIST)
			return fail_errno(EXIT_SYSTEM, "%s %u: make %s/vzlite", operation, ctid,
					  CGROUP_ROOT);
		cleanup_close_(&all);
		all = open_dir(root, "vzlite");
		enable_controllers(all);
	}
	if (mkdirat(all, name, 0755) || (*fd = open_dir(all, name)) < 0)
		return fail_errno(EXIT_SYSTEM, "%s %u: make %s/vzlite/%s", operation, ctid,
				  CGROUP_ROOT, name);
	return 0;
}

/* systemd's scope, and the VE's directory in it with @holder there: in the scope's
 * own no process may be once it lets its children have controllers. */
static int make_scoped(const struct config *c, int *fd, pid_t *holder)
{
	struct scope_properties p = { };
	cleanup_close int scope = -1;
	char path[PATH_SIZE], pid[16];
	uint32_t ctid = c->ctid;
	int status;

	cgroup_weights(c, CGROUP_ALL, true, &p);
	status = scope_create(ctid, &p, holder);
	if (status)
		return status;
	cgroup_path(ctid, path);
	*strrchr(path, '/') = '\0';
	scope = open_dir(AT_FDCWD, path);
	snprintf(pid, sizeof(pid), "%d", *holder);
	if (scope < 0 || mkdirat(scope, "ve", 0755) || (*fd = open_dir(scope, "ve")) < 0 ||
	    cgroup_write(*fd, "cgroup.procs", pid))
		return fail_errno(EXIT_SYSTEM, "%s %u: make %s/ve", operation, ctid, path);
	enable_controllers(scope);
	return 0;
}

/* The files that the kernel says are a delegate's own, and the directory. */
static int delegate(const struct config *c, int dir)
{
	cleanup_close int list = open("/sys/kernel/cgroup/delegate", O_RDONLY | O_CLOEXEC);
	char text[1024], *save;
	ssize_t n = list < 0 ? -1 : read(list, text, sizeof(text) - 1);

	if (n < 0 || fchown(dir, c->local_uid, c->local_uid))
		return fail_errno(EXIT_SYSTEM, "%s %u: delegate its cgroup", operation, c->ctid);
	text[n] = '\0';
	for (char *name = strtok_r(text, "\n", &save); name; name = strtok_r(NULL, "\n", &save))
		if (fchownat(dir, name, c->local_uid, c->local_uid, AT_SYMLINK_NOFOLLOW) &&
		    errno != ENOENT)
			return fail_errno(EXIT_SYSTEM, "%s %u: delegate its %s", operation, c->ctid,
					  name);
	return 0;
}

static int bound_nesting(const struct config *c, int dir)
{
	static const struct { const char *name, *max; } bounds[] = {
		{ "cgroup.max.depth", DEPTH_MAX },
		{ "cgroup.max.descendants", DESCENDANTS_MAX },
	};

	for (size_t i = 0; i < ARRAY_SIZE(bounds); i++)
		if (cgroup_write(dir, bounds[i].name, bounds[i].max))
			return fail_errno(EXIT_SYSTEM, "%s %u: write %s", operation, c->ctid,
					  bounds[i].name);
	return 0;
}

int cgroup_create(const struct config *c, int *fd, pid_t *holder)
{
	int status;

	*fd = -1;
	*holder = 0;
	status = scope_wanted() ? make_scoped(c, fd, holder) : make_plain(c->ctid, fd);
	if (!status)
		status = bound_nesting(c, *fd);
	if (!status)
		status = cgroup_write_limits(c, *fd, CGROUP_ALL, true);
	if (!status)
		status = delegate(c, *fd);
	if (status) {
		cgroup_release(holder);
		cleanup_close_(fd);
		*fd = -1;
	}
	return status;
}

void cgroup_release(pid_t *holder)
{
	if (*holder <= 0)
		return;
	kill(*holder, SIGKILL);
	waitpid(*holder, NULL, 0);
	*holder = 0;
}
