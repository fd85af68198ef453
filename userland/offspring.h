/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All that comes of a program that is run, whatever becomes of its parents meanwhile. */
#ifndef VZLITE_OFFSPRING_H
#define VZLITE_OFFSPRING_H

#include "util.h"

/* From now on whose parent ends is our child. When we end it is nobody's. False with errno. */
bool offspring_begin(void);
/* Kill it, those that are begun meanwhile too, and wait for their ends, so many milliseconds at most.
 * What is in another cgroup is left alone: a VE that the program has started is no part of it. */
void offspring_kill(int ms);

#endif
