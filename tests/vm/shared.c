// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Do something to what others have, too, or to what costs the kernel more than it looks. Prints
 * what came of it:
 *   shared policy              a policy of NUMA for a part of a file in memory
 *   shared pages migrate|move  its own pages to another node of memory
 *   shared acl FILE N          an ACL of N entries
 *   shared lock|flock|watch|dnotify PATH
 *   shared moves THREADS N A B [PID]   N times between two cgroups: itself, with so many threads,
 *                              or a process that there need not be
 *   shared lines N             N lines in the kernel's log
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/mempolicy.h>
#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

static int policy(void)
{
	unsigned long node = 1;
	int fd = memfd_create("shared", 0);
	void *at;

	if (fd < 0 || ftruncate(fd, 1 << 20))
		return -1;
	at = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	return at == MAP_FAILED ? -1 : syscall(SYS_mbind, at, 4096UL, MPOL_PREFERRED, &node, 8UL, 0);
}

static int pages(const char *how)
{
	unsigned long node = 1;
	void *page = &node;
	int to = 0, status;

	if (!strcmp(how, "migrate"))
		return syscall(SYS_migrate_pages, 0, 64UL, &node, &node);
	return syscall(SYS_move_pages, 0, 1UL, &page, &to, &status, MPOL_MF_MOVE);
}

/* u::, u:1: to u:N-4:, g::, m::, o:: */
static int acl(const char *path, unsigned int n)
{
	struct {
		struct posix_acl_xattr_header header;
		struct posix_acl_xattr_entry entries[8192];
	} *acl = calloc(1, sizeof(*acl));

	if (!acl || n < 5 || n > 8192)
		return errno = EINVAL, -1;
	acl->header.a_version = POSIX_ACL_XATTR_VERSION;
	for (unsigned int i = 0; i < n; i++)
		acl->entries[i] = (struct posix_acl_xattr_entry){ ACL_USER, 6, i };
	acl->entries[0] = (struct posix_acl_xattr_entry){ ACL_USER_OBJ, 6, ACL_UNDEFINED_ID };
	acl->entries[n - 3] = (struct posix_acl_xattr_entry){ ACL_GROUP_OBJ, 0, ACL_UNDEFINED_ID };
	acl->entries[n - 2] = (struct posix_acl_xattr_entry){ ACL_MASK, 6, ACL_UNDEFINED_ID };
	acl->entries[n - 1] = (struct posix_acl_xattr_entry){ ACL_OTHER, 0, ACL_UNDEFINED_ID };
	return setxattr(path, "system.posix_acl_access", acl, sizeof(acl->header) + n * sizeof(*acl->entries), 0);
}

static int lock(const char *path)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 1 };
	int fd = open(path, O_RDWR);

	return fd < 0 ? -1 : fcntl(fd, F_SETLK, &lock);
}

static void *rest(void *unused)
{
	(void)unused;
	pause();
	return NULL;
}

/* Tells how often. */
static int moves(int threads, int n, char **groups, const char *pid)
{
	int fds[2] = { open(groups[0], O_WRONLY), open(groups[1], O_WRONLY) }, i;
	pthread_t thread;

	for (i = 0; i < threads; i++)
		if ((errno = pthread_create(&thread, NULL, rest, NULL)))
			return -1;
	for (i = 0; i < n && (pwrite(fds[i % 2], pid, strlen(pid), 0) > 0 || errno == ESRCH); i++)
		;
	printf("%d ", i);
	return i < n ? -1 : 0;
}

/* An option that no file system has. */
static int lines(int n)
{
	while (n--)
		if (!mount("none", "/dev/shm", "tmpfs", 0, "nonsense=1") || errno != EINVAL)
			return -1;
	return 0;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	int ret;

	if (!strcmp(what, "policy"))
		ret = policy();
	else if (!strcmp(what, "pages") && argc > 2)
		ret = pages(argv[2]);
	else if (!strcmp(what, "acl") && argc > 3)
		ret = acl(argv[2], atoi(argv[3]));
	else if (!strcmp(what, "lock") && argc > 2)
		ret = lock(argv[2]);
	else if (!strcmp(what, "flock") && argc > 2)
		ret = flock(open(argv[2], O_RDONLY), LOCK_SH);
	else if (!strcmp(what, "watch") && argc > 2)
		ret = inotify_add_watch(inotify_init(), argv[2], IN_MODIFY);
	else if (!strcmp(what, "dnotify") && argc > 2)
		ret = fcntl(open(argv[2], O_RDONLY), F_NOTIFY, DN_MODIFY | DN_MULTISHOT);
	else if (!strcmp(what, "moves") && argc > 5)
		ret = moves(atoi(argv[2]), atoi(argv[3]), argv + 4, argc > 6 ? argv[6] : "0");
	else if (!strcmp(what, "lines") && argc > 2)
		ret = lines(atoi(argv[2]));
	else
		return fprintf(stderr, "usage: shared policy|pages|acl|lock|flock|watch|dnotify|moves|lines ...\n"), 2;
	puts(ret < 0 ? strerrorname_np(errno) : "none");
	return 0;
}
