/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The commands: one row a command in vzlite.c, one file a command in cmd/. */
#ifndef VZLITE_COMMAND_H
#define VZLITE_COMMAND_H

#include "util.h"

/*
 * Global options, before the command. The first thing a command does is its
 * options (options.h); errors are reported by error.h's convention.
 */

struct command {
	const char *name;
	/* argv[0] is the command's name. Returns an enum exitcode, or, for exec,
	 * the status of the command that was run. */
	int (*run)(int argc, char **argv);
	const char *arguments;	/* for usage: "CTID [--wait]" */
	const char *help;	/* one line */
	bool needs_root;
};

extern const struct command commands[];
extern const size_t command_count;

const struct command *command_find(const char *name);
/* To stdout when it was asked for, to stderr when something was wrong. */
void command_usage(FILE *out);
void command_help(FILE *out, const struct command *command);

int cmd_create(int argc, char **argv);
int cmd_start(int argc, char **argv);
int cmd_stop(int argc, char **argv);
int cmd_restart(int argc, char **argv);
int cmd_mount(int argc, char **argv);
int cmd_umount(int argc, char **argv);
int cmd_suspend(int argc, char **argv);
int cmd_resume(int argc, char **argv);
int cmd_exec(int argc, char **argv);
int cmd_enter(int argc, char **argv);
int cmd_status(int argc, char **argv);
int cmd_list(int argc, char **argv);
int cmd_set(int argc, char **argv);
int cmd_stats(int argc, char **argv);
int cmd_events(int argc, char **argv);
int cmd_eventd(int argc, char **argv);
int cmd_boot(int argc, char **argv);
int cmd_shutdown(int argc, char **argv);
int cmd_destroy(int argc, char **argv);
int cmd_adopt(int argc, char **argv);
int cmd_release(int argc, char **argv);
int cmd_template(int argc, char **argv);
int cmd_version(int argc, char **argv);
int cmd_help(int argc, char **argv);

#endif
