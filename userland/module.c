// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <string.h>

#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>

#include "error.h"
#include "module.h"
#include "netlink.h"

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

	return sock && genl_connect(sock) >= 0 && genl_ctrl_resolve(sock, VZLITE_GENL_NAME) >= 0;
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

int module_ve_new(uint32_t id, const char *name, int cgroup_fd, const struct bound *bounds,
		  const bool *set, bool views)
{
	/* On is the default, and a module without views takes no word about them. */
	struct description d = { .name = name, .cgroup_fd = cgroup_fd, .bounds = bounds,
				 .set = set, .no_views = !views };

	return describe(VZLITE_CMD_VE_NEW, "register the VE with the module", id, &d);
}

int module_ve_set(uint32_t id, const struct bound *bounds, const bool *set)
{
	struct description d = { .cgroup_fd = -1, .bounds = bounds, .set = set };

	return describe(VZLITE_CMD_VE_SET, "change the limits", id, &d);
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

struct ves {
	struct module_ve *list;
	size_t n, room;
	bool no_memory;
};

static void forget_ves(void *arg)
{
	((struct ves *)arg)->n = 0;
}

static bool collect_ve(const struct nlmsghdr *nlh, void *arg)
{
	struct ves *v = arg;

	if (v->n == v->room) {
		size_t room = v->room * 2 + 16;
		struct module_ve *list = realloc(v->list, room * sizeof(*list));

		if (!list) {
			v->no_memory = true;
			return true;
		}
		v->list = list;
		v->room = room;
	}
	return message_parse_ve(nlh, &v->list[v->n++]);
}

int module_ve_all(struct module_ve **list, size_t *n)
{
	struct ves v = { };
	struct request r = {
		.command = VZLITE_CMD_VE_GET, .what = "list the VEs of the module", .dump = true,
		.reply = collect_ve, .reply_arg = &v, .restart = forget_ves,
	};
	int status = request_run(&r);

	if (!status && v.no_memory)
		status = fail_memory();
	if (status) {
		free(v.list);
		return status;
	}
	*list = v.list;
	*n = v.n;
	return 0;
}

/* The counters of VEs, as they come in. */
struct ve_counters {
	struct module_ve ve;
	struct counter counters[VZLITE_RESOURCE_COUNT];
};

struct collection {
	struct ve_counters *list;
	size_t n, room;
	bool no_memory;
};

static void cleanup_collection(struct collection *c)
{
	free(c->list);
}

static void forget_counters(void *arg)
{
	((struct collection *)arg)->n = 0;
}

static bool collect_counters(const struct nlmsghdr *nlh, void *arg)
{
	struct collection *c = arg;

	if (c->n == c->room) {
		size_t room = c->room * 2 + 1;
		struct ve_counters *list = realloc(c->list, room * sizeof(*list));

		if (!list) {
			c->no_memory = true;
			return true;
		}
		c->list = list;
		c->room = room;
	}
	if (!message_parse_counters(nlh, &c->list[c->n].ve, c->list[c->n].counters))
		return false;
	c->n++;
	return true;
}

static int collect(struct collection *c, uint32_t id)
{
	struct request r = {
		.command = VZLITE_CMD_COUNTER_GET, .what = "read the counters", .id = id,
		.dump = !id, .reply = collect_counters, .reply_arg = c,
		.restart = forget_counters,
	};
	int status = request_run(&r);

	return !status && c->no_memory ? fail_memory() : status;
}

int module_counters(uint32_t id, struct counter counters[VZLITE_RESOURCE_COUNT])
{
	__attribute__((cleanup(cleanup_collection))) struct collection c = { };
	int status = collect(&c, id);

	if (!status)
		memcpy(counters, c.list[0].counters, sizeof(c.list[0].counters));
	return status;
}

/* A dump must be whole and consistent before anybody sees a part of it. */
int module_counters_all(int (*cb)(const struct module_ve *ve,
				  const struct counter counters[VZLITE_RESOURCE_COUNT],
				  void *arg), void *arg)
{
	__attribute__((cleanup(cleanup_collection))) struct collection c = { };
	int status = collect(&c, 0);

	for (size_t i = 0; !status && i < c.n; i++)
		status = cb(&c.list[i].ve, c.list[i].counters, arg);
	return status;
}
