// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>

#include "unit.h"

static char *text;
static size_t size;

FILE *output_begin(void)
{
	FILE *out = open_memstream(&text, &size);

	ck_assert(out != NULL);
	return out;
}

void output_is(FILE *out, const char *want)
{
	fclose(out);
	ck_assert_str_eq(text, want);
	free(text);
}
