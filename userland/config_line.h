/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One line of a configuration file. */
#ifndef VZLITE_CONFIG_LINE_H
#define VZLITE_CONFIG_LINE_H

#include "util.h"

#define CONFIG_FILE_MAX (256 * 1024)	/* bytes that a file may have */
#define CONFIG_LINE_MAX 4096		/* bytes that a line may have */

/* Split NAME="value", NAME='value' or NAME=value in place, a comment behind it
 * allowed. False for anything else: such a line is kept and not understood. */
bool config_split_line(char *line, char **key, char **value);
/* What stands behind the value of such a line: blanks, a comment. */
const char *config_line_rest(const char *line);

/* Is it meant to set something, by a shell's rules too (export, declare -x, NAME+=, blanks around
 * the sign, a byte order mark in front)? The name; @plain: config_split_line() would find it. */
bool config_line_name(const char *line, char name[32], bool *plain);

/* True when @line sets @key, under whatever of its names. */
bool config_line_sets(const char *line, const char *key);

#endif
