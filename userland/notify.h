/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a VE's systemd says of itself, on the socket of NOTIFY_SOCKET. */
#ifndef VZLITE_NOTIFY_H
#define VZLITE_NOTIFY_H

#include "util.h"

/*
 * Has a "READY=1" come? Others in the VE may write there too: lines that say nothing,
 * and without end. So only some are read, and the caller gets to look at the clock;
 * false does not mean that there is none left.
 */
bool notify_ready(int fd);

#endif
