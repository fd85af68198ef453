// SPDX-License-Identifier: GPL-2.0-or-later
#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "device.h"
#include "device_program.h"
#include "error.h"
#include "feature.h"
#include "keyed.h"

#define MISC_MAJOR 10
#define FUSE_MINOR 229
#define TUN_MINOR 200
#define PPP_MAJOR 108

/* "tty0", "net/tun", "disk/by-id/x": nothing that a shell would expand, no way up. */
static bool valid_node(const char *name)
{
	if (!*name || *name == '/')
		return false;
	for (const char *p = name; *p; p++) {
		if (!isalnum((unsigned char)*p) && !strchr("/_.+-", *p))
			return false;
		if ((p == name || p[-1] == '/') && (*p == '.' || *p == '/'))
			return false;
	}
	return name[strlen(name) - 1] != '/';
}

/* One "NAME:rw", which is cut up. */
static bool parse_one(char *word, void *item)
{
	char *mode = strrchr(word, ':');
	struct devnode *d = item;

	*d = (struct devnode){ .name = word };
	if (!mode || !mode[1])
		return false;
	*mode++ = '\0';
	if (strcmp(mode, "none")) {
		if (mode[strspn(mode, "rwq")])
			return false;
		d->read = strchr(mode, 'r');
		d->write = strchr(mode, 'w');
		if (!d->read && !d->write)
			return false;
	}
	return valid_node(word);
}

static void put(FILE *out, const char *blank, const void *item)
{
	const struct devnode *d = item;

	if (d->read || d->write)
		fprintf(out, "%s%s:%s%s", blank, d->name, d->read ? "r" : "", d->write ? "w" : "");
}

static const struct keyed devnodes = {
	sizeof(struct devnode), offsetof(struct devnode, name), DEVNODES_MAX, DEVNODES_TEXT, parse_one, put,
};

int devnodes_parse(const char *list, char text[DEVNODES_TEXT], struct devnode nodes[DEVNODES_MAX])
{
	return keyed_parse(&devnodes, list, text, nodes, NULL);
}

bool devnodes_valid(const char *list)
{
	struct devnode nodes[DEVNODES_MAX];
	char text[DEVNODES_TEXT];

	return devnodes_parse(list, text, nodes) >= 0;
}

const char *devnodes_change(const char *list, const char *given, char **out, char *reason, size_t size)
{
	struct devnode nodes[DEVNODES_MAX], more[DEVNODES_MAX];
	char text[DEVNODES_TEXT], new[DEVNODES_TEXT];
	int n = devnodes_parse(list, text, nodes), added = devnodes_parse(given, new, more);
	const char *why;

	if (n < 0)
		return "the list that is there is broken";
	if (added <= 0) {
		snprintf(reason, size, "%.60s is no NAME:r|w|rw|none, NAME below /dev", given);
		return reason;
	}
	why = keyed_put(&devnodes, nodes, n, more, added, out);
	return why ? why : devnodes_valid(*out) ? NULL : "too many";
}

/* The machine's memory and ports. */
static bool is_machine(const struct stat *st)
{
	return S_ISCHR(st->st_mode) && major(st->st_rdev) == 1 &&
	       (minor(st->st_rdev) == 1 || minor(st->st_rdev) == 2 || minor(st->st_rdev) == 4);
}

/* Nodes that udev makes before there is a driver: who opens one has the kernel load it,
 * which the module refuses a VE. No others: to open a watchdog has an effect. */
static bool loads(dev_t device)
{
	return device == makedev(MISC_MAJOR, TUN_MINOR) || device == makedev(MISC_MAJOR, FUSE_MINOR) ||
	       device == makedev(PPP_MAJOR, 0);
}

static int find_device(const struct config *c, const struct devnode *d, const char *path, struct bind *b)
{
	struct stat st;

	if (stat(path, &st))
		return fail_errno(EXIT_MOUNT_FAILED, "%s %u: device %s", operation, c->ctid, path);
	if (!S_ISCHR(st.st_mode) && !S_ISBLK(st.st_mode))
		return fail(EXIT_MOUNT_FAILED, "%s %u: %s is no device", operation, c->ctid, path);
	if (is_machine(&st))
		return fail(EXIT_MOUNT_FAILED, "%s %u: %s is not for a VE: it is the machine", operation,
			    c->ctid, path);
	*b = (struct bind){ .target = path, .device = st.st_rdev, .read = d->read, .write = d->write,
			    .device_mode = (st.st_mode & S_IFMT) | 0600,
			    .device_load = S_ISCHR(st.st_mode) && loads(st.st_rdev) };
	return 0;
}

