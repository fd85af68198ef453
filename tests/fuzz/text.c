// SPDX-License-Identifier: GPL-2.0-or-later
/* What all targets share. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

size_t fuzz_seed_text(const char *const *texts, size_t count, size_t i, uint8_t data[FUZZ_MAX])
{
	if (i >= count)
		return 0;
	memcpy(data, texts[i], strlen(texts[i]));
	return strlen(texts[i]);
}

char *fuzz_text(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	fuzz_assert(text);
	memcpy(text, data, size);
	text[size] = '\0';
	return text;
}

void fuzz_failed(const char *what, const char *file, int line)
{
	fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, what);
	abort();
}
