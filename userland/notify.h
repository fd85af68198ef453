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

/* Wait until one has come, the process of @pidfd has ended, or follow_now() is @until: on a clock that
 * stands still while the host is suspended, as its VEs do. */
enum notify { NOTIFY_READY, NOTIFY_ENDED, NOTIFY_TIME_UP };
enum notify notify_wait(int fd, int pidfd, int64_t until);

#endif
