/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A parser, fed with what nobody would write: a target is a file that defines these two. It
 * takes any bytes, and aborts where what it was told does not hold together.
 * libFuzzer knows a target by the first; main.c needs the second, too.
 */
#ifndef VZLITE_FUZZ_H
#define VZLITE_FUZZ_H

#include <stddef.h>
#include <stdint.h>

#define FUZZ_MAX 8192	/* bytes of an input */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The @i-th good input, which others are made from, in @data: its size, 0 behind the last. */
size_t fuzz_seed(size_t i, uint8_t data[FUZZ_MAX]);

/* fuzz_seed() of an array of texts. */
#define FUZZ_SEED_TEXTS(texts) \
	size_t fuzz_seed(size_t i, uint8_t data[FUZZ_MAX]) \
	{ \
		return fuzz_seed_text(texts, sizeof(texts) / sizeof(*(texts)), i, data); \
	}
size_t fuzz_seed_text(const char *const *texts, size_t count, size_t i, uint8_t data[FUZZ_MAX]);
/* For the first of those with texts: @data as one, in a buffer of just its size, so that a
 * read behind it is seen; free() is the caller's. */
char *fuzz_text(const uint8_t *data, size_t size);

#define fuzz_assert(what) ((what) ? (void)0 : fuzz_failed(#what, __FILE__, __LINE__))
_Noreturn void fuzz_failed(const char *what, const char *file, int line);

#endif
