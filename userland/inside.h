/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the first process of a container does between its birth and its program. */
#ifndef VZLITE_INSIDE_H
#define VZLITE_INSIDE_H

#include "container.h"

/* @channel: the process's end. Reports there; never returns. */
_Noreturn void inside_run(const struct container *description, int channel);

#endif
