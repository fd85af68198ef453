/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How fast a VE may send and be sent to: RATE="100", "10M" or, as OpenVZ has it,
 * "eth0:1:100": kbit/s, or with K, M, G (powers of 1000 bit/s). The device and the class
 * of OpenVZ's are taken and mean nothing. 0 is no limit. In a file a rate in OpenVZ's form is
 * a guarantee (vz.5: and each vz.conf of OpenVZ 7 has "*:1:8"), and a limit with RATEBOUND="yes"
 * only. As an option it is a limit, and written without device and class.
 */
#ifndef VZLITE_RATE_H
#define VZLITE_RATE_H

#include "config.h"
#include "util.h"

/* In bytes a second. False when it is none. */
bool rate_parse(const char *text, uint64_t *bytes);
bool rate_valid(const char *text);
/* Of a configuration as a file has it, and borrowed: NULL, it has no limit. */
const char *rate_limit(const struct config *c);
/* For struct setting's change(). */
const char *rate_change(const char *now, const char *given, char **out, char *reason, size_t size);
/* The same of a good one, or of NULL, which is none, in no more than it takes: kbit/s. */
#define RATE_TEXT 24
void rate_shorten(const char *text, char shorter[RATE_TEXT]);

/*
 * The rate in force of a VE that runs, once it may be another than its file's: what `set` has
 * written down, below VZLITE_RUNDIR. Malloc'ed; NULL: it is the file's, or, with a line
 * that says so, that cannot be read. The VE's lock is the caller's, as of the next two.
 */
int __must_check rate_read(uint32_t ctid, char **text);
/* A good one, or NULL: none. */
int __must_check rate_write(uint32_t ctid, const char *text);
/* It is the file's again: the VE is gone, and does not reboot. Absent is no error. */
void rate_forget(uint32_t ctid);

#endif
