// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <string.h>

#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>

#include "error.h"
#include "module.h"
#include "netlink.h"

const char *module_ve_name(const struct module_ve *ve)
{
	char id[16];

	/* A name of a VE's own is no number. */
	snprintf(id, sizeof(id), "%u", ve->id);
	return strcmp(ve->name, id) ? ve->name : NULL;
}

bool module_loaded_now(void)
{
	return !access("/proc/vzlite/version", F_OK);
}

bool module_loaded(void)
{
	cleanup_sock struct nl_sock *sock = NULL;

	if (module_loaded_now())
		return true;
	/* Asking for its family makes the kernel look for a module that has it. */
	sock = nl_socket_alloc();

	if (sock && genl_connect(sock) >= 0 && genl_ctrl_resolve(sock, VZLITE_GENL_NAME) >= 0)
		return true;
	/* In another network namespace than the host's the family is not seen. */
	return module_loaded_now();
}

static bool reply_info(const struct nlmsghdr *nlh, void *arg)
{
	return message_parse_info(nlh, arg);
}

int module_info(struct module_info *info)
{
	struct request r = {
		.command = VZLITE_CMD_MODULE_GET, .what = "ask the module",
		.reply = reply_info, .reply_arg = info,
	};

	return request_run(&r);
}

/* What a request says of a VE; NULL and -1 for what it does not. */
struct description {
	const char *name;
	int cgroup_fd;
	const struct bound *bounds;
	const bool *set;
	bool views, no_views;		/* to be switched on, off; neither: as they are */
	bool release;
};

static bool fill_ve(struct nl_msg *msg, const void *arg)
{
	const struct description *d = arg;

	return (!d->name || message_put_name(msg, d->name)) &&
	       (d->cgroup_fd < 0 || message_put_cgroup_fd(msg, d->cgroup_fd)) &&
	       (!d->bounds || message_put_bounds(msg, d->bounds, d->set)) &&
	       (!(d->views || d->no_views) || message_put_views(msg, d->views)) &&
	       (!d->release || message_put_release(msg));
}

static int describe(enum vzlite_cmd command, const char *what, uint32_t id,
		    const struct description *d)
{
	struct request r = {
		.command = command, .what = what, .id = id, .fill = fill_ve, .fill_arg = d,
	};

	return request_run(&r);
}

/* How many of the limits the module cannot enforce: which is, but to @left, an error with its
 * line. With @left they are left out of it, each with a warning. Minus an exitcode. */
static int unenforced(uint32_t id, const struct bound *bounds, const bool *set, bool *left)
{
	struct module_info info;
	int status = module_info(&info), found = 0;

	for (int r = 0; !status && r < VZLITE_RESOURCE_COUNT; r++) {
		const char *missing = info.resource[r].missing;

		if (!set[r] || bounds[r].barrier >= VZLITE_UNLIMITED || !*missing ||
		    info.resource[r].enforcer != VZLITE_ENFORCER_NONE)
			continue;
		found++;
		if (!left)
			return -fail(EXIT_NO_MODULE, "%s %u: the module cannot enforce %s on this "
				     "kernel: it cannot hook %s", operation, id, resources[r].name,
				     missing);
		left[r] = false;
		warn("%s %u: %s is not limited: the module cannot hook %s on this kernel", operation,
		     id, resources[r].name, missing);
	}
	return status ? -status : found;
}

int module_check_bounds(uint32_t id, const struct bound *bounds, const bool *set)
{
	int found = unenforced(id, bounds, set, NULL);

	return found < 0 ? -found : 0;
}

/* The module has refused @d: why, and can it be asked without the limits that are not in @left? */
static int not_enforced(uint32_t id, const struct description *d, bool *left)
{
	int found = unenforced(id, d->bounds, d->set, left);

	if (found < 0)
		return -found;
	return found ? 0 : fail(EXIT_NO_MODULE, "%s %u: the module can enforce nothing on this "
				"kernel: see the kernel's log", operation, id);
}

