/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Cleanup attributes and small macros, defined once. Knows nothing of VEs. */
#ifndef VZLITE_UTIL_H
#define VZLITE_UTIL_H

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/types.h>
#include <unistd.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define __printf(fmt, args) __attribute__((format(printf, fmt, args)))
/* What fails prints its line: none of that code lies among what is run. */
#define __cold __attribute__((cold))
#define __must_check __attribute__((warn_unused_result))
/* Of a large array that few commands use: see hot.ld. */
#ifdef __SANITIZE_ADDRESS__	/* which does not watch what has a section */
#define __large
#else
#define __large __attribute__((section(".bss.large")))
#endif

static inline void cleanup_free_(void *p) { free(*(void **)p); }
static inline void cleanup_close_(int *fd) { if (*fd >= 0) close(*fd); }
static inline void cleanup_file_(FILE **f) { if (*f) fclose(*f); }
static inline void cleanup_dir_(DIR **d) { if (*d) closedir(*d); }

#define cleanup_free __attribute__((cleanup(cleanup_free_)))
#define cleanup_close __attribute__((cleanup(cleanup_close_)))
#define cleanup_file __attribute__((cleanup(cleanup_file_)))
#define cleanup_dir __attribute__((cleanup(cleanup_dir_)))

/* Hand a pointer or an fd over: the variable is left empty, its cleanup does nothing. */
#define steal_ptr(p) ({ __typeof__(p) p_ = (p); (p) = NULL; p_; })
#define steal_fd(fd) ({ int fd_ = (fd); (fd) = -1; fd_; })

/* Keys of configurations, without case. Many are tried for each, and most differ in their
 * first letter. */
static inline bool same_key(const char *a, const char *b)
{
	return !((a[0] ^ b[0]) & ~0x20) && !strcasecmp(a, b);
}

#endif
