// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "command.h"
#include "error.h"
#include "given.h"
#include "options.h"
#include "setting.h"

void command_usage(FILE *out)
{
	fputs("Usage: vzlite [--quiet|--verbose] COMMAND [CTID] [OPTIONS]\n\nCommands:\n", out);
	for (size_t i = 0; i < command_count; i++)
		fprintf(out, "  %-9s %s\n", commands[i].name, commands[i].help);
	fputs("\nvzlite help COMMAND says more. A CTID is a number from 1 to 2147483647, or a VE's name.\n", out);
}

static void set_options(FILE *out, enum given_by by)
{
	/* The other features are for a start. */
	static const struct setting views = {
		.option = "features", .argument = "views:on|off", .help = "its own /proc, or the host's",
	};
	char left[40];

	fputs("\nOptions:\n", out);
	if (by == GIVEN_ADOPT)
		fputs("  --cgroup PATH            the container's directory below /sys/fs/cgroup\n", out);
	for (size_t i = 0; i < setting_count; i++) {
		const struct setting *s = &settings[i];

		if (!s->option || (!s->settable && by != GIVEN_CREATE) ||
		    (by == GIVEN_ADOPT && given_engines(s->option)))
			continue;
		if (by == GIVEN_ADOPT && s->apply == APPLY_FEATURES)
			s = &views;
		snprintf(left, sizeof(left), "--%s %s", s->option, s->argument);
		fprintf(out, "  %-24s %s\n", left, s->help);
	}
	if (by == GIVEN_SET)
		fputs("  --save                   keep it in the VE's configuration\n", out);
	fputs("\nBeancounters, each BARRIER[:LIMIT] or unlimited:\n", out);
	for (int r = 0; r < VZLITE_RESOURCE_COUNT; r++) {
		static const char *const units[] = {
			[UNIT_ITEMS] = "number", [UNIT_BYTES] = "bytes", [UNIT_PAGES] = "pages of 4096 bytes",
		};

		if (!resources[r].name || (by == GIVEN_ADOPT && given_engines(resources[r].name)))
			continue;
		snprintf(left, sizeof(left), "--%s", resources[r].name);
		fprintf(out, "  %-24s %s\n", left, units[resources[r].unit]);
	}
	fputs("\nBytes and pages take the suffixes K, M, G, T (bytes), P (pages), B (bytes).\n", out);
}

static void list_options(FILE *out)
{
	fputs("\nOptions:\n"
	      "  -a, --all                all VEs, not only those that run\n"
	      "  -S, --stopped            those that do not run\n"
	      "  -H, --no-header          no line of headers\n"
	      "  -1                       CTIDs only\n"
	      "  -n, --name               names in place of host names\n"
	      "  -o, --output FIELD,...   these fields\n"
	      "  -s, --sort [-]FIELD      sorted by a field, - downwards\n"
	      "  -j, --json               as JSON\n"
	      "  -L, --list               all fields that there are, and nothing else\n", out);
}

void command_help(FILE *out, const struct command *command)
{
	fprintf(out, "Usage: vzlite %s%s%s\n\n%s.\n", command->name, *command->arguments ? " " : "",
		command->arguments, command->help);
	if (command->run == cmd_list)
		list_options(out);
	if (command->run == cmd_set)
		set_options(out, GIVEN_SET);
	if (command->run == cmd_create)
		set_options(out, GIVEN_CREATE);
	if (command->run == cmd_adopt)
		set_options(out, GIVEN_ADOPT);
}

int cmd_help(int argc, char **argv)
{
	static const struct option none[] = { { } };
	const struct command *command;

	if (option_next(argc, argv, "", none) != -1)
		return EXIT_BAD_OPTION;
	if (optind == argc) {
		command_usage(stdout);
		return EXIT_OK;
	}
	command = command_find(argv[optind]);
	if (!command)
		return fail(EXIT_BAD_OPTION, "help %.80s: unknown command (vzlite help)", argv[optind]);
	optind++;
	if (option_end(argc, argv))
		return EXIT_BAD_OPTION;
	command_help(stdout, command);
	return EXIT_OK;
}
