/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What to use in place of a word of vzctl's that vzlite does not know. */
#ifndef VZLITE_HINT_H
#define VZLITE_HINT_H

/* @word: a command, or an option with its "--" and maybe "=VALUE". Never NULL: of a word that
 * vzctl does not know either it is where to look. */
const char *hint_for(const char *word);

#endif
