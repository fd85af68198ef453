// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "config.h"
#include "describe.h"
#include "error.h"
#include "idrange.h"
#include "ids.h"
#include "private.h"
#include "record.h"
#include "state.h"

#define SLOTS ((IDRANGE_LAST - IDRANGE_FIRST) / UID_RANGE + 1)

static const char *root = "";

void idrange_set_root(const char *dir)
{
	root = dir;
}

struct taken {
	uint64_t wanted;	/* a range that is asked for, UINT64_MAX: none is */
	bool wanted_taken;
	uint32_t ctid;		/* who asks */
	bool slot[SLOTS];
};

/* Nobody's to give: systemd's foreign ids; what old calls take for "none". */
static const struct { uint64_t first, count; } reserved[] = {
	{ 0x7ffe0000, 65536 },
	{ 0xfffffffe, 2 },
};

/* Mark every slot that first .. first + count - 1 reaches into. */
static void take(struct taken *t, uint64_t first, uint64_t count)
{
	uint64_t last = first + count - 1;

	if (!count || first > UINT32_MAX || count > UINT32_MAX)
		return;
	if (t->wanted != UINT64_MAX && first < t->wanted + UID_RANGE && last >= t->wanted)
		t->wanted_taken = true;
	if (first > IDRANGE_LAST + UID_RANGE - 1 || last < IDRANGE_FIRST)
		return;
	if (first < IDRANGE_FIRST)
		first = IDRANGE_FIRST;
	for (uint64_t i = (first - IDRANGE_FIRST) / UID_RANGE;
	     i < SLOTS && IDRANGE_FIRST + i * UID_RANGE <= last; i++)
		t->slot[i] = true;
}

/* LOCAL_UID of VE @ctid's file, whatever else is in it. UINT64_MAX: none. */
static int range_of(uint32_t ctid, uint64_t *first)
{
	cleanup_free char *value = NULL;
	int status = config_peek(ctid, "LOCAL_UID", true, &value);

	if (!value || !parse_u64(value, UINT32_MAX, first))
		*first = UINT64_MAX;
	return status;
}

/* By strchr(): there may be thousands of lines, and strsep() costs more than all else here. */
static char *behind_colon(char *field)
{
	char *colon = strchr(field, ':');

	return colon ? colon + 1 : NULL;
}

static char *cut(char *field)
{
	field[strcspn(field, ":\n")] = '\0';
	return field;
}

/*
 * The @field-th field, from 0 on, of each line of a file like /etc/passwd is a
 * number of an id, and, with @counted, the next one tells how many. What is no such
 * line reserves nothing.
 */
static int take_lines(struct taken *t, const char *name, int field, bool counted)
{
	cleanup_file FILE *file = NULL;
	cleanup_free char *line = NULL;
	size_t size = 0;
	char path[PATH_SIZE];

	snprintf(path, sizeof(path), "%s%s", root, name);
	file = fopen(path, "re");
	if (!file)
		return errno == ENOENT ? 0 : fail_errno(EXIT_SYSTEM, "%s: read %s", operation, path);
	while (getline(&line, &size, file) > 0) {
		char *first = line, *count;
		uint64_t id, n = 1;

		for (int i = 0; i < field && first; i++)
			first = behind_colon(first);
		count = first ? behind_colon(first) : NULL;
		if (first && parse_u64(cut(first), UINT32_MAX, &id) &&
		    (!counted || (count && parse_u64(cut(count), UINT32_MAX, &n))))
			take(t, id, n);
	}
	return ferror(file) ? fail_errno(EXIT_SYSTEM, "%s: read %s", operation, path) : 0;
}

/* systemd-nspawn --private-users=pick locks a file here, named by the first id. */
static void take_nspawn(struct taken *t)
{
	char path[PATH_SIZE];
	cleanup_dir DIR *dir = NULL;
	struct dirent *entry;
	uint64_t first;

	snprintf(path, sizeof(path), "%s/run/systemd/nspawn-uid", root);
	dir = opendir(path);
	while (dir && (entry = readdir(dir)))
		if (parse_u64(entry->d_name, UINT32_MAX, &first))
			take(t, first, 65536);
}

