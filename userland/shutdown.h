/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Asking an init to shut its system down, in the way it knows. */
#ifndef VZLITE_SHUTDOWN_H
#define VZLITE_SHUTDOWN_H

#include "util.h"

/* Is the init @pid systemd, by the name of the program that it runs? A tenant's word, good enough to
 * choose a signal by. */
bool shutdown_systemd(pid_t pid);

/* Send the init @pid (@pidfd) of VE @ctid the signal that its kind takes for "power off" and
 * wait for its end, @timeout seconds at most. Where that is not the same on all systems, the
 * VE's command halt comes first. One that would not notice the signal, or knows none, is not waited for. */
void shutdown_ask(uint32_t ctid, pid_t pid, int pidfd, uint64_t timeout);

#endif
