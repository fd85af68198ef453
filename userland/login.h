/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The login shell of root in a VE. */
#ifndef VZLITE_LOGIN_H
#define VZLITE_LOGIN_H

/* In the VE, as its root: replace the process by the shell that /etc/passwd
 * names, or /bin/sh, in root's home directory. Until then it dies with its parent
 * (PDEATHSIG). Returns on failure, with errno. */
void login_exec(void);

#endif
