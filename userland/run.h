/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Running a command, or a login shell, in a VE that runs. */
#ifndef VZLITE_RUN_H
#define VZLITE_RUN_H

#include "util.h"

/* @argv NULL: a login shell. Returns the command's own exit status, 128 + signal
 * when a signal ended it, or an exitcode with its line. */
int ve_run(uint32_t ctid, char *const *argv);

#endif
