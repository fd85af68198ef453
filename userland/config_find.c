// SPDX-License-Identifier: GPL-2.0-or-later
/* Which VEs there are, and which of them has a name. */
#include <errno.h>
#include <string.h>

#include "config.h"
#include "config_line.h"
#include "error.h"
#include "file.h"
#include "ids.h"

int config_list(uint32_t **list, size_t *n)
{
	cleanup_ids struct ids ids = { };
	char own[PATH_SIZE], others[PATH_SIZE];
	size_t kept;
	int status;

	config_dir(own, false);
	config_dir(others, true);
	status = ids_add(&ids, own, ".conf");
	kept = ids.n;
	if (!status)
		status = ids_add(&ids, others, ".conf");
	if (status)
		return status;
	/* Of one that is in both places it is no VE's. */
	for (size_t i = kept; i < ids.n; i++)
		if (config_adopted(ids.list[i]))
			ids.list[kept++] = ids.list[i];
	ids.n = kept;
	ids_sort(&ids);
	*list = steal_ptr(ids.list);
	*n = ids.n;
	return 0;
}

/* What the last line of @text that sets @key, if one does, makes of it. @text is cut up. */
static int peek(char *text, const char *key, char **value)
{
	char *name, *found = NULL, *got;

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

int config_peek(uint32_t ctid, const char *key, bool anybodys, char **value)
{
	cleanup_free char *text = NULL;
	char path[PATH_SIZE];
	int status;

	*value = NULL;
	config_path(path, ctid);
	status = (anybodys ? file_peek : file_read)(path, CONFIG_FILE_MAX, &text);
	if (status)
		return status < 0 ? 0 : status;
	return peek(text, key, value);
}

int config_peek_effective(uint32_t ctid, const char *key, char **value)
{
	cleanup_free char *text = NULL;
	int status = config_peek(ctid, key, false, value);

	if (status || *value || config_adopted(ctid))
		return status;
	status = config_read_defaults(&text);
	return status || !text ? status : peek(text, key, value);
}

/* A file that cannot be read is another VE's trouble when a command looks for a VE
 * (@strict false): its line is printed and the search goes on. A file that was copied by hand
 * may have a name that another has: not to guess which is meant. *@ctid 0: none. */
static int find_name(const char *name, bool strict, uint32_t *ctid)
{
	cleanup_free uint32_t *ids = NULL;
	size_t n = 0;
	int status = config_list(&ids, &n);

	*ctid = 0;
	for (size_t i = 0; !status && i < n && !(strict && *ctid); i++) {
		cleanup_free char *value = NULL;

		status = config_peek(ids[i], "NAME", strict, &value);
		if (status && !strict)
			status = 0;
		if (!value || strcmp(value, name))
			continue;
		if (*ctid)
			return fail(EXIT_BAD_NAME, "%s %s: VEs %u and %u have this name", operation, name, *ctid, ids[i]);
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
