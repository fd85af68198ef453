// SPDX-License-Identifier: GPL-2.0-or-later
#include <getopt.h>

#include "template/subcommand.h"
#include "units.h"

int template_name(int argc, char **argv, const char **name)
{
	if (optind >= argc)
		return fail(EXIT_BAD_OPTION, "%s: NAME missing (vzlite help template)", argv[0]);
	*name = argv[optind++];
	if (!valid_name(*name))
		return fail(EXIT_BAD_VALUE, "%s %.80s: a name is 1 .. 63 of A-Z a-z 0-9 _ . + -, and starts with no . or -",
			    argv[0], *name);
	return 0;
}
