/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * That a VE is to be started again: a file /run/vzlite/CTID.reboot. Who does that writes
 * it before what is left of the VE, by which all else knows that it wanted to reboot, is
 * cleared away; so it is known also when he is killed in between. Whoever starts or stops
 * the VE takes it away. The caller holds the VE's lock.
 */
#ifndef VZLITE_REBOOT_H
#define VZLITE_REBOOT_H

#include "util.h"

int __must_check reboot_mark(uint32_t ctid);
/* What was marked in either way, be it that it does not count any more. */
void reboot_unmark(uint32_t ctid);
bool reboot_marked(uint32_t ctid);
/* Not by a restart: what is in force until the VE is stopped stays. */
bool reboot_by_itself(uint32_t ctid);

/*
 * The same of one that `vzlite restart` stops: CTID.restart, which says of which start, until when, and
 * whether by --force. However that VE ends, it is started again; so it is when who restarts it is killed
 * half-way, be it that he came by way of it (ssh). One that has not ended @seconds and a minute later has
 * not heard him, and how it ends then is its own.
 */
int __must_check restart_mark(uint32_t ctid, uint64_t seconds, bool force);
void restart_unmark(uint32_t ctid);
/* It is marked, which counts, and has not been started since. */
bool restart_due(uint32_t ctid);

/* Whether `start --force` was what has started it, until another start, or is what a restart that is due
 * was to do: who has started it without some of its limits wants it to come back so. */
int __must_check reboot_force(uint32_t ctid, bool force);
bool reboot_forced(uint32_t ctid);

/* ALLOWREBOOT and DISABLED, which are looked at when a VE has ended by a reboot; of one that is marked, it
 * was. */
struct config;
bool reboot_allowed(const struct config *c);
/* It is down and wants to be started again, which the daemon must still find out, or be about. */
bool reboot_due(const struct config *c);

#endif
