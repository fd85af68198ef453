/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A limit of a VE is logged once a minute, with all hits since: the first at once, and the
 * last when its minute is over, whether it is hit again or not. @now: follow_now(). */
#ifndef VZLITE_EVENTD_FOLD_H
#define VZLITE_EVENTD_FOLD_H

#include "module.h"

#define FOLD_MS 60000

/* @action: a literal; what is done about it. True: log it now. */
bool fold_due(const struct limit_event *event, const char *action, int64_t now);

/* What was not due then and is now, with the figures of the last; false: nothing is. */
bool fold_next(int64_t now, struct limit_event *event, const char **action);

/* Milliseconds until there is something, -1: nothing waits. */
int fold_wait(int64_t now);

#endif
