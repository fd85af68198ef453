// SPDX-License-Identifier: GPL-2.0-or-later
/* The table of commands, and the way from argv to one of them. */
#include <ctype.h>
#include <string.h>
#include <sys/stat.h>

#include "command.h"
#include "error.h"
#include "hint.h"
#include "standard.h"

#include "../include/version.h"

const struct command commands[] = {
	{ "create", cmd_create, "CTID --ostemplate NAME [--layout overlay|dir] [--OPTION VALUE]...",
	  "make a VE", true },
	{ "start", cmd_start, "CTID [--wait] [--force]", "start a VE", true },
	{ "stop", cmd_stop, "CTID [--fast]", "stop a VE", true },
	{ "restart", cmd_restart, "CTID [--wait] [--fast] [--force]", "stop a VE and start it again", true },
	{ "mount", cmd_mount, "CTID", "mount the root of a VE that is down, on the host", true },
	{ "umount", cmd_umount, "CTID", "unmount it again", true },
	{ "suspend", cmd_suspend, "CTID", "stop a VE's processes where they are", true },
	{ "resume", cmd_resume, "CTID", "let a suspended VE go on", true },
	{ "exec", cmd_exec, "CTID [--] COMMAND [ARGUMENT...]", "run a command in a VE", true },
	{ "enter", cmd_enter, "CTID", "a login shell in a VE", true },
	{ "status", cmd_status, "CTID", "one line: does it exist, is it mounted, does it run", true },
	{ "list", cmd_list, "[-a|-S] [-H] [-1] [-n] [-o FIELD,...] [-s [-]FIELD] [--json] [CTID...] | -L", "list VEs", true },
	{ "set", cmd_set, "CTID [--OPTION VALUE]... [--save]", "change a VE's limits and settings", true },
	{ "stats", cmd_stats, "[-w[SECONDS]] [--json] [CTID]", "show beancounters, or how their failures grow", true },
	{ "events", cmd_events, "[--json] [--count N] [--timeout SECONDS] [--buffer SIZE] [CTID]",
	  "follow the limits that are hit, and the VEs that end", true },
	{ "boot", cmd_boot, "[--wait] [--force] [--jobs N]", "start all VEs that start with the host", true },
	{ "shutdown", cmd_shutdown, "[--fast] [--jobs N]", "stop all VEs", true },
	{ "eventd", cmd_eventd, "", "the daemon: restarts VEs that reboot, acts on limits", true },
	{ "destroy", cmd_destroy, "CTID", "remove a VE and its files", true },
	{ "adopt", cmd_adopt, "CTID --cgroup PATH [--OPTION VALUE]...",
	  "count and limit a container of another engine", true },
	{ "release", cmd_release, "CTID", "let an adopted container go", true },
	{ "template", cmd_template, "build NAME [--suite SUITE] [--include PACKAGE,...] [--mirror URL] [--variant NAME] |\n"
	  "       vzlite template import NAME FILE|DIR | list [--json] | delete NAME",
	  "make and manage templates", true },
	{ "version", cmd_version, "", "versions of the command and the module", false },
	{ "help", cmd_help, "[COMMAND]", "help", false },
};
const size_t command_count = ARRAY_SIZE(commands);

const struct command *command_find(const char *name)
{
	for (size_t i = 0; i < command_count; i++)
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	return NULL;
}

static int run(const struct command *command, int argc, char **argv)
{
	/* Where --help may stand: `exec 101 ls --help` is the VE's business. */
	for (int i = 1; i < argc && i <= 2 && strcmp(argv[i], "--"); i++) {
		if (!strcmp(argv[i], "--help")) {
			command_help(stdout, command);
			return EXIT_OK;
		}
	}
	/* Of `list -1` it is an option. */
	if (argc > 1 && argv[1][0] == '-' && isdigit((unsigned char)argv[1][1]) &&
	    command->run != cmd_list)
		return fail(EXIT_BAD_VALUE, "%s %.80s: a CTID is a number from 1 to 2147483647, or a VE's name",
			    argv[0], argv[1]);
	if (command->needs_root && geteuid())
		return fail(EXIT_NO_PERMISSION, "%s%s%.80s: must be root", argv[0],
			    argc > 1 ? " " : "", argc > 1 ? argv[1] : "");
	return command->run(argc, argv);
}

static int dispatch(int argc, char **argv)
{
	const struct command *command;
	int i;

	for (i = 1; i < argc && argv[i][0] == '-'; i++) {
		if (!strcmp(argv[i], "--quiet")) {
			verbosity = -1;
		} else if (!strcmp(argv[i], "--verbose")) {
			verbosity++;
		} else if (!strcmp(argv[i], "--version")) {
			puts("vzlite " VZLITE_VERSION);
			return EXIT_OK;
		} else if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h")) {
			command_usage(stdout);
			return EXIT_OK;
		} else {
			return fail(EXIT_BAD_OPTION, "%.80s: unknown option (vzlite help)", argv[i]);
		}
	}
	if (i == argc) {
		command_usage(stderr);
		return EXIT_BAD_OPTION;
	}
	command = command_find(argv[i]);
	if (!command)
		return fail(EXIT_BAD_OPTION, "%.80s: unknown command (%s)", argv[i],
			    hint_for(argv[i]));
	operation = command->name;
	return run(command, argc - i, argv + i);
}

/* Linked statically, libc begins each program by asking the kernel for the path of its file, for
 * dlopen(), which nobody here calls: a fiftieth of what `status` costs. "Not known" is an
 * answer that libc has for it. */
const char *_dl_get_origin(void);
const char *_dl_get_origin(void)
{
	return (const char *)-1;
}

int main(int argc, char **argv)
{
	int status = standard_fill();

	/* Whatever the caller's: a VE's users must be able to enter its cgroup's directory. */
	umask(022);
	return status ? status : standard_finish(dispatch(argc, argv));
}
