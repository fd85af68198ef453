// SPDX-License-Identifier: GPL-2.0-or-later
/* Which VEs there are, and which of them has a name. */
#include <errno.h>
#include <string.h>

#include "config.h"
#include "config_line.h"
#include "error.h"
#include "file.h"

static int compare_ids(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* "101.conf" and no other way to write it ("0101.conf" would be 101 twice). */
static bool parse_conf_name(const char *name, uint32_t *ctid)
{
	char text[16], canonical[16];
	size_t n = strlen(name);

	if (n <= 5 || n - 5 >= sizeof(text) || strcmp(name + n - 5, ".conf"))
		return false;
	memcpy(text, name, n - 5);
	text[n - 5] = '\0';
	if (!parse_ctid(text, ctid))
		return false;
	snprintf(canonical, sizeof(canonical), "%u", *ctid);
	return !strcmp(text, canonical);
}

struct ids {
	uint32_t *list;
	size_t n, room;
};

static int add_id(struct ids *ids, uint32_t ctid)
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

static int add_ids_in(struct ids *ids, bool adopted)
{
	cleanup_dir DIR *dir = NULL;
	struct dirent *entry;
	char path[PATH_MAX];

	config_dir(path, adopted);
	dir = opendir(path);
	if (!dir && errno != ENOENT)
		return fail_errno(EXIT_SYSTEM, "%s: open %s", operation, path);
	while (dir && (errno = 0, entry = readdir(dir))) {
		uint32_t ctid;

		/* Of one that is in both places it is no VE's. */
		if (!parse_conf_name(entry->d_name, &ctid) || (adopted && !config_adopted(ctid)))
			continue;
		if (add_id(ids, ctid))
			return EXIT_NO_RESOURCES;
	}
	return dir && errno ? fail_errno(EXIT_SYSTEM, "%s: read %s", operation, path) : 0;
}

int config_list(uint32_t **list, size_t *n)
{
	struct ids ids = { };
	int status = add_ids_in(&ids, false);

	if (!status)
		status = add_ids_in(&ids, true);
	if (status) {
		free(ids.list);
		return status;
	}
	if (ids.n)
		qsort(ids.list, ids.n, sizeof(*ids.list), compare_ids);
	*list = ids.list;
	*n = ids.n;
	return 0;
}

int config_peek(uint32_t ctid, const char *key, bool anybodys, char **value)
{
	cleanup_free char *text = NULL;
	char path[PATH_MAX], *name, *found = NULL, *got;
	int status;

	*value = NULL;
	config_path(path, ctid);
	status = (anybodys ? file_peek : file_read)(path, CONFIG_FILE_MAX, &text);
	if (status)
		return status < 0 ? 0 : status;
	for (char *line = text, *next; line; line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		if (config_line_sets(line, key) && config_split_line(line, &name, &got))
			found = got;
	}
	if (found && !(*value = strdup(found)))
		return fail_memory();
	return 0;
}

/* A file that cannot be read is another VE's trouble when a command looks for a VE
 * (@strict false): its line is printed and the search goes on. *@ctid 0: none. */
static int find_name(const char *name, bool strict, uint32_t *ctid)
{
	cleanup_free uint32_t *ids = NULL;
	size_t n = 0;
	int status = config_list(&ids, &n);

	*ctid = 0;
	for (size_t i = 0; !status && i < n && !*ctid; i++) {
		cleanup_free char *value = NULL;

		status = config_peek(ids[i], "NAME", strict, &value);
		if (status && !strict)
			status = 0;
		if (value && !strcmp(value, name))
			*ctid = ids[i];
	}
	return status;
}

int config_find_name(const char *name, uint32_t *ctid)
{
	return find_name(name, true, ctid);
}

int config_resolve(const char *arg, uint32_t *ctid)
{
	int status;

	if (parse_ctid(arg, ctid))
		return 0;
	if (!valid_name(arg) || !arg[strspn(arg, "0123456789")])
		return fail(EXIT_BAD_VALUE, "%s %.80s: a CTID is a number from %d to %d, or a VE's name",
			    operation, arg, VZLITE_VE_ID_MIN, VZLITE_VE_ID_MAX);
	status = find_name(arg, false, ctid);
	if (status || *ctid)
		return status;
	return fail(EXIT_BAD_VALUE, "%s %s: no VE has this name", operation, arg);
}
