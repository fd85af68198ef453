// SPDX-License-Identifier: GPL-2.0-or-later
/* What the host's resolv.conf says, for NAMESERVER="inherit" and SEARCHDOMAIN="inherit". */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "address.h"
#include "error.h"
#include "resolver.h"

#define BLANKS " \t\r"
#define HOST_TEXT 65536

static const char *host_file = RESOLVER_FILE;

void resolver_set_host(const char *path)
{
	host_file = path;
}

/* Mostly a link to a file of some daemon's. One that is not there says nothing, and no line is
 * cut: a part of an address is another one. */
static void read_host(char text[HOST_TEXT])
{
	cleanup_close int fd = open(host_file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	ssize_t n = fd < 0 ? 0 : read(fd, text, HOST_TEXT - 1);
	char *end;

	text[n < 0 ? 0 : n] = '\0';
	if (n == HOST_TEXT - 1) {
		end = strrchr(text, '\n');
		*(end ? end : text) = '\0';
	}
}

/* @word to the list @out, which has @n so far. */
static void append(char *out, size_t size, int *n, const char *word)
{
	size_t used = strlen(out);

	snprintf(out + used, size - used, "%s%s", *n ? " " : "", word);
	(*n)++;
}

static void add_server(const struct config *c, const char *word, char *out, size_t size, int *n)
{
	struct address a;

	if (*n == NAMESERVERS_MAX)
		return;
	if (address_parse(word, &a) && a.prefix < 0)
		append(out, size, n, word);
	else
		warn("%s %u: the host's resolver %.80s is of no use in a VE: left out", operation, c->ctid,
		     word);
}

int resolver_host_servers(const struct config *c, char *out, size_t size)
{
	char text[HOST_TEXT], *save, *word;
	int n = 0;

	*out = '\0';
	read_host(text);
	for (char *rest = text, *line; (line = strsep(&rest, "\n")); ) {
		word = strtok_r(line, BLANKS, &save);
		if (word && !strcmp(word, "nameserver") && (word = strtok_r(NULL, BLANKS, &save)))
			add_server(c, word, out, size, &n);
	}
	return n ? 0 : fail(EXIT_BAD_NAMESERVER, "%s %u: NAMESERVER=\"inherit\": the host has no resolver for a VE "
			    "(vzlite set %u --nameserver ADDRESS --save)", operation, c->ctid, c->ctid);
}

void resolver_host_domains(char *out, size_t size)
{
	char text[HOST_TEXT], *save, *word;
	int n;

	*out = '\0';
	read_host(text);
	for (char *rest = text, *line; (line = strsep(&rest, "\n")); ) {
		word = strtok_r(line, BLANKS, &save);
		if (!word || (strcmp(word, "search") && strcmp(word, "domain")))
			continue;
		/* The last line counts. */
		*out = '\0';
		for (n = 0; n < SEARCHDOMAINS_MAX && (word = strtok_r(NULL, BLANKS, &save)); )
			if (valid_hostname(word))
				append(out, size, &n, word);
	}
}
