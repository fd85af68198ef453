// SPDX-License-Identifier: GPL-2.0-or-later
#include <search.h>
#include <string.h>

#include "template/left_out.h"

/* "./dev//null/" and "dev/null" are one. */
static char *plain(const char *path)
{
	char *out = malloc(strlen(path) + 2), *end = out;

	if (!out)
		return NULL;
	for (size_t n; *path; path += n) {
		path += strspn(path, "/");
		n = strcspn(path, "/");
		if (!n || (n == 1 && *path == '.'))
			continue;
		if (end > out)
			*end++ = '/';
		end = mempcpy(end, path, n);
	}
	*end = '\0';
	return out;
}

static int compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

int left_out_add(struct left_out *l, const char *path)
{
	cleanup_free char *copy = plain(path);
	char **found = copy ? tsearch(copy, &l->paths, compare) : NULL;

	if (!found)
		return fail_memory();
	if (*found == copy)
		steal_ptr(copy);
	return 0;
}

static char *find(const struct left_out *l, const char *path, int *status)
{
	cleanup_free char *copy = NULL;
	char **found;

	/* Mostly there are none. */
	if (!l->paths)
		return NULL;
	copy = plain(path);
	if (!copy) {
		*status = fail_memory();
		return NULL;
	}
	found = tfind(copy, &l->paths, compare);
	return found ? *found : NULL;
}

int left_out_forget(struct left_out *l, const char *path)
{
	int status = 0;
	char *found = find(l, path, &status);

	if (found)
		tdelete(found, &l->paths, compare);
	free(found);
	return status;
}

int left_out_has(const struct left_out *l, const char *path, bool *has)
{
	int status = 0;

	*has = find(l, path, &status);
	return status;
}

void left_out_free(struct left_out *l)
{
	tdestroy(l->paths, free);
}
