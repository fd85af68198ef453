/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How fast a VE may send and be sent to: RATE="100", "10M" or, as OpenVZ has it,
 * "eth0:1:100": kbit/s, or with K, M, G (powers of 1000 bit/s). The device and the class
 * of OpenVZ's are taken and mean nothing: a VE has one link. 0 is no limit.
 */
#ifndef VZLITE_RATE_H
#define VZLITE_RATE_H

#include "util.h"

/* In bytes a second. False when it is none. */
bool rate_parse(const char *text, uint64_t *bytes);
bool rate_valid(const char *text);

#endif
