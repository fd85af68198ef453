/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which release of Debian a template is of: what its name says, "debian-12" or
 * "bookworm-web", or --suite, or the default. */
#ifndef VZLITE_TEMPLATE_SUITE_H
#define VZLITE_TEMPLATE_SUITE_H

#include "error.h"

/* @asked is --suite, NULL without. An exitcode, with its line: the two must not differ. */
int __must_check suite_choose(const char *name, const char *asked, const char **suite);

/* Whether there are security updates of it apart. */
bool suite_has_security(const char *suite);

#endif
