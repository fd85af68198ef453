// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "config.h"
#include "error.h"
#include "hint.h"
#include "lock.h"
#include "options.h"

/* The element of argv that getopt has just taken a long option from. */
static const char *last_element(char **argv)
{
	if (optarg && optarg == argv[optind - 1])
		return argv[optind - 2];
	return argv[optind - 1];
}

static int refuse(char **argv, const char *what, const char *reason)
{
	fail(EXIT_BAD_OPTION, "%s: %.80s: %s", argv[0], what, reason);
	return '?';
}

/* Its value is not repeated, which could be a password. */
static int refuse_unknown(char **argv, const char *option)
{
	size_t n = strcspn(option, "=");

	fail(EXIT_BAD_OPTION, "%s: %.*s: unknown option (%s)", argv[0], (int)(n > 80 ? 80 : n), option,
	     hint_for(option));
	return '?';
}

int option_next(int argc, char **argv, const char *shorts, const struct option *longs)
{
	int index;

	return option_next_index(argc, argv, shorts, longs, &index);
}

int option_next_index(int argc, char **argv, const char *shorts, const struct option *longs,
		      int *index)
{
	char spec[64], letter[3] = "-";
	int opt;

	/* ":" behind an eventual "+": a missing value is told apart, nothing is printed. */
	snprintf(spec, sizeof(spec), "%s:%s", *shorts == '+' ? "+" : "",
		 shorts + (*shorts == '+'));
	opterr = 0;
	*index = -1;
	opt = getopt_long(argc, argv, spec, longs, index);
	if (opt == -1)
		return opt;
	if (opt == ':')
		return refuse(argv, argv[optind - 1], "the value is missing");
	if (opt == '?') {
		letter[1] = optopt;
		if (strncmp(argv[optind - 1], "--", 2))
			return refuse_unknown(argv, letter);
		return optopt ? refuse(argv, argv[optind - 1], "this option takes no value") :
		       refuse_unknown(argv, argv[optind - 1]);
	}
	if (*index >= 0) {
		const char *given = last_element(argv) + 2;

		if (strncmp(given, longs[*index].name, strcspn(given, "=")) ||
		    strcspn(given, "=") != strlen(longs[*index].name))
			return refuse_unknown(argv, given - 2);
	}
	return opt;
}

/* As which option_ctid() took the VE. */
static const char *called;

int option_ctid(int argc, char **argv, uint32_t *ctid)
{
	if (optind >= argc)
		return fail(EXIT_BAD_OPTION, "%s: CTID missing (vzlite help %s)", argv[0], argv[0]);
	called = argv[optind++];
	return config_resolve(called, ctid);
}

int option_lock(uint32_t ctid, int *lock)
{
	uint32_t now;
	int status = ve_lock(ctid, lock);

	if (status || parse_ctid(called, &now))
		return status;
	status = config_resolve(called, &now);
	if (!status && now != ctid)
		status = fail(EXIT_LOCKED, "%s %s: the name has just become another VE's", operation,
			      called);
	return status;
}

int option_end(int argc, char **argv)
{
	if (optind < argc)
		return fail(EXIT_BAD_OPTION, "%s: %.80s: unexpected argument", argv[0], argv[optind]);
	return 0;
}

int option_ve(int argc, char **argv, uint32_t *ctid, int *lock)
{
	int status = option_ctid(argc, argv, ctid);

	if (!status)
		status = option_end(argc, argv);
	return status ? status : option_lock(*ctid, lock);
}

int option_ve_alone(int argc, char **argv, uint32_t *ctid, int *lock)
{
	static const struct option longs[] = { { } };

	return option_next(argc, argv, "", longs) == -1 ? option_ve(argc, argv, ctid, lock) : EXIT_BAD_OPTION;
}