/* Is there another VE of that name? Minus an exitcode. */
static int has_name(const char *name)
{
	cleanup_free struct module_ve *list = NULL;
	size_t n;
	int status = module_ve_all(&list, &n), found = 0;

	for (size_t i = 0; !status && i < n; i++)
		found |= !strcmp(list[i].name, name);
	return status ? -status : found;
}

int module_ve_new(uint32_t id, const char *name, int cgroup_fd, const struct bound *bounds,
		  const bool *set, bool views, bool force)
{
	bool left[VZLITE_RESOURCE_COUNT];
	/* On is the default, and a module without views takes no word about them. */
	struct description d = { .name = name, .cgroup_fd = cgroup_fd, .bounds = bounds,
				 .set = set, .no_views = !views };
	struct request r = {
		.command = VZLITE_CMD_VE_NEW, .what = "register the VE with the module", .id = id,
		.fill = fill_ve, .fill_arg = &d, .expected = { EOPNOTSUPP, EEXIST },
	};
	int status = request_run(&r);

	if (status || !r.error)
		return status;
	if (r.error == EEXIST) {
		int found = has_name(name);

		if (found)
			return found < 0 ? -found : fail(EXIT_BAD_NAME, "%s %u: its name %s is that of another "
							 "VE, which runs", operation, id, name);
		/* Of its number or its cgroup: the module says which. */
		r.expected[1] = 0;
		return request_run(&r);
	}
	memcpy(left, set, sizeof(left));
	status = not_enforced(id, &d, force ? left : NULL);
	if (status)
		return status;
	d.set = left;
	r.expected[0] = r.expected[1] = 0;
	return request_run(&r);
}

int module_ve_set(uint32_t id, const struct bound *bounds, const bool *set)
{
	struct description d = { .cgroup_fd = -1, .bounds = bounds, .set = set };
	struct request r = {
		.command = VZLITE_CMD_VE_SET, .what = "change the limits", .id = id,
		.fill = fill_ve, .fill_arg = &d, .expected = { EOPNOTSUPP },
	};
	int status = request_run(&r);

	return status || !r.error ? status : not_enforced(id, &d, NULL);
}

int module_ve_rename(uint32_t id, const char *name)
{
	struct description d = { .name = name, .cgroup_fd = -1 };

	return describe(VZLITE_CMD_VE_SET, "change the name", id, &d);
}

int module_ve_views(uint32_t id, bool on)
{
	struct description d = { .cgroup_fd = -1, .views = on, .no_views = !on };

	return describe(VZLITE_CMD_VE_SET, "switch the views", id, &d);
}

static bool reply_ve(const struct nlmsghdr *nlh, void *arg)
{
	return message_parse_ve(nlh, arg);
}

int module_ve_get(uint32_t id, struct module_ve *ve)
{
	struct request r = {
		.command = VZLITE_CMD_VE_GET, .what = "look the VE up in the module", .id = id,
		.reply = reply_ve, .reply_arg = ve, .expected = { ENOENT },
	};
	int status = request_run(&r);

	return status ? -status : !r.error;
}

int module_ve_del(uint32_t id, bool quiet_busy)
{
	struct request r = {
		.command = VZLITE_CMD_VE_DEL, .what = "have the module forget the VE", .id = id,
		.expected = { ENOENT, quiet_busy ? EBUSY : 0 },
	};
	int status = request_run(&r);

	if (status)
		return status;
	return r.error == EBUSY ? EXIT_STOP_FAILED : EXIT_OK;
}

int module_ve_release(uint32_t id)
{
	struct description d = { .cgroup_fd = -1, .release = true };
	struct request r = {
		.command = VZLITE_CMD_VE_DEL, .what = "have the module let the VE go", .id = id,
		.fill = fill_ve, .fill_arg = &d, .expected = { ENOENT },
	};

	return request_run(&r);
}

