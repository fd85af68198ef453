// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "config.h"
#include "describe.h"
#include "error.h"
#include "idrange.h"
#include "paths.h"

#define SLOTS ((IDRANGE_LAST - IDRANGE_FIRST) / UID_RANGE + 1)

struct taken {
	uint64_t wanted;	/* a range that is asked for, UINT64_MAX: none is */
	bool wanted_taken;
	bool slot[SLOTS];
};

/* Mark every slot that first .. first + count - 1 reaches into. */
static void take(struct taken *t, uint64_t first, uint64_t count)
{
	uint64_t last = first + count - 1;

	if (!count)
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

/*
 * LOCAL_UID of a file, by a plain search and not by config_load: a file with an
 * error somewhere must not make its ids look free.
 */
static int take_config(struct taken *t, uint32_t ctid)
{
	cleanup_file FILE *file = NULL;
	cleanup_free char *line = NULL;
	size_t size = 0;
	char path[256];
	uint64_t first;

	snprintf(path, sizeof(path), "%s/conf/%u.conf", VZLITE_SYSCONFDIR, ctid);
	file = fopen(path, "re");
	if (!file)
		return errno == ENOENT ? 0 : fail_errno(EXIT_SYSTEM, "%s: read %s", operation, path);
	while (getline(&line, &size, file) > 0) {
		const char *p = line + strspn(line, " \t");

		if (strncmp(p, "LOCAL_UID=", 10))
			continue;
		p += 10;
		p += strspn(p, "\"'");
		first = strtoull(p, NULL, 10);
		take(t, first, UID_RANGE);
	}
	return ferror(file) ? fail_errno(EXIT_SYSTEM, "%s: read %s", operation, path) : 0;
}

/* Lines "user:first:count". What is no such line reserves nothing. */
static void take_subids(struct taken *t, const char *path)
{
	cleanup_file FILE *file = fopen(path, "re");
	cleanup_free char *line = NULL;
	size_t size = 0;

	while (file && getline(&line, &size, file) > 0) {
		uint64_t first, count;

		if (sscanf(line, "%*[^:]:%" SCNu64 ":%" SCNu64, &first, &count) == 2 &&
		    first <= UINT32_MAX && count <= UINT32_MAX)
			take(t, first, count);
	}
}

int idrange_choose(uint32_t ctid, uint64_t wanted, uint64_t *first)
{
	cleanup_free struct taken *t = calloc(1, sizeof(*t));
	cleanup_free uint32_t *ids = NULL;
	size_t n = 0;
	int status;

	if (!t)
		return fail_memory();
	t->wanted = wanted;
	status = config_list(&ids, &n);
	for (size_t i = 0; !status && i < n; i++)
		status = take_config(t, ids[i]);
	if (status)
		return status;
	take_subids(t, "/etc/subuid");
	take_subids(t, "/etc/subgid");
	if (t->wanted_taken)
		return fail(EXIT_BAD_VALUE, "%s %u: --local-uid %" PRIu64 ": ids of this range are "
			    "another's", operation, ctid, wanted);
	*first = wanted;
	for (size_t i = 0; wanted == UINT64_MAX && i < SLOTS; i++) {
		if (t->slot[i])
			continue;
		*first = IDRANGE_FIRST + i * UID_RANGE;
		return 0;
	}
	if (wanted != UINT64_MAX)
		return 0;
	return fail(EXIT_NO_RESOURCES, "%s %u: all %u ranges of user ids are taken", operation, ctid,
		    (unsigned int)SLOTS);
}
