// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vzlite-template: to which `vzlite template` hands over, so that no other
 * command loads libarchive.
 */
#include <locale.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>

#include "standard.h"
#include "template/archive.h"
#include "template/subcommand.h"

static const struct {
	const char *name, *title;
	int (*run)(int argc, char **argv);
} subcommands[] = {
	{ "build", "template build", template_build },
	{ "import", "template import", template_import },
	{ "list", "template list", template_list },
	{ "delete", "template delete", template_delete },
};

static void interrupt(int signal)
{
	(void)signal;
	archive_interrupted = 1;
}

/* Its place is before the command, as in vzlite's own arguments. */
static bool take_verbosity(const char *option)
{
	if (!option || (strcmp(option, "--quiet") && strcmp(option, "--verbose")))
		return false;
	verbosity = strcmp(option, "--quiet") ? 1 : -1;
	return true;
}

static int dispatch(int argc, char **argv)
{
	if (take_verbosity(argv[1])) {
		argc--;
		argv++;
	}
	if (argc < 2)
		return fail(EXIT_BAD_OPTION, "template: build, import, list or delete? (vzlite help template)");
	for (size_t i = 0; i < ARRAY_SIZE(subcommands); i++) {
		if (strcmp(subcommands[i].name, argv[1]))
			continue;
		argv[1] = (char *)subcommands[i].title;
		return subcommands[i].run(argc - 1, argv + 1);
	}
	return fail(EXIT_BAD_OPTION, "template %.80s: unknown command (vzlite help template)", argv[1]);
}

int main(int argc, char **argv)
{
	/* Not restarted: a read that waits must end. */
	struct sigaction action = { .sa_handler = interrupt };
	int status;

	/* Paths in pax archives are UTF-8, and must come through as they are. */
	setlocale(LC_CTYPE, "C.UTF-8");
	operation = "template";
	umask(022);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
	status = standard_fill();
	return status ? status : standard_finish(dispatch(argc, argv));
}
