/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The commands: one row a command in vzlite.c, one file a command in cmd/. */
#ifndef VZLITE_COMMAND_H
#define VZLITE_COMMAND_H

struct command {
	const char *name;
	/* argv[0] is the command's name. Returns an enum exitcode, or, for exec,
	 * the status of the command that was run. */
	int (*run)(int argc, char **argv);
	const char *arguments;	/* for usage: "CTID [--wait]" */
	const char *help;	/* one line */
	bool needs_root;
};

int cmd_create(int argc, char **argv);
int cmd_start(int argc, char **argv);
int cmd_stop(int argc, char **argv);
int cmd_restart(int argc, char **argv);
int cmd_exec(int argc, char **argv);
int cmd_enter(int argc, char **argv);
int cmd_status(int argc, char **argv);
int cmd_list(int argc, char **argv);
int cmd_set(int argc, char **argv);
int cmd_stats(int argc, char **argv);
int cmd_destroy(int argc, char **argv);
int cmd_template(int argc, char **argv);
int cmd_version(int argc, char **argv);
int cmd_help(int argc, char **argv);

#endif
