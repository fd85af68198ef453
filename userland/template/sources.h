/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From where a Debian template is made, and its VEs get their updates. */
#ifndef VZLITE_TEMPLATE_SOURCES_H
#define VZLITE_TEMPLATE_SOURCES_H

#include "error.h"

#define SOURCES_URI 1024
#define SOURCES_SUITE 64

/* The host's own mirror of Debian, and that of security updates; "" for what it has not. */
struct mirrors {
	char debian[SOURCES_URI], security[SOURCES_URI];
	bool released;		/* its own release has security updates apart */
};

void mirrors_find(struct mirrors *host);

/* By which proxy the host's apt goes, malloc'ed in *@http and *@https; NULL: by none. */
void proxies_find(char **http, char **https);

/* Lines of sources.list; without one mmdebstrap takes those of its own. */
struct sources {
	char lines[2][SOURCES_URI + SOURCES_SUITE + 32];
	int n;
	bool https;		/* a VE needs ca-certificates to read them */
	bool insecure;		/* no line for security updates, where there should be one */
};

/* @asked is --mirror, NULL without: the host's is taken. */
void sources_make(const char *suite, const char *asked, const struct mirrors *host, struct sources *s);

#endif
