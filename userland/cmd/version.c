// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>
#include <string.h>

#include "command.h"
#include "error.h"
#include "module.h"
#include "options.h"

#include "../include/version.h"

/* What this kernel does not let the module do: a limit that is set in vain is a limit that
 * somebody relies on. */
static void print_missing(const struct module_info *info)
{
	for (int r = 0; r < VZLITE_RESOURCE_COUNT; r++)
		if (*info->resource[r].missing)
			printf("%s: not enforced, or not always: the module cannot hook %s\n",
			       resources[r].name, info->resource[r].missing);
	for (size_t i = 0; i < ARRAY_SIZE(info->missing_view) && *info->missing_view[i].name; i++) {
		const struct missing_view *view = &info->missing_view[i];

		printf(view->guard ? "guard %s: not in force, or not all of it: the module cannot hook %s\n" :
				     "view %s: VEs see the host's: the module cannot hook %s\n",
		       view->name, view->missing);
	}
	if (*info->end_missing)
		printf("ends of VEs: not told of: the module cannot hook %s\n", info->end_missing);
}

/* A module stays loaded when another is installed, and dkms may keep one that it built before. */
static void compare_builds(void)
{
	char text[64] = "", *build;
	cleanup_close int fd = open("/proc/vzlite/version", O_RDONLY | O_CLOEXEC);

	if (fd < 0 || read(fd, text, sizeof(text) - 1) <= 0)
		return;
	text[strcspn(text, "\n")] = '\0';
	build = strchr(text, ' ');
	build = build ? build + 1 : "unknown";
	if (strcmp(build, VZLITE_BUILD))
		printf("module: not what this vzlite was built with (build %s, not " VZLITE_BUILD
		       "): see Upgrading in README\n", build);
}

int cmd_version(int argc, char **argv)
{
	static const struct option none[] = { { } };
	struct module_info info;

	if (option_next(argc, argv, "", none) != -1 || option_end(argc, argv))
		return EXIT_BAD_OPTION;
	printf("vzlite %s\n", VZLITE_VERSION);
	if (!module_loaded()) {
		puts("module: not loaded");
		return EXIT_OK;
	}
	/* Anyone may see that it is loaded, only root what it says. */
	if (geteuid()) {
		puts("module: loaded");
		compare_builds();
		return EXIT_OK;
	}
	if (module_info(&info))
		return EXIT_NO_MODULE;
	printf("module: %s, %u VEs, %u zombies\n", info.version, info.ves, info.zombies);
	compare_builds();
	print_missing(&info);
	return EXIT_OK;
}
