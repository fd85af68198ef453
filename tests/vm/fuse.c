// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fuse serve DIR    mount a file system with one file on DIR, and serve it until killed
 * fuse stuck DIR    the same, open the file, stop serving, and exit: not even a kill ends that
 * fuse lazy DIR     with the file system unmounted lazily before
 * fuse nested DIR   in a user namespace that maps one user, who is not root
 * fuse root DIR     make it the root of all in this mount namespace, and answer no more;
 *                   ended by the end of whoever called
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define DEVICE 100	/* closed after the file, which has the lowest number that is free */
#define ID_FILE 2
#define USER 7

static const char content[] = "served\n";

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void answer(const struct fuse_in_header *in, int error, const void *data, size_t size)
{
	struct { struct fuse_out_header head; char data[256]; } out = {
		.head = { .len = sizeof(out.head) + size, .error = -error, .unique = in->unique },
	};

	if (size)
		memcpy(out.data, data, size);
	/* Who asked may be gone. */
	if (write(DEVICE, &out, out.head.len) < 0 && errno != ENOENT)
		die("answer");
}

static struct fuse_attr attributes(uint64_t node)
{
	return (struct fuse_attr){ .ino = node, .nlink = 1, .size = sizeof(content) - 1,
				   .mode = node == ID_FILE ? S_IFREG | 0644 : S_IFDIR | 0755 };
}

static void serve_one(const struct fuse_in_header *in, const void *rest)
{
	struct fuse_init_out init = { .major = FUSE_KERNEL_VERSION,
				      .minor = FUSE_KERNEL_MINOR_VERSION, .max_write = 4096 };
	struct fuse_entry_out entry = { .nodeid = ID_FILE, .attr = attributes(ID_FILE) };
	struct fuse_attr_out attr = { .attr = attributes(in->nodeid) };
	struct fuse_open_out opened = { .fh = 1 };
	const struct fuse_read_in *reading = rest;

	switch (in->opcode) {
	case FUSE_INIT:
		return answer(in, 0, &init, sizeof(init));
	case FUSE_LOOKUP:
		if (strcmp(rest, "file"))
			return answer(in, ENOENT, NULL, 0);
		return answer(in, 0, &entry, sizeof(entry));
	case FUSE_GETATTR:
		return answer(in, 0, &attr, sizeof(attr));
	case FUSE_OPEN:
		return answer(in, 0, &opened, sizeof(opened));
	case FUSE_READ:
		return answer(in, 0, content, reading->offset ? 0 : sizeof(content) - 1);
	case FUSE_FLUSH:
	case FUSE_RELEASE:
		return answer(in, 0, NULL, 0);
	case FUSE_FORGET:
	case FUSE_BATCH_FORGET:
	case FUSE_INTERRUPT:
		return;
	default:
		return answer(in, ENOSYS, NULL, 0);
	}
}

static void serve(void)
{
	static char request[1 << 17];
	ssize_t n;

	while ((n = read(DEVICE, request, sizeof(request))) > 0 || (n < 0 && errno == EINTR))
		if (n >= (ssize_t)sizeof(struct fuse_in_header))
			serve_one((void *)request, request + sizeof(struct fuse_in_header));
	/* Else it was unmounted. */
	if (errno != ENODEV)
		die("read of the device");
	exit(0);
}

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		die(path);
	close(fd);
}

static void become_nested(void)
{
	char map[32];

	snprintf(map, sizeof(map), "0 %d 1", USER);
	if (setresgid(USER, USER, USER) || setresuid(USER, USER, USER) ||
	    prctl(PR_SET_DUMPABLE, 1) || unshare(CLONE_NEWUSER | CLONE_NEWNS))
		die("unshare");
	write_file("/proc/self/setgroups", "deny");
	write_file("/proc/self/uid_map", map);
	write_file("/proc/self/gid_map", map);
}

static void mount_on(const char *dir)
{
	char options[64];
	int fd = open("/dev/fuse", O_RDWR);

	if (fd < 0 || dup2(fd, DEVICE) != DEVICE || close(fd))
		die("/dev/fuse");
	snprintf(options, sizeof(options), "fd=%d,rootmode=40000,user_id=0,group_id=0", DEVICE);
	if (mount("fuse", dir, "fuse", MS_NOSUID | MS_NODEV, options))
		die("mount");
}

static void get_stuck(const char *dir, bool lazy)
{
	char path[256];
	pid_t server = fork();

	if (!server)
		serve();
	snprintf(path, sizeof(path), "%s/file", dir);
	if (server < 0 || open(path, O_RDONLY) < 0)
		die(path);
	kill(server, SIGKILL);
	waitpid(server, NULL, 0);
	if (lazy && umount2(dir, MNT_DETACH))
		die("umount");
}

/* What is asked from now on is heard, and not answered: nobody can be killed while he waits for
 * what the server has taken. */
static void become_root(const char *dir)
{
	static char request[1 << 17];
	pid_t server = fork();

	if (!server)
		serve();
	if (server < 0 || chdir(dir) || syscall(SYS_pivot_root, ".", "."))
		die("pivot_root");
	kill(server, SIGKILL);
	waitpid(server, NULL, 0);
	while (read(DEVICE, request, sizeof(request)) > 0 || errno == EINTR)
		;
}

int main(int argc, char **argv)
{
	if (argc != 3)
		return 2;
	mkdir(argv[2], 0755);
	if (!strcmp(argv[1], "nested"))
		become_nested();
	mount_on(argv[2]);
	if (!strcmp(argv[1], "serve"))
		serve();
	if (!strcmp(argv[1], "root"))
		become_root(argv[2]);
	else
		get_stuck(argv[2], !strcmp(argv[1], "lazy"));
	return 0;
}
