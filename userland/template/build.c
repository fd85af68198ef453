// SPDX-License-Identifier: GPL-2.0-or-later
/* A Debian template by mmdebstrap, from the mirror that the host itself uses. */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "file.h"
#include "hosts.h"
#include "options.h"
#include "syscalls.h"
#include "template/archive.h"
#include "template/doubt.h"
#include "template/run.h"
#include "template/sources.h"
#include "template/store.h"
#include "template/subcommand.h"
#include "template/suite.h"

/* What makes a VE a server that one can log in to. */
#define BASE_PACKAGES "systemd,systemd-sysv,dbus,login,passwd,procps,iproute2,hostname,libpam-systemd"

struct build {
	const char *name, *suite, *include, *mirror, *variant;
};

/* Of an argument that becomes one of mmdebstrap's: no option, no blank. */
static bool plain(const char *s, const char *extra)
{
	if (!*s || *s == '-')
		return false;
	for (; *s; s++)
		if (!isalnum((unsigned char)*s) && !strchr(extra, *s))
			return false;
	return true;
}

static int parse_options(int argc, char **argv, struct build *b)
{
	static const struct option longs[] = {
		{ "suite", required_argument, NULL, 's' },
		{ "include", required_argument, NULL, 'i' },
		{ "mirror", required_argument, NULL, 'm' },
		{ "variant", required_argument, NULL, 'v' },
		{ },
	};
	int opt, status;

	while ((opt = option_next(argc, argv, "", longs)) != -1) {
		const char *extra = "-.";

		switch (opt) {
		case 's':
			b->suite = optarg;
			break;
		case 'i':
			b->include = optarg;
			extra = "-.+,:";
			break;
		case 'm':
			b->mirror = optarg;
			extra = "-._~:/?#@!&*+,;=%";
			break;
		case 'v':
			b->variant = optarg;
			break;
		default:
			return EXIT_BAD_OPTION;
		}
		if (!plain(optarg, extra))
			return fail(EXIT_BAD_VALUE, "%s: %.80s: holds what does not belong there",
				    argv[0], *optarg ? optarg : "\"\"");
		if (strchr("sm", opt) && strlen(optarg) >= (opt == 's' ? SOURCES_SUITE : SOURCES_URI))
			return fail(EXIT_BAD_VALUE, "%s: %.80s: too long", argv[0], optarg);
	}
	status = template_name(argc, argv, &b->name);
	return status ? status : option_end(argc, argv);
}

/* apt in the template knows the host's settings by its environment only, which ends with it. */
static int lend_proxies(const char *name)
{
	cleanup_free char *http = NULL, *https = NULL;

	proxies_find(&http, &https);
	if ((http && setenv("http_proxy", http, 0)) || (https && setenv("https_proxy", https, 0)))
		return fail_errno(EXIT_SYSTEM, "template build %s: set the proxy", name);
	return 0;
}

static int debootstrap(const struct build *b, const char *path)
{
	char include[4096], variant[64];
	char *argv[12] = { "mmdebstrap", "--mode=root", "--format=directory", variant, include };
	struct mirrors host;
	struct sources sources;
	int n = 5, status = lend_proxies(b->name);

	if (status)
		return status;
	mirrors_find(&host);
	sources_make(b->suite, b->mirror, &host, &sources);
	snprintf(variant, sizeof(variant), "--variant=%s", b->variant);
	if (snprintf(include, sizeof(include), "--include=%s%s%s%s", BASE_PACKAGES,
		     sources.https ? ",ca-certificates" : "", b->include ? "," : "",
		     b->include ? b->include : "") >= (int)sizeof(include))
		return fail(EXIT_BAD_VALUE, "template build %s: --include is too long", b->name);
	if (verbosity)
		argv[n++] = verbosity < 0 ? "--quiet" : "--verbose";
	argv[n++] = (char *)b->suite;
	argv[n++] = (char *)path;
	for (int i = 0; i < sources.n; i++)
		argv[n++] = sources.lines[i];
	warn("template build %s: suite %s", b->name, b->suite);
	if (sources.insecure)
		warn("template build %s: without security updates, as the host's own apt is", b->name);
	return run_program(argv, "mmdebstrap");
}

/* What an installer would make; no package does. */
static int add_hosts(const struct draft *d, int etc)
{
	cleanup_close int fd = openat(etc, "hosts", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

	if (fd < 0 && errno == EEXIST)
		return 0;
	return fd < 0 || write_all(fd, HOSTS_LOCAL, strlen(HOSTS_LOCAL)) ?
	       fail_errno(EXIT_SYSTEM, "template build %s: create " HOSTS_FILE, d->name) : 0;
}

/* mmdebstrap lends the chroot the host's name and resolver; a VE has its own, and
 * an empty machine-id is what makes systemd write one at the first start. */
static int forget_host(const struct draft *d)
{
	static const char *const files[] = { "hostname", "resolv.conf", "machine-id" };
	cleanup_close int etc = sys_openat2(d->fd, "etc", O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0,
					    RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
	cleanup_close int id = -1;

	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		if (etc < 0 || (unlinkat(etc, files[i], 0) && errno != ENOENT))
			return fail_errno(EXIT_SYSTEM, "template build %s: remove /etc/%s",
					  d->name, files[i]);
	id = openat(etc, "machine-id", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444);
	return id < 0 ? fail_errno(EXIT_SYSTEM, "template build %s: create /etc/machine-id",
				   d->name) : add_hosts(d, etc);
}

int template_build(int argc, char **argv)
{
	cleanup_draft struct draft draft = DRAFT_NONE;
	struct build b = { .variant = "minbase" };
	int status = parse_options(argc, argv, &b);

	if (!status)
		status = suite_choose(b.name, b.suite, &b.suite);
	if (!status)
		status = draft_begin(&draft, b.name);
	if (!status)
		status = debootstrap(&b, draft.path);
	if (!status && archive_interrupted)
		status = fail(EXIT_CREATE_FAILED, "template build %s: interrupted", b.name);
	if (!status)
		status = forget_host(&draft);
	if (status)
		return status;
	template_doubts(draft.fd, b.name);
	return draft_commit(&draft);
}