/* What lies on the disk, also where a file says otherwise, or is lost: it may come back. */
static int take_areas(struct taken *t)
{
	char path[PATH_SIZE], upper[NAME_MAX + sizeof("/" PRIVATE_UPPER)];
	cleanup_dir DIR *dir = NULL;
	struct dirent *entry;
	uint32_t ctid;
	struct stat st;

	snprintf(path, sizeof(path), "%s%s", root, VZLITE_PRIVATEDIR);
	dir = opendir(path);
	if (!dir)
		return errno == ENOENT ? 0 : fail_errno(EXIT_SYSTEM, "%s: open %s", operation, path);
	while ((errno = 0, entry = readdir(dir))) {
		if (!private_whose(entry->d_name, &ctid) || ctid == t->ctid)
			continue;
		snprintf(upper, sizeof(upper), "%s/" PRIVATE_UPPER, entry->d_name);
		if (!fstatat(dirfd(dir), upper, &st, AT_SYMLINK_NOFOLLOW) && st.st_uid)
			take(t, st.st_uid, UID_RANGE);
	}
	return errno ? fail_errno(EXIT_SYSTEM, "%s: read %s", operation, path) : 0;
}

/* What runs has its ids, whatever became of its file: of one of layout dir no area says which. */
static int take_running(struct taken *t)
{
	cleanup_ids struct ids ids = { };
	int status = ids_add(&ids, VZLITE_RUNDIR, ".state");

	for (size_t i = 0; !status && i < ids.n; i++) {
		uint64_t first = ids.list[i] == t->ctid ? 0 : state_first_id(ids.list[i]);

		if (first)
			take(t, first, UID_RANGE);
	}
	return status;
}

/* A file that cannot be read may name any ids. */
static int take_configured(struct taken *t)
{
	cleanup_free uint32_t *ids = NULL;
	size_t n = 0;
	int status = config_list(&ids, &n);

	for (size_t i = 0; !status && i < n; i++) {
		uint64_t first;

		status = range_of(ids[i], &first);
		if (!status && ids[i] != t->ctid)
			take(t, first, UID_RANGE);
	}
	return status;
}

static int take_all(struct taken *t)
{
	int status = take_configured(t);

	for (size_t i = 0; i < ARRAY_SIZE(reserved); i++)
		take(t, reserved[i].first, reserved[i].count);
	if (!status)
		status = take_lines(t, "/etc/passwd", 2, false);
	if (!status)
		status = take_lines(t, "/etc/group", 2, false);
	if (!status)
		status = take_lines(t, "/etc/subuid", 1, true);
	if (!status)
		status = take_lines(t, "/etc/subgid", 1, true);
	if (status)
		return status;
	take_nspawn(t);
	status = take_areas(t);
	return status ? status : take_running(t);
}

int idrange_choose(uint32_t ctid, uint64_t wanted, uint64_t *first)
{
	cleanup_free struct taken *t = calloc(1, sizeof(*t));
	int status;

	if (!t)
		return fail_memory();
	t->wanted = wanted;
	t->ctid = ctid;
	status = take_all(t);
	if (status)
		return status;
	if (t->wanted_taken)
		return fail(EXIT_BAD_VALUE, "%s %u: --local-uid %" PRIu64 ": ids of this range are "
			    "another's", operation, ctid, wanted);
	*first = wanted;
	if (wanted != UINT64_MAX)
		return 0;
	for (size_t i = 0; i < SLOTS; i++) {
		if (t->slot[i])
			continue;
		*first = IDRANGE_FIRST + i * UID_RANGE;
		return 0;
	}
	return fail(EXIT_NO_RESOURCES, "%s %u: all %u ranges of user ids are taken", operation, ctid,
		    (unsigned int)SLOTS);
}

int idrange_check(uint32_t ctid, uint64_t first)
{
	cleanup_free uint32_t *ids = NULL;
	size_t n = 0;
	int status = config_list(&ids, &n);

	for (size_t i = 0; !status && i < n; i++) {
		uint64_t other;

		/* A file that cannot be read has had its line: its VE does not start, and
		 * others shall. */
		if (ids[i] == ctid || range_of(ids[i], &other) || other == UINT64_MAX)
			continue;
		if (first >= other + UID_RANGE || other >= first + UID_RANGE)
			continue;
		if (!private_lost(ids[i]))
			return fail(EXIT_BAD_VALUE, "%s %u: LOCAL_UID %" PRIu64 " in its configuration: "
				    "ids of this range are VE %u's", operation, ctid, first, ids[i]);
		warn("%s %u: VE %u, whose files are gone, has ids of its range", operation, ctid, ids[i]);
	}
	return status;
}
