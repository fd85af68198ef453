// SPDX-License-Identifier: GPL-2.0-or-later
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
	for (size_t i = 0; i < ARRAY_SIZE(info->missing_view) && *info->missing_view[i].name; i++)
		printf("view %s: VEs see the host's: the module cannot hook %s\n",
		       info->missing_view[i].name, info->missing_view[i].missing);
	if (*info->end_missing)
		printf("ends of VEs: not told of: the module cannot hook %s\n", info->end_missing);
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
		return EXIT_OK;
	}
	if (module_info(&info))
		return EXIT_NO_MODULE;
	printf("module: %s, %u VEs, %u zombies\n", info.version, info.ves, info.zombies);
	print_missing(&info);
	return EXIT_OK;
}
