// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <string.h>

#include "error.h"
#include "ids.h"
#include "units.h"

/* "101.conf" and no other way to write it ("0101.conf" would be 101 twice). */
static bool parse_name(const char *name, const char *suffix, uint32_t *ctid)
{
	char text[16];
	size_t n = strlen(name), tail = strlen(suffix);

	if (n <= tail || n - tail >= sizeof(text) || strcmp(name + n - tail, suffix))
		return false;
	memcpy(text, name, n - tail);
	text[n - tail] = '\0';
	return text[0] != '0' && parse_ctid(text, ctid);
}

int ids_put(struct ids *ids, uint32_t ctid)
{
	if (ids->n == ids->room) {
		size_t room = ids->room * 2 + 16;
		uint32_t *more = realloc(ids->list, room * sizeof(*more));

		if (!more)
			return fail_memory();
		ids->list = more;
		ids->room = room;
	}
	ids->list[ids->n++] = ctid;
	return 0;
}

int ids_add(struct ids *ids, const char *path, const char *suffix)
{
	cleanup_dir DIR *dir = opendir(path);
	struct dirent *entry;

	if (!dir && errno != ENOENT)
		return fail_errno(EXIT_SYSTEM, "%s: open %s", operation, path);
	while (dir && (errno = 0, entry = readdir(dir))) {
		uint32_t ctid;

		if (parse_name(entry->d_name, suffix, &ctid) && ids_put(ids, ctid))
			return EXIT_NO_RESOURCES;
	}
	return dir && errno ? fail_errno(EXIT_SYSTEM, "%s: read %s", operation, path) : 0;
}

static int compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

void ids_sort(struct ids *ids)
{
	size_t kept = 0;

	if (!ids->n)
		return;
	qsort(ids->list, ids->n, sizeof(*ids->list), compare);
	for (size_t i = 1; i < ids->n; i++)
		if (ids->list[i] != ids->list[kept])
			ids->list[++kept] = ids->list[i];
	ids->n = kept + 1;
}
