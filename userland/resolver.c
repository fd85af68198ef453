// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <string.h>
#include <sys/stat.h>

#include "address.h"
#include "errand.h"
#include "file.h"
#include "resolver.h"
#include "state.h"
#include "syscalls.h"

#define TIMEOUT 10	/* seconds: what the tree makes of the path may wait for ever */

int resolver_text(const struct config *c, char text[RESOLVER_TEXT])
{
	const char *servers = c->nameserver ? c->nameserver : "";
	const char *search = c->searchdomain ? c->searchdomain : "";
	char host_servers[RESOLVER_TEXT], host_search[RESOLVER_TEXT - 16];
	size_t n = 0;
	int status;

	*text = '\0';
	if (text_inherits(search)) {
		resolver_host_domains(host_search, sizeof(host_search));
		search = host_search;
	}
	if (text_inherits(servers)) {
		status = resolver_host_servers(c, host_servers, sizeof(host_servers));
		if (status)
			return status;
		servers = host_servers;
	}
	if (*search)
		n = snprintf(text, RESOLVER_TEXT, "search %s\n", search);
	for (const char *p = servers; *(p += strspn(p, " \t")); ) {
		size_t len = strcspn(p, " \t");

		if (n < RESOLVER_TEXT)
			n += snprintf(text + n, RESOLVER_TEXT - n, "nameserver %.*s\n", (int)len, p);
		p += len;
	}
	return 0;
}

/* All values of the lines @key, each with a blank before it. */
static size_t values_of(const char *text, const char *key, char *out, size_t size)
{
	size_t n = 0, len = strlen(key);

	for (const char *line = text; *line && n < size; line += strcspn(line, "\n"), line += *line == '\n') {
		if (!strncmp(line, key, len))
			n += snprintf(out + n, size - n, " %.*s", (int)strcspn(line + len, "\n"), line + len);
	}
	return n;
}

/* What the VE's own files say of @key is taken back first: an empty value does that. */
static size_t resolved_line(const char *key, const char *values, char *out, size_t size)
{
	return *values ? snprintf(out, size, "%s=\n%s=%s\n", key, key, values + 1) : 0;
}

void resolver_for_resolved(const char *text, char *out, size_t size)
{
	char servers[RESOLVER_TEXT] = "", domains[RESOLVER_TEXT] = "";
	size_t n;

	values_of(text, "nameserver ", servers, sizeof(servers));
	values_of(text, "search ", domains, sizeof(domains));
	n = snprintf(out, size, "# By vzlite, at each start: what --nameserver and --searchdomain say\n[Resolve]\n");
	if (n < size)
		n += resolved_line("DNS", servers, out + n, size - n);
	if (n < size)
		resolved_line("Domains", domains, out + n, size - n);
}

static int failed(const struct config *c)
{
	return fail_errno(EXIT_SYSTEM, "%s %u: write " RESOLVER_FILE " in the VE", operation, c->ctid);
}

struct wish {
	const struct config *c;
	int root;		/* the VE's */
	const char *text;
	bool keep;		/* what was there goes to the result */
};

static int write_inside(const void *arg, int result)
{
	const struct wish *w = arg;
	const struct config *c = w->c;
	uid_t uid = c->local_uid;
	cleanup_close int fd = -1;
	char old[RESOLVER_OLD];
	struct stat st;
	ssize_t n;

	umask(022);
	if (setgroups(0, NULL) || setresgid(uid, uid, uid) || setresuid(uid, uid, uid))
		return failed(c);
	fd = sys_openat2(w->root, RESOLVER_FILE, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY |
			 O_CLOEXEC, 0644, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV);
	/* A file of the host that is bound there is not the VE's to be written. */
	if (fd < 0 && errno == EXDEV)
		return fail(EXIT_SYSTEM, "%s %u: write " RESOLVER_FILE " in the VE: it is not in its own file "
			    "system, but mounted or bound there", operation, c->ctid);
	if (fd < 0 || fstat(fd, &st))
		return failed(c);
	if (!S_ISREG(st.st_mode))
		return fail(EXIT_SYSTEM, "%s %u: write " RESOLVER_FILE " in the VE: it is no file", operation,
			    c->ctid);
	n = w->keep ? read(fd, old, sizeof(old)) : 0;
	if (n == sizeof(old))
		return fail(EXIT_SYSTEM, "%s %u: write " RESOLVER_FILE " in the VE: what is there is longer than "
			    "%d bytes", operation, c->ctid, RESOLVER_OLD - 1);
	/* It comes back as a string. */
	if (n > 0 && memchr(old, '\0', n))
		return fail(EXIT_SYSTEM, "%s %u: write " RESOLVER_FILE " in the VE: what is there is no text", operation,
			    c->ctid);
	if (n < 0 || write(result, old, n) != n)
		return failed(c);
	return file_overwrite(fd, w->text, strlen(w->text)) ? failed(c) : 0;
}

static int open_root(const struct config *c)
{
	cleanup_close int pidfd = -1;
	char path[32];
	pid_t pid;
	int fd;

	if (!ve_init(c->ctid, &pid, &pidfd)) {
		fail(EXIT_NOT_RUNNING, "%s %u: " JUST_STOPPED, operation, c->ctid);
		return -1;
	}
	snprintf(path, sizeof(path), "/proc/%d/root", pid);
	fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		fail_errno(EXIT_NOT_RUNNING, "%s %u: open the VE's root", operation, c->ctid);
	/* Of it, and of no later process of that number. */
	else if (!ve_running(c->ctid)) {
		close(fd);
		fail(EXIT_NOT_RUNNING, "%s %u: " JUST_STOPPED, operation, c->ctid);
		return -1;
	}
	return fd;
}

int resolver_write(const struct config *c, const char *text, char old[RESOLVER_OLD])
{
	cleanup_close int root = open_root(c);
	const struct wish w = { c, root, text, old };
	char killed[96], said[1];
	const struct errand e = { write_inside, &w, killed, TIMEOUT };

	if (root < 0)
		return EXIT_NOT_RUNNING;
	snprintf(killed, sizeof(killed), RESOLVER_FILE " in the VE cannot be written in %d seconds", TIMEOUT);
	return errand_run(c->ctid, &e, old ? old : said, old ? RESOLVER_OLD : sizeof(said));
}
