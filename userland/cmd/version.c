// SPDX-License-Identifier: GPL-2.0-or-later
#include "command.h"
#include "error.h"
#include "module.h"
#include "options.h"

#include "../include/version.h"

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
	return EXIT_OK;
}
