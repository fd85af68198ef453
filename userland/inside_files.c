// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "error.h"
#include "file.h"
#include "hosts.h"
#include "inside_files.h"
#include "resolver.h"
#include "syscalls.h"

#define BELOW (RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV)

/*
 * A file of /etc, to be written as the container's root in the container's root: what
 * the tree makes of that path is its own affair, and no reason not to start. Its links
 * may lead where they like in there, but not to our descriptors, nor the path to a file of
 * the host that is bound there.
 */
static int open_etc(const char *path)
{
	return sys_openat2(AT_FDCWD, path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY |
			   O_CLOEXEC, 0644, RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV);
}

/* false: it is no file, or not ours to write. */
static bool write_etc(const struct container *c, const char *path, const char *text, ssize_t len)
{
	cleanup_close int fd = open_etc(path);
	char old[2048];

	if (fd < 0)
		return false;
	if (read(fd, old, sizeof(old)) == len && !memcmp(old, text, len))
		return true;
	if (file_overwrite(fd, text, len))
		warn("%s %s: could not write %s in the VE", operation, c->id, path);
	return true;
}

/* A directory in /run, made where it is not there; not what is bound at its place. */
static int directory_below(int above, const char *name)
{
	mkdirat(above, name, 0755);
	return sys_openat2(above, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0, BELOW);
}

/* Which is told by a file of its own then, in /run, where nothing of the VE's can be yet. */
static void write_resolved(const struct container *c)
{
	cleanup_close int run = open("/run", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	cleanup_close int systemd = run < 0 ? -1 : directory_below(run, "systemd");
	cleanup_close int dir = systemd < 0 ? -1 : directory_below(systemd, "resolved.conf.d");
	cleanup_close int fd = dir < 0 ? -1 : sys_openat2(dir, "50-vzlite.conf", O_WRONLY | O_CREAT | O_NOFOLLOW |
							  O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0644, BELOW);
	char text[RESOLVER_TEXT + 128];

	resolver_for_resolved(c->resolver, text, sizeof(text));
	if (fd < 0 ? errno != EXDEV : file_overwrite(fd, text, strlen(text)))
		warn("%s %s: could not tell systemd-resolved in the VE of its resolvers: %s", operation, c->id,
		     strerror(errno));
}

/* Else its own name would lead nowhere, for which sudo and mail servers wait. */
static void write_hosts(const struct container *c)
{
	cleanup_close int fd = open_etc(HOSTS_FILE);
	cleanup_free char *text = NULL;
	char old[HOSTS_MAX + 1];
	struct stat st;
	ssize_t n;

	if (fd < 0 || fstat(fd, &st) || !S_ISREG(st.st_mode))
		return;
	n = read(fd, old, sizeof(old));
	if (n < 0 || n > HOSTS_MAX || memchr(old, '\0', n))
		return;
	old[n] = '\0';
	text = hosts_with(old, c->hostname);
	if (text && file_overwrite(fd, text, strlen(text)))
		warn("%s %s: could not write " HOSTS_FILE " in the VE", operation, c->id);
}

/* Where resolv.conf is a link, it is so by a program that writes the file that it leads to. */
static void write_resolver(const struct container *c)
{
	char target[PATH_MAX];
	ssize_t n;

	if (write_etc(c, RESOLVER_FILE, c->resolver, strlen(c->resolver)))
		return;
	n = readlink(RESOLVER_FILE, target, sizeof(target) - 1);
	if (n < 0)
		return;
	target[n] = '\0';
	if (strstr(target, "/run/systemd/resolve/"))
		write_resolved(c);
	else if (!(strstr(target, "/run/resolvconf/") || strstr(target, "/resolvconf/run/")) ||
		 !write_etc(c, "/etc/resolvconf/resolv.conf.d/base", c->resolver, strlen(c->resolver)))
		warn("%s %s: could not tell the VE of its resolvers: " RESOLVER_FILE " is a link to %.80s", operation,
		     c->id, target);
}

void inside_write_files(const struct container *c)
{
	char line[72];

	if (c->hostname_file) {
		write_etc(c, "/etc/hostname", line,
			  snprintf(line, sizeof(line), "%s\n", c->hostname));
		write_hosts(c);
	}
	if (c->resolver)
		write_resolver(c);
}
