// SPDX-License-Identifier: GPL-2.0-or-later
/* eventd: a program of its own, which is linked with libsystemd. */
#include "command.h"
#include "error.h"
#include "options.h"
#include "paths.h"

#define PROGRAM VZLITE_LIBEXECDIR "/vzlite-eventd"

int cmd_eventd(int argc, char **argv)
{
	static const struct option longs[] = { { } };

	if (option_next(argc, argv, "", longs) != -1 || option_end(argc, argv))
		return EXIT_BAD_OPTION;
	execl(PROGRAM, "vzlite-eventd", NULL);
	return fail_errno(EXIT_SYSTEM, "eventd: run %s", PROGRAM);
}
