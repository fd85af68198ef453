/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Settings of one interface, below /proc/sys/net. */
#ifndef VZLITE_NETWORK_SYSCTL_H
#define VZLITE_NETWORK_SYSCTL_H

#include <stdbool.h>

/* The file @format with the interface @name in it. False: it could not be written. */
bool sysctl_set(const char *format, const char *name, const char *value);
/* Is it there, and not 0? */
bool sysctl_on(const char *format, const char *name);
/* Is the digit @value what it begins with? */
bool sysctl_is(const char *format, const char *name, char value);

#endif