/* What a dump tells, as it comes in: @n of @list, each of @size bytes. */
struct collection {
	void *list;
	size_t size, n, room;
	bool no_memory;
};

static void cleanup_collection(struct collection *c)
{
	free(c->list);
}

static void forget_all(void *arg)
{
	((struct collection *)arg)->n = 0;
}

/* Room for one more. NULL: out of memory, which is told when all has been read. */
static void *next(struct collection *c)
{
	if (c->n == c->room) {
		size_t room = c->room * 2 + 1;
		void *list = realloc(c->list, room * c->size);

		if (!list) {
			c->no_memory = true;
			return NULL;
		}
		c->list = list;
		c->room = room;
	}
	return (char *)c->list + c->n++ * c->size;
}

static bool collect_ve(const struct nlmsghdr *nlh, void *arg)
{
	struct module_ve *ve = next(arg);

	return !ve || message_parse_ve(nlh, ve);
}

int module_ve_all(struct module_ve **list, size_t *n)
{
	__attribute__((cleanup(cleanup_collection))) struct collection c = { .size = sizeof(**list) };
	struct request r = {
		.command = VZLITE_CMD_VE_GET, .what = "list the VEs of the module", .dump = true,
		.reply = collect_ve, .reply_arg = &c, .restart = forget_all,
	};
	int status = request_run(&r);

	if (!status && c.no_memory)
		status = fail_memory();
	if (status)
		return status;
	*list = steal_ptr(c.list);
	*n = c.n;
	return 0;
}

struct ve_counters {
	struct module_ve ve;
	struct counter counters[VZLITE_RESOURCE_COUNT];
};

static bool collect_counters(const struct nlmsghdr *nlh, void *arg)
{
	struct ve_counters *one = next(arg);

	return !one || message_parse_counters(nlh, &one->ve, one->counters);
}

static bool fill_mask(struct nl_msg *msg, const void *arg)
{
	return message_put_mask(msg, *(const uint64_t *)arg);
}

static int collect(struct collection *c, uint32_t id, uint64_t mask)
{
	struct request r = {
		.command = VZLITE_CMD_COUNTER_GET, .what = "read the counters", .id = id,
		.dump = !id, .reply = collect_counters, .reply_arg = c,
		.restart = forget_all,
	};
	int status;

	/* A module from before the mask refuses it, and tells of all. */
	if (mask != MODULE_ALL_COUNTERS) {
		r.fill = fill_mask;
		r.fill_arg = &mask;
		r.expected[0] = EINVAL;
	}
	status = request_run(&r);
	if (!status && r.error) {
		r.fill = NULL;
		r.expected[0] = r.error = 0;
		forget_all(c);
		status = request_run(&r);
	}
	return !status && c->no_memory ? fail_memory() : status;
}

int module_counters(uint32_t id, struct counter counters[VZLITE_RESOURCE_COUNT])
{
	__attribute__((cleanup(cleanup_collection))) struct collection c = { .size = sizeof(struct ve_counters) };
	int status = collect(&c, id, MODULE_ALL_COUNTERS);

	if (!status)
		memcpy(counters, ((struct ve_counters *)c.list)->counters, sizeof(*counters) * VZLITE_RESOURCE_COUNT);
	return status;
}

/* A dump must be whole, and was tried to be consistent, before anybody sees a part of it. */
int module_counters_all(uint64_t mask, int (*cb)(const struct module_ve *ve,
				  const struct counter counters[VZLITE_RESOURCE_COUNT],
				  void *arg), void *arg)
{
	__attribute__((cleanup(cleanup_collection))) struct collection c = { .size = sizeof(struct ve_counters) };
	int status = collect(&c, 0, mask);

	for (size_t i = 0; !status && i < c.n; i++) {
		const struct ve_counters *one = (struct ve_counters *)c.list + i;

		status = cb(&one->ve, one->counters, arg);
	}
	return status;
}
