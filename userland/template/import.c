// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "options.h"
#include "template.h"
#include "template/archive.h"
#include "template/doubt.h"
#include "template/store.h"
#include "template/subcommand.h"

/* Where the archive comes from: a file, or a child that packs a directory. */
struct source {
	const char *path;
	int fd;
	uint64_t size;
	pid_t packer;
};

/* Would @path, a real one, be packed with what is made of it meanwhile? */
static bool holds_store(const char *path)
{
	cleanup_free char *store = realpath(template_dir(), NULL);
	size_t n = strcmp(path, "/") ? strlen(path) : 0;

	return store && !strncmp(store, path, n) && (store[n] == '/' || !store[n]);
}

static int start_packer(struct source *s, const char *name)
{
	static const int ends_us[] = { SIGPIPE, SIGINT, SIGTERM, SIGHUP };
	cleanup_free char *path = realpath(s->path, NULL);
	pid_t parent = getpid();
	int ends[2];

	if (!path)
		return fail_errno(EXIT_SYSTEM, "template import: resolve %s", s->path);
	if (holds_store(path))
		return fail(EXIT_CREATE_FAILED, "template import: %s holds the templates themselves (%s)",
			    s->path, template_dir());
	if (pipe2(ends, O_CLOEXEC))
		return fail_errno(EXIT_SYSTEM, "template import: make a pipe");
	s->packer = fork();
	if (!s->packer) {
		/* The reader says what went wrong when it goes away early. */
		for (size_t i = 0; i < ARRAY_SIZE(ends_us); i++)
			signal(ends_us[i], SIG_DFL);
		close(ends[0]);
		if (prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != parent)
			_exit(EXIT_CREATE_FAILED);
		_exit(archive_pack(name, path, s->fd, ends[1]));
	}
	close(ends[1]);
	close(s->fd);
	s->fd = ends[0];
	return s->packer < 0 ? fail_errno(EXIT_SYSTEM, "template import: fork") : 0;
}

static int open_source(struct source *s, const char *name)
{
	struct stat st;

	s->fd = open(s->path, O_RDONLY | O_CLOEXEC);
	if (s->fd < 0 || fstat(s->fd, &st))
		return fail_errno(EXIT_SYSTEM, "template import: open %s", s->path);
	if (S_ISDIR(st.st_mode))
		return start_packer(s, name);
	s->size = S_ISREG(st.st_mode) ? st.st_size : 0;
	return 0;
}

/* @status: of the extraction. A packer that failed has printed why. */
static int close_source(struct source *s, int status)
{
	int packed = 0;

	if (s->fd >= 0)
		close(s->fd);
	if (s->packer <= 0)
		return status;
	/* It may have hours of zeros before it that nobody reads. */
	if (status)
		kill(s->packer, SIGTERM);
	while (waitpid(s->packer, &packed, 0) < 0 && errno == EINTR)
		;
	if (status)
		return status;
	return WIFEXITED(packed) && !WEXITSTATUS(packed) ? 0 : EXIT_CREATE_FAILED;
}

int template_import(int argc, char **argv)
{
	static const struct option none[] = { { } };
	cleanup_draft struct draft draft = DRAFT_NONE;
	struct source source = { .fd = -1 };
	struct progress progress;
	const char *name;
	int status;

	if (option_next(argc, argv, "", none) != -1)
		return EXIT_BAD_OPTION;
	status = template_name(argc, argv, &name);
	if (status)
		return status;
	if (optind >= argc)
		return fail(EXIT_BAD_OPTION, "template import %s: FILE or DIR missing", name);
	source.path = argv[optind++];
	status = option_end(argc, argv);
	if (!status)
		status = draft_begin(&draft, name);
	if (!status)
		status = open_source(&source, name);
	if (!status) {
		progress_start(&progress, name, source.size);
		status = archive_extract(source.fd, source.path, draft.fd, &progress);
	}
	status = close_source(&source, status);
	if (status)
		return status;
	template_doubts(draft.fd, name);
	return draft_commit(&draft);
}
