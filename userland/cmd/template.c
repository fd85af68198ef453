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
	char path[PATH_MAX];

	(void)argc;
	find_program(path);
	argv[0] = PROGRAM;
	execv(path, argv);
	return fail_errno(EXIT_SYSTEM, "template: run %s", path);
}
