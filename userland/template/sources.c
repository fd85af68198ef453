// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "template/run.h"
#include "template/sources.h"
#include "template/suite.h"

#define DEFAULT_MIRROR "http://deb.debian.org/debian"
#define DEFAULT_SECURITY "http://deb.debian.org/debian-security"

/* A line of apt-get indextargets: where a release of Debian comes from. */
struct target {
	char *uri, *suite, *label;
};

static bool split_target(char *line, struct target *t)
{
	t->uri = strsep(&line, "|");
	t->suite = strsep(&line, "|");
	t->label = strsep(&line, "|");
	return t->label && *t->uri && strchr(t->uri, ':') && !strpbrk(t->uri, " \t$") && !line;
}

void mirrors_find(struct mirrors *host)
{
	char *argv[] = { "apt-get", "indextargets", "--format",
			 "$(REPO_URI)|$(SUITE)|$(LABEL)", "Created-By: Packages",
			 "Component: main", "Origin: Debian", NULL };
	cleanup_free char *text = NULL;
	struct target t;

	memset(host, 0, sizeof(*host));
	if (run_capture(argv, &text))
		return;
	for (char *rest = text, *line; (line = strsep(&rest, "\n")); ) {
		if (!split_target(line, &t))
			continue;
		if (!strcmp(t.label, "Debian") && !*host->debian)
			snprintf(host->debian, sizeof(host->debian), "%s", t.uri);
		/* Not stable-updates. */
		if (!strcmp(t.label, "Debian") && !strchr(t.suite, '-') && suite_has_security(t.suite))
			host->released = true;
		if (!strcmp(t.label, "Debian-Security") && !*host->security)
			snprintf(host->security, sizeof(host->security), "%s", t.uri);
	}
}

/* The value of option @name in what apt-config printed; NULL: none. */
static char *option_of(const char *text, const char *name)
{
	size_t n = strlen(name);

	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (!strncmp(line, name, n) && line[n] == '=')
			return strndup(line + n + 1, strcspn(line + n + 1, "\n"));
	}
	return NULL;
}

/* apt's word for none. */
static void drop_direct(char **proxy)
{
	if (*proxy && (!**proxy || !strcasecmp(*proxy, "DIRECT"))) {
		free(*proxy);
		*proxy = NULL;
	}
}

void proxies_find(char **http, char **https)
{
	char *argv[] = { "apt-config", "dump", "--format", "%f=%v%n", "Acquire::http::Proxy",
			 "Acquire::https::Proxy", NULL };
	cleanup_free char *text = NULL;

	*http = *https = NULL;
	if (run_capture(argv, &text))
		return;
	*http = option_of(text, "Acquire::http::Proxy");
	*https = option_of(text, "Acquire::https::Proxy");
	/* As apt has it. */
	if (!*https && *http)
		*https = strdup(*http);
	drop_direct(http);
	drop_direct(https);
}

static bool is_https(const char *uri)
{
	return !strncmp(uri, "https://", 8);
}

/* To a VE that is the VE itself. */
static bool is_local(const char *host)
{
	static const char *const names[] = { "localhost", "[::1]" };
	size_t n = strcspn(host, "/"), user = strcspn(host, "@");

	/* Behind a user and password. */
	if (user < n) {
		host += user + 1;
		n -= user + 1;
	}
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		size_t len = strlen(names[i]);

		if (len <= n && !strncasecmp(host, names[i], len) && (len == n || host[len] == ':'))
			return true;
	}
	return !strncmp(host, "127.", 4) && strspn(host, "0123456789.") == strcspn(host, ":/");
}

/* What a VE can reach, too. mirror+file:, file: and cdrom: name files of the host's. */
static const char *for_all(const char *uri, const char *instead)
{
	size_t scheme = is_https(uri) ? 8 : !strncmp(uri, "http://", 7) ? 7 : 0;

	return scheme && !is_local(uri + scheme) ? uri : instead;
}

static void add(struct sources *s, const char *uri, const char *suite, const char *what)
{
	snprintf(s->lines[s->n++], sizeof(s->lines[0]), "deb %s %s%s main", uri, suite, what);
	s->https = s->https || is_https(uri);
}

void sources_make(const char *suite, const char *asked, const struct mirrors *host, struct sources *s)
{
	memset(s, 0, sizeof(*s));
	if (!asked && !*host->debian)
		return;
	add(s, asked ? asked : for_all(host->debian, DEFAULT_MIRROR), suite, "");
	if (!suite_has_security(suite))
		return;
	/* A Debian that has no such line was made so, without a way to the outside perhaps. */
	s->insecure = host->released && !*host->security;
	if (!s->insecure)
		add(s, for_all(host->security, DEFAULT_SECURITY), suite, "-security");
}
