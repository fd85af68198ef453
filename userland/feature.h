/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What can be switched on and off for a VE. FEATURES of its configuration holds
 * them as OpenVZ writes it, FEATURES="views:off"; what stands there for OpenVZ's own
 * features is kept and means nothing here.
 *   views   /proc, /sys and sysinfo(2) show the VE's machine, not the host's (on)
 *   fuse    /dev/fuse (off, as the next), from the next start on
 *   tun     /dev/net/tun
 *   nesting what podman and LXC need inside a VE
 */
#ifndef VZLITE_FEATURE_H
#define VZLITE_FEATURE_H

#include "util.h"

/* NAME:on|off, with blanks between, whoever's feature it is. */
bool features_valid(const char *list);

/*
 * Put @given into @list (NULL: an empty one), which is valid: names with :on or :off,
 * with blanks or commas between. *@out is malloc'ed. NULL, or why not (@reason filled):
 * it is no such word, or no feature of ours.
 */
const char *features_change(const char *list, const char *given, char **out, char *reason,
			    size_t size);

enum feature { FEATURE_VIEWS, FEATURE_FUSE, FEATURE_TUN, FEATURE_NESTING, FEATURE_COUNT };

/* Does @list (NULL: an empty one) have it on? */
bool features_on(const char *list, enum feature feature);
bool features_views(const char *list);
/* Does @given name it? And one that a running VE cannot take? */
bool features_name(const char *given, enum feature feature);
bool features_at_start(const char *given);
/* Those that are on, or are off and should be said to be: "views:on fuse:on". */
#define FEATURES_TEXT 64
void features_text(bool views, const char *list, char text[FEATURES_TEXT]);

#endif
