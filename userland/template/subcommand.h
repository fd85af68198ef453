/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `vzlite template ...`: one row in main.c, one function each. */
#ifndef VZLITE_SUBCOMMAND_H
#define VZLITE_SUBCOMMAND_H

#include "error.h"

/* argv[0] is "template build" and so on, for error lines. */
int template_build(int argc, char **argv);
int template_import(int argc, char **argv);
int template_list(int argc, char **argv);
int template_delete(int argc, char **argv);

/* The one argument NAME at argv[optind]; EXIT_BAD_VALUE when it is none. */
int __must_check template_name(int argc, char **argv, const char **name);

#endif
