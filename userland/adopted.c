// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "adopted.h"
#include "cgroup.h"
#include "error.h"
#include "paths.h"
#include "record.h"
#include "scope.h"
#include "syscalls.h"

#define TOLD "lost"

static const struct {
	const char *status;
	bool registered;
	const char *loss;
} states[] = {
	[ADOPTED_RUNNING] = { "adopted", true, NULL },
	[ADOPTED_DOWN] = { "adopted,down", true, NULL },
	[ADOPTED_GONE] = { "adopted,gone", false,
			  "is adopted, and its cgroup is gone: it has no limits; release and adopt it anew" },
	[ADOPTED_LOST] = { "adopted,lost", false,
			  "is adopted, and the module does not know it: it has no limits; release and adopt it anew" },
};

const char *adopted_status(enum adopted_state state)
{
	return states[state].status;
}

bool adopted_registered(enum adopted_state state)
{
	return states[state].registered;
}

const char *adopted_loss(enum adopted_state state)
{
	return states[state].loss;
}

bool adopted_told(uint32_t ctid)
{
	return record_there(ctid, TOLD);
}

int adopted_mark_told(uint32_t ctid)
{
	return record_mark(ctid, TOLD);
}

void adopted_forget_told(uint32_t ctid)
{
	record_remove(ctid, TOLD);
}

/* "" when it cannot be read: then no record is of this boot. */
static void read_boot_id(char id[64])
{
	cleanup_close int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, id, 63);

	id[n < 0 ? 0 : n] = '\0';
	id[strcspn(id, "\n")] = '\0';
}

/* The directory @path, "/machine.slice/x", of the hierarchy. Nobody but root can put
 * anything else in a part of the way that is not the tenant's own already, and there are
 * no symbolic links; a mount upon it would be another hierarchy, or none. */
static int open_path(const char *path)
{
	cleanup_close int root = open(CGROUP_ROOT, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return root < 0 ? -1 : sys_openat2(root, path + 1, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0,
					   RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV);
}

static bool of_this_boot(const struct config *c)
{
	char boot[64];

	read_boot_id(boot);
	return c->boot_id && *boot && !strcmp(c->boot_id, boot);
}

bool adopted_is_its(const struct config *c, const struct module_ve *ve)
{
	return of_this_boot(c) && ve->cgroup_id == c->cgroup_id;
}

/* Of a cgroup the inode's number is the kernel's 64-bit id, with its generation. */
static bool is_there(const struct config *c)
{
	cleanup_close int fd = open_path(c->cgroup);
	struct stat st;

	return fd >= 0 && !fstat(fd, &st) && st.st_ino == c->cgroup_id;
}

enum adopted_state adopted_state(const struct config *c, const struct module_ve *ve)
{
	if (!c->cgroup || !of_this_boot(c) || !is_there(c))
		return ADOPTED_GONE;
	if (!ve || !adopted_is_its(c, ve))
		return ADOPTED_LOST;
	return ve->populated ? ADOPTED_RUNNING : ADOPTED_DOWN;
}

int adopted_find(const struct config *c, enum adopted_state *state)
{
	struct module_ve ve;
	/* A module that is not there knows of nobody, and need not be loaded for that. */
	int found = module_loaded_now() ? module_ve_get(c->ctid, &ve) : 0;

	if (found < 0)
		return -found;
	*state = adopted_state(c, found ? &ve : NULL);
	return 0;
}

const char *adopted_path(const char *given, char *path, size_t size)
{
	size_t root = strlen(CGROUP_ROOT), n;

	if (!strncmp(given, CGROUP_ROOT, root) && (!given[root] || given[root] == '/'))
		given += root;
	given += strspn(given, "/");
	n = strlen(given);
	while (n && given[n - 1] == '/')
		n--;
	if (n + 2 > size)
		return NULL;
	snprintf(path, size, "/%.*s", (int)n, given);
	return valid_cgroup(path) ? path : NULL;
}

static bool below(const char *path, const char *dir)
{
	size_t n = strlen(dir);

	return !strncmp(path, dir, n) && (!path[n] || path[n] == '/');
}

static int refuse(const struct config *c, const char *given, const char *reason)
{
	return fail(EXIT_BAD_VALUE, "%s %u: --cgroup %.200s: %s", operation, c->ctid,
		    *given ? given : "\"\"", reason);
}

static int fill(struct config *c, const char *path, uint64_t id)
{
	char boot[64], number[24];
	int status;

	read_boot_id(boot);
	snprintf(number, sizeof(number), "%" PRIu64, id);
	status = config_set(c, "CGROUP", path);
	if (!status)
		status = config_set(c, "CGROUP_ID", number);
	return status ? status : config_set(c, "BOOT_ID", boot);
}

int adopted_open(struct config *c, const char *given, int *fd)
{
	char path[PATH_MAX];
	struct stat st;
	int status = cgroup_check();

	if (status)
		return status;
	if (!adopted_path(given, path, sizeof(path)))
		return refuse(c, given, "must be a directory below " CGROUP_ROOT ", without . and .., "
			      "blanks and quotes");
	/* Who had those would keep VEs from being started. */
	if (below(path, "/vzlite") || below(path, "/" SCOPE_SLICE))
		return refuse(c, given, "is vzlite's own");
	*fd = open_path(path);
	if (*fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return refuse(c, given, "there is no such directory below " CGROUP_ROOT);
	if (*fd < 0 && errno == EXDEV)
		return refuse(c, given, "is no directory of the cgroup hierarchy, but of a mount upon it");
	if (*fd < 0 || fstat(*fd, &st))
		return fail_errno(EXIT_SYSTEM, "%s %u: open %s%s", operation, c->ctid, CGROUP_ROOT, path);
	return fill(c, path, st.st_ino);
}

int adopted_refuse(uint32_t ctid)
{
	if (!config_adopted(ctid))
		return 0;
	return fail(EXIT_BAD_VALUE, "%s %u: is an adopted VE: ask the engine that made it "
		    "(vzlite release %u lets it go)", operation, ctid, ctid);
}

int adopted_prepare(uint32_t ctid)
{
	char path[PATH_SIZE];

	config_dir(path, true);
	if ((!mkdir(VZLITE_STATEDIR, 0755) || errno == EEXIST) &&
	    (!mkdir(path, 0700) || errno == EEXIST))
		return 0;
	return fail_errno(EXIT_SYSTEM, "%s %u: make %s", operation, ctid, path);
}
