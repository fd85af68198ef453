// SPDX-License-Identifier: GPL-2.0-or-later
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "template/suite.h"

#define DEFAULT_SUITE "trixie"

static const struct {
	const char *number, *suite;
} releases[] = {
	{ "11", "bullseye" },
	{ "12", "bookworm" },
	{ "13", "trixie" },
	{ "14", "forky" },
	{ "15", "duke" },
};

/* Suites without a number, which go on from release to release. */
static const char *const moving[] = {
	"oldoldstable", "oldstable", "stable", "testing", "unstable", "sid", "experimental",
};

static bool is_word(const char *word, size_t n, const char *text)
{
	return !strncasecmp(word, text, n) && !text[n];
}

static const char *moving_suite(const char *word, size_t n)
{
	for (size_t i = 0; i < ARRAY_SIZE(moving); i++)
		if (is_word(word, n, moving[i]))
			return moving[i];
	return NULL;
}

static size_t word_length(const char *s)
{
	size_t n = 0;

	while (isalnum((unsigned char)s[n]))
		n++;
	return n;
}

/* Behind "debian": a number, of which *@n are the digits, or the word of a suite. */
static const char *of_debian(const char *word, size_t *n)
{
	*n = strspn(word, "0123456789");
	for (size_t i = 0; *n && i < ARRAY_SIZE(releases); i++)
		if (is_word(word, *n, releases[i].number))
			return releases[i].suite;
	return *n ? NULL : moving_suite(word, word_length(word));
}

/* Any word of @name. */
static const char *of_words(const char *name)
{
	while (*name) {
		size_t n = word_length(name);

		for (size_t i = 0; i < ARRAY_SIZE(releases); i++)
			if (is_word(name, n, releases[i].suite))
				return releases[i].suite;
		name += n ? n : 1;
	}
	return NULL;
}

int suite_choose(const char *name, const char *asked, const char **suite)
{
	const char *version = name, *named = NULL;
	size_t digits = 0;

	if (!strncasecmp(name, "debian", 6)) {
		version += 6;
		version += !!*version && strchr("-_.", *version);
		named = of_debian(version, &digits);
	}
	if (!named && !digits)
		named = of_words(name);
	if (!named && digits && !asked)
		return fail(EXIT_BAD_VALUE, "template build %s: which suite is Debian %.*s? (--suite)",
			    name, (int)digits, version);
	if (named && asked && strcmp(named, asked))
		return fail(EXIT_BAD_VALUE, "template build %s: --suite %.80s: a template of this name is "
			    "of %s", name, asked, named);
	*suite = named ? named : asked ? asked : DEFAULT_SUITE;
	return 0;
}

bool suite_has_security(const char *suite)
{
	static const char *const without[] = { "sid", "unstable", "testing", "experimental" };

	for (size_t i = 0; i < ARRAY_SIZE(without); i++)
		if (!strcmp(suite, without[i]))
			return false;
	return true;
}
