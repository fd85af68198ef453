// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>
#include <strings.h>

#include "hosts.h"
#include "util.h"

#define OURS "# vzlite"
#define BLANKS " \t\r"

/* Does the line of @n bytes give @name an address? */
static bool names(const char *line, size_t n, const char *name)
{
	const char *end = line + n, *comment = memchr(line, '#', n);
	size_t len = strlen(name);
	bool address = true;

	for (end = comment ? comment : end; line < end; address = false) {
		size_t word;

		line += strspn(line, BLANKS);
		word = strcspn(line, BLANKS "#\n");
		if (line >= end || !word)
			break;
		if (!address && word == len && !strncasecmp(line, name, len))
			return true;
		line += word;
	}
	return false;
}

static bool is_ours(const char *line, size_t n)
{
	size_t mark = strlen(OURS);

	return n >= mark && !strncmp(line + n - mark, OURS, mark);
}

char *hosts_with(const char *old, const char *name)
{
	size_t length = strcspn(name, "."), size;
	bool newline = true;
	char *text = NULL;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	if (!*old)
		fputs(HOSTS_LOCAL, out);
	for (const char *line = old; *line; ) {
		size_t n = strcspn(line, "\n"), whole = n + (line[n] == '\n');

		if (names(line, n, name)) {
			fclose(out);
			free(text);
			return NULL;
		}
		if (!is_ours(line, n)) {
			fwrite(line, 1, whole, out);
			newline = whole > n;
		}
		line += whole;
	}
	fprintf(out, "%s127.0.1.1\t%s", newline ? "" : "\n", name);
	if (name[length])
		fprintf(out, " %.*s", (int)length, name);
	fputs(" " OURS "\n", out);
	if (!fclose(out))
		return text;
	free(text);
	return NULL;
}
