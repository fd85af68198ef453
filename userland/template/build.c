// SPDX-License-Identifier: GPL-2.0-or-later
/* A Debian template by mmdebstrap, from the mirror that the host itself uses. */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "options.h"
#include "syscalls.h"
#include "template/archive.h"
#include "template/run.h"
#include "template/store.h"
#include "template/subcommand.h"

#define DEFAULT_SUITE "trixie"
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
	}
	status = template_name(argc, argv, &b->name);
	return status ? status : option_end(argc, argv);
}

/* A line of apt-get indextargets: where a release of Debian comes from. */
struct target {
	char *uri, *release, *label;
};

static bool split_target(char *line, struct target *t)
{
	t->uri = strsep(&line, "|");
	t->release = strsep(&line, "|");
	t->label = strsep(&line, "|");
	return t->label && *t->uri && strchr(t->uri, ':') && !strpbrk(t->uri, " \t$") && !line;
}

/*
 * The host's own mirror in @mirror, and its mirror of security updates in
 * @security; "" for what it does not have.
 */
static void find_mirrors(char *mirror, char *security, size_t size)
{
	char *argv[] = { "apt-get", "indextargets", "--format",
			 "$(REPO_URI)|$(RELEASE)|$(LABEL)", "Created-By: Packages",
			 "Component: main", "Origin: Debian", NULL };
	cleanup_free char *text = NULL;
	struct target t;

	*mirror = *security = '\0';
	if (run_capture(argv, &text))
		return;
	for (char *rest = text, *line; (line = strsep(&rest, "\n")); ) {
		if (!split_target(line, &t))
			continue;
		if (!strcmp(t.label, "Debian") && !*mirror)
			snprintf(mirror, size, "%s", t.uri);
		if (!strcmp(t.label, "Debian-Security") && !*security)
			snprintf(security, size, "%s", t.uri);
	}
}

static bool has_security(const char *suite)
{
	static const char *const without[] = { "sid", "unstable", "testing", "experimental" };

	for (size_t i = 0; i < ARRAY_SIZE(without); i++)
		if (!strcmp(suite, without[i]))
			return false;
	return true;
}

static int debootstrap(const struct build *b, const char *path)
{
	char mirror[1024] = "", security[1024] = "", include[4096], variant[64];
	char main_line[2048], security_line[2048];
	char *argv[12] = { "mmdebstrap", "--mode=root", "--format=directory", variant, include };
	int n = 5;

	snprintf(variant, sizeof(variant), "--variant=%s", b->variant);
	if (snprintf(include, sizeof(include), "--include=%s%s%s", BASE_PACKAGES,
		     b->include ? "," : "", b->include ? b->include : "") >= (int)sizeof(include))
		return fail(EXIT_BAD_VALUE, "template build %s: --include is too long", b->name);
	if (!b->mirror)
		find_mirrors(mirror, security, sizeof(mirror));
	argv[n++] = (char *)b->suite;
	argv[n++] = (char *)path;
	snprintf(main_line, sizeof(main_line), "deb %s %s main", b->mirror ? b->mirror : mirror,
		 b->suite);
	snprintf(security_line, sizeof(security_line), "deb %s %s-security main", security, b->suite);
	/* With no mirror to name, mmdebstrap takes its own default. */
	if (b->mirror || *mirror)
		argv[n++] = main_line;
	if (*mirror && *security && has_security(b->suite))
		argv[n++] = security_line;
	return run_program(argv, "mmdebstrap");
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
				   d->name) : 0;
}

int template_build(int argc, char **argv)
{
	cleanup_draft struct draft draft = DRAFT_NONE;
	struct build b = { .suite = DEFAULT_SUITE, .variant = "minbase" };
	int status = parse_options(argc, argv, &b);

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
	warn_without_init(draft.fd, b.name);
	return draft_commit(&draft);
}
