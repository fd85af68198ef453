/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files in a container's root that say who it is, and whom it asks for names. */
#ifndef VZLITE_INSIDE_FILES_H
#define VZLITE_INSIDE_FILES_H

#include "container.h"

/* As the container's root, in its root. What cannot be written has its line, and is no reason not to
 * start. */
void inside_write_files(const struct container *c);

#endif
