/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Templates, as VEs use them. Making them is the business of vzlite-template
 * (template/), a program of its own.
 */
#ifndef VZLITE_TEMPLATE_H
#define VZLITE_TEMPLATE_H

#include "error.h"

/* For tests: another place than VZLITE_TEMPLATEDIR. */
void template_set_dir(const char *dir);
const char *template_dir(void);

/* There are set-user-id programs below the templates' directory: nobody but root may
 * reach them, whoever made it. Its owner and mode are put right; a link is refused. */
int __must_check template_guard(void);

/*
 * Open template @name: its directory in *@fd, locked (shared) against `template
 * delete` until the descriptor is closed. Who makes a VE of it keeps it until
 * the VE's configuration is written: from then on that names the template.
 * EXIT_NO_TEMPLATE when there is none, EXIT_LOCKED while it is being deleted.
 */
int __must_check template_open(const char *name, int *fd);

#endif