static struct bind misc_device(const char *path, unsigned int minor)
{
	return (struct bind){ .target = path, .device = makedev(MISC_MAJOR, minor), .read = true,
			      .write = true, .device_mode = S_IFCHR | 0666, .device_load = true };
}

int devices_binds(const struct config *c, char text[DEVNODES_TEXT], struct bind *binds)
{
	struct devnode nodes[DEVNODES_MAX];
	char names[DEVNODES_TEXT], *path = text;
	int n = devnodes_parse(c->devnodes, names, nodes), count = 0;

	if (features_on(c->features, FEATURE_FUSE) || features_on(c->features, FEATURE_NESTING))
		binds[count++] = misc_device("/dev/fuse", FUSE_MINOR);
	if (features_on(c->features, FEATURE_TUN))
		binds[count++] = misc_device("/dev/net/tun", TUN_MINOR);
	for (int i = 0; i < n; i++) {
		bool there = false;

		if (path + strlen(nodes[i].name) + 6 > text + DEVNODES_TEXT)
			return fail(EXIT_BAD_VALUE, "%s %u: DEVNODES is too long", operation, c->ctid), -1;
		sprintf(path, "/dev/%s", nodes[i].name);
		for (int k = 0; k < count; k++)
			there = there || !strcmp(binds[k].target, path);
		if (there || (!nodes[i].read && !nodes[i].write))
			continue;
		if (find_device(c, &nodes[i], path, &binds[count]))
			return -1;
		count++;
		path += strlen(path) + 1;
	}
	return count;
}

int devices_check(const struct config *c)
{
	struct bind binds[DEVNODES_MAX + 2];
	char text[DEVNODES_TEXT];

	return devices_binds(c, text, binds) < 0 ? EXIT_MOUNT_FAILED : 0;
}

/* null zero full random urandom, tty ptmx, and ptys */
static const struct device_rule plain[] = {
	{ false, 1, 3, true, true }, { false, 1, 5, true, true }, { false, 1, 7, true, true },
	{ false, 1, 8, true, true }, { false, 1, 9, true, true }, { false, 5, 0, true, true },
	{ false, 5, 2, true, true }, { false, 136, DEVICE_ANY_MINOR, true, true },
};

/*
 * A VE that nothing was added to needs no program, which would cost its start some hundred
 * thousand instructions. Nobody makes a node in a user namespace. Its file systems, the overlay
 * among them, were mounted by it, and the kernel opens no device on what belongs to a
 * user namespace (SB_I_NODEV), whatever a template holds and however it is mounted anew.
 * What is bound from the host is nodev, and locked (bind.h). So there are the nodes in its
 * /dev, each of them bound by us, and no others. But layout dir is a host's file system,
 * whose nodev the VE's root can take away; and of an added device the program says whether it
 * may be read or written, which the node's mode says to all but root.
 */
int devices_confine(const struct config *c, int cgroup)
{
	struct device_rule rules[ARRAY_SIZE(plain) + DEVNODES_MAX + 2];
	struct bpf_insn code[DEVICE_PROGRAM_MAX];
	struct bind binds[DEVNODES_MAX + 2];
	char text[DEVNODES_TEXT];
	int n = devices_binds(c, text, binds);
	size_t count = ARRAY_SIZE(plain), length;

	if (n < 0)
		return EXIT_MOUNT_FAILED;
	if (!n && (!c->layout || strcmp(c->layout, "dir")))
		return 0;
	memcpy(rules, plain, sizeof(plain));
	for (int i = 0; i < n; i++)
		rules[count++] = (struct device_rule){
			S_ISBLK(binds[i].device_mode), major(binds[i].device),
			minor(binds[i].device), binds[i].read, binds[i].write,
		};
	length = device_program(rules, count, code);
	if (!length || device_program_attach(code, length, cgroup))
		return fail_errno(EXIT_SYSTEM, "%s %u: confine its devices (bpf)", operation, c->ctid);
	return 0;
}
