/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What can be switched on and off for a VE. FEATURES of its configuration holds
 * them as OpenVZ writes it, FEATURES="views:off"; what stands there for OpenVZ's own
 * features is kept and means nothing here.
 *   views   /proc, /sys and sysinfo(2) show the VE's machine, not the host's (on)
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

/* Does @list (NULL: an empty one) leave the views on? */
bool features_views(const char *list);

#endif
