/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A VE's /etc/resolv.conf, of NAMESERVER and SEARCHDOMAIN. */
#ifndef VZLITE_RESOLVER_H
#define VZLITE_RESOLVER_H

#include "config.h"

#define RESOLVER_FILE "/etc/resolv.conf"
#define RESOLVER_TEXT 1024
#define RESOLVER_OLD 16384	/* of what the VE's root has written there */

/* What it is to hold; "" when @c sets neither. EXIT_BAD_NAMESERVER, with a line, when it is to
 * have the host's resolvers, of which a VE can ask none: it is "" then. */
int resolver_text(const struct config *c, char text[RESOLVER_TEXT]);

/* The same in the words of systemd-resolved's configuration (resolved.conf(5)): what is set counts in
 * place of the VE's own. What does not fit in @size is cut off. */
void resolver_for_resolved(const char *text, char *out, size_t size);

/* The host's resolvers, of which what only the host can ask is left out with a line, and
 * its domains, with blanks between. For resolver_text(). */
int __must_check resolver_host_servers(const struct config *c, char *out, size_t size);
void resolver_host_domains(char *out, size_t size);
/* For tests: another file than the host's. */
void resolver_set_host(const char *path);

/*
 * Write @text to it in the VE of @c, which runs, with no more rights than that VE's root
 * has, and without following it where it is a link. @old, unless NULL, is what was
 * there; what does not fit, and could not be put back, is not replaced. An exitcode, with a line.
 */
int __must_check resolver_write(const struct config *c, const char *text, char old[RESOLVER_OLD]);

#endif
