// SPDX-License-Identifier: GPL-2.0-or-later
/* Hands over to vzlite-template, which carries libarchive. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "command.h"
#include "error.h"
#include "paths.h"

/* A build tree's own program, for tests and developers: only when it is root's,
 * so that an environment that sudo let through does not run another's. */
static bool trusted(const char *path)
{
	struct stat st;

	return path[0] == '/' && !stat(path, &st) && !st.st_uid && !(st.st_mode & (S_IWGRP | S_IWOTH));
}

int cmd_template(int argc, char **argv)
{
	const char *dir = getenv("VZLITE_LIBEXECDIR");
	char path[4096] = "";

	(void)argc;
	if (dir && trusted(dir))
		snprintf(path, sizeof(path), "%s/vzlite-template", dir);
	if (!trusted(path))
		snprintf(path, sizeof(path), "%s/vzlite-template", VZLITE_LIBEXECDIR);
	argv[0] = "vzlite-template";
	execv(path, argv);
	return fail_errno(EXIT_SYSTEM, "template: run %s", path);
}
