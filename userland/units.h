/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Values as vzctl writes them: a number with the suffix T, G, M, K (powers of
 * 1024, bytes), P (pages of 4096 bytes) or B (bytes), or "unlimited" (items
 * take no suffix); pairs as "barrier[:limit]", one value meaning both. The same
 * leaf serves command line and file.
 */
#ifndef VZLITE_UNITS_H
#define VZLITE_UNITS_H

#include <stdint.h>
#include "resource.h"

struct bound {
	uint64_t barrier;
	uint64_t limit;
};

/* All return true, or false without printing; *out is then untouched. */
bool parse_u64(const char *s, uint64_t max, uint64_t *out);	/* plain decimal */
bool parse_size(const char *s, enum unit unit, uint64_t *out);	/* in @unit; overflow is false */
bool parse_bound(const char *s, enum unit unit, struct bound *out); /* barrier <= limit */
bool parse_ctid(const char *s, uint32_t *out);	/* 1 .. 2^31-1, no sign, no spaces */
bool parse_cpulist(const char *s);		/* "0-3,5": syntax and range only */
bool valid_name(const char *s);			/* see VZLITE_A_VE_NAME */
bool valid_hostname(const char *s);		/* RFC 1123, at most 64 bytes */
bool valid_path(const char *s);			/* absolute, without blanks, quotes, $, ` */
/* A directory of the cgroup hierarchy as /proc/PID/cgroup has it, "/machine.slice/x":
 * not the root, no "." or ".."; a backslash may be in it, with systemd's names */
bool valid_cgroup(const char *s);

#define CPU_NUMBER_MAX 8191	/* the kernel's largest NR_CPUS - 1 */

/* "240", "unlimited"; its length. */
size_t format_value(char *buf, size_t size, uint64_t value);
/* "240", "240:260", "unlimited", in plain units; readable by parse_bound. */
void format_bound(char *buf, size_t size, const struct bound *b);

#endif
