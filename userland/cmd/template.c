// SPDX-License-Identifier: GPL-2.0-or-later
/* Hands over to vzlite-template, which carries libarchive. */
#include <limits.h>
#include <string.h>

#include "command.h"
#include "error.h"
#include "paths.h"

#define PROGRAM "vzlite-template"

/* Beside ourselves, as in a build tree, or where it was installed. Nothing of the
 * environment is asked. */
static void find_program(char path[PATH_MAX])
{
	ssize_t n = readlink("/proc/self/exe", path, PATH_MAX - 1);
	char *base;

	path[n < 0 ? 0 : n] = '\0';
	base = strrchr(path, '/');
	if (base && base + sizeof("/" PROGRAM) <= path + PATH_MAX) {
		strcpy(base + 1, PROGRAM);
		if (!access(path, X_OK))
			return;
	}
	snprintf(path, PATH_MAX, "%s/" PROGRAM, VZLITE_LIBEXECDIR);
}

int cmd_template(int argc, char **argv)
{
	cleanup_free char **passed = calloc(argc + 2, sizeof(*passed));
	char path[PATH_MAX];
	int n = 0;

	if (!passed)
		return fail_memory();
	find_program(path);
	passed[n++] = PROGRAM;
	if (verbosity)
		passed[n++] = verbosity < 0 ? "--quiet" : "--verbose";
	memcpy(passed + n, argv + 1, (argc - 1) * sizeof(*passed));
	execv(path, passed);
	return fail_errno(EXIT_SYSTEM, "template: run %s", path);
}
