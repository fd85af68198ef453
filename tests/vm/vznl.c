// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The module's netlink family, for the module's own tests.
 *
 *   vznl new ID DIR [RESOURCE=BARRIER:LIMIT]...   RESOURCE: a number of enum vzlite_resource
 *   vznl set ID RESOURCE=BARRIER:LIMIT...
 *   vznl views ID on|off          switch the feature; without on|off: what it is
 *   vznl views                    "name missing" of each view ("-": nothing is missing)
 *   vznl churn ID DIR             new and del, two hundred times a second, until it is killed
 *   vznl del ID [release]         also while tasks live in it
 *   vznl counter ID RESOURCE [alone]   "held maxheld barrier limit failcnt"; alone: asked for
 *                                 without the others
 *   vznl mask MASK [ID]           "id:resource,resource," of each message that comes of it
 *   vznl list                     the ids of a dump
 *   vznl dump                     take all counters of all VEs and look at none
 *   vznl ages                     "id resource milliseconds" of what is not of now in a dump
 *   vznl events COUNT SECONDS     "id resource pid comm hits failcnt" for each
 * Exit status: 0, or the errno that the module answered.
 */
#include <poll.h>

#include "vznl.h"

static void put_counters(struct message *m, char **argv)
{
	struct nlattr *all = nest(m, VZLITE_A_COUNTERS), *item;
	unsigned long long barrier, limit;
	unsigned int resource;

	for (; *argv; argv++) {
		if (sscanf(*argv, "%u=%llu:%llu", &resource, &barrier, &limit) != 3)
			exit(200);
		item = nest(m, VZLITE_ITEM);
		put_u32(m, VZLITE_COUNTER_A_RESOURCE, resource);
		put_u64(m, VZLITE_COUNTER_A_BARRIER, barrier);
		put_u64(m, VZLITE_COUNTER_A_LIMIT, limit);
		nest_end(m, item);
	}
	nest_end(m, all);
}

static int ve_new(uint32_t id, const char *dir, char **counters)
{
	struct message m;
	int fd = open(dir, O_RDONLY | O_DIRECTORY), ret;

	start(&m, family, VZLITE_CMD_VE_NEW, NLM_F_ACK);
	put_u32(&m, VZLITE_A_VE_ID, id);
	put_u32(&m, VZLITE_A_CGROUP_FD, fd);
	if (*counters)
		put_counters(&m, counters);
	ret = talk(&m, NULL);
	close(fd);
	return ret;
}

static int by_id(int cmd, uint32_t id, void (*each)(const struct nlmsghdr *))
{
	struct message m;

	start(&m, family, cmd, NLM_F_ACK);
	put_u32(&m, VZLITE_A_VE_ID, id);
	return talk(&m, each);
}

static int ve_delete(uint32_t id, int release)
{
	struct message m;

	start(&m, family, VZLITE_CMD_VE_DEL, NLM_F_ACK);
	put_u32(&m, VZLITE_A_VE_ID, id);
	if (release)
		put(&m, VZLITE_A_RELEASE, NULL, 0);
	return talk(&m, NULL);
}

static int churn(uint32_t id, const char *dir)
{
	char *none = NULL;
	int ret;

	do {
		ret = ve_new(id, dir, &none) ?: ve_delete(id, 0);
		usleep(5000);
	} while (!ret);
	return ret;
}

static unsigned int wanted;

static void print_counter(const struct nlmsghdr *n)
{
	const struct nlattr *all = top(n, VZLITE_A_COUNTERS), *item;
	const char *p = (const char *)all + NLA_HDRLEN;
	const char *end = (const char *)all + all->nla_len;

	for (; p < end; p += NLA_ALIGN(item->nla_len)) {
		item = (const void *)p;
		if (value(within(item, VZLITE_COUNTER_A_RESOURCE)) != wanted)
			continue;
		printf("%llu %llu %llu %llu %llu\n",
		       (long long)value(within(item, VZLITE_COUNTER_A_HELD)),
		       (long long)value(within(item, VZLITE_COUNTER_A_MAXHELD)),
		       (long long)value(within(item, VZLITE_COUNTER_A_BARRIER)),
		       (long long)value(within(item, VZLITE_COUNTER_A_LIMIT)),
		       (long long)value(within(item, VZLITE_COUNTER_A_FAILCNT)));
	}
}

static void print_ages(const struct nlmsghdr *n)
{
	const struct nlattr *all = top(n, VZLITE_A_COUNTERS), *item;
	const char *p = (const char *)all + NLA_HDRLEN;
	const char *end = (const char *)all + all->nla_len;

	for (; p < end; p += NLA_ALIGN(item->nla_len)) {
		item = (const void *)p;
		if (within(item, VZLITE_COUNTER_A_AGE))
			printf("%llu %llu %llu\n", (long long)value(top(n, VZLITE_A_VE_ID)),
			       (long long)value(within(item, VZLITE_COUNTER_A_RESOURCE)),
			       (long long)value(within(item, VZLITE_COUNTER_A_AGE)));
	}
}

static void print_resources(const struct nlmsghdr *n)
{
	const struct nlattr *all = top(n, VZLITE_A_COUNTERS), *item;
	const char *p = (const char *)all + NLA_HDRLEN;
	const char *end = (const char *)all + all->nla_len;

	printf("%llu:", (long long)value(top(n, VZLITE_A_VE_ID)));
	for (; p < end; p += NLA_ALIGN(item->nla_len)) {
		item = (const void *)p;
		printf("%llu,", (long long)value(within(item, VZLITE_COUNTER_A_RESOURCE)));
	}
	printf("\n");
}

/* @id 0: a dump. */
static int masked(uint64_t mask, uint32_t id, void (*print)(const struct nlmsghdr *))
{
	struct message m;

	start(&m, family, VZLITE_CMD_COUNTER_GET, id ? NLM_F_ACK : NLM_F_DUMP);
	if (id)
		put_u32(&m, VZLITE_A_VE_ID, id);
	put_u64(&m, VZLITE_A_RESOURCE_MASK, mask);
	return talk(&m, print);
}

static void print_id(const struct nlmsghdr *n)
{
	printf("%llu\n", (long long)value(top(n, VZLITE_A_VE_ID)));
}

static void print_features(const struct nlmsghdr *n)
{
	const struct nlattr *a = top(n, VZLITE_A_FEATURES);

	printf("%s\n", !a ? "?" : value(a) & VZLITE_FEATURE_VIEWS ? "on" : "off");
}

static void print_views(const struct nlmsghdr *n)
{
	const struct nlattr *all = top(n, VZLITE_A_VIEWS), *item;
	const char *p = (const char *)all + NLA_HDRLEN;
	const char *end = all ? (const char *)all + all->nla_len : p;

	for (; p < end; p += NLA_ALIGN(item->nla_len)) {
		item = (const void *)p;
		printf("%s %s\n", text(within(item, VZLITE_VIEW_A_NAME)),
		       within(item, VZLITE_VIEW_A_MISSING) ?
		       text(within(item, VZLITE_VIEW_A_MISSING)) : "-");
	}
}

/* @state may be NULL. */
static int views(uint32_t id, const char *state)
{
	uint32_t features[2] = { state && !strcmp(state, "on") ? VZLITE_FEATURE_VIEWS : 0,
				 VZLITE_FEATURE_VIEWS };
	struct message m;

	if (!id) {
		start(&m, family, VZLITE_CMD_MODULE_GET, NLM_F_ACK);
		return talk(&m, print_views);
	}
	if (!state)
		return by_id(VZLITE_CMD_VE_GET, id, print_features);
	start(&m, family, VZLITE_CMD_VE_SET, NLM_F_ACK);
	put_u32(&m, VZLITE_A_VE_ID, id);
	put(&m, VZLITE_A_FEATURES, features, sizeof(features));
	return talk(&m, NULL);
}

static int dump(int cmd, void (*print)(const struct nlmsghdr *))
{
	struct message m;

	start(&m, family, cmd, NLM_F_DUMP);
	return talk(&m, print);
}

static int events(int count, int seconds)
{
	struct pollfd p = { .fd = sock, .events = POLLIN };
	char buf[8192];
	ssize_t len;

	if (setsockopt(sock, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)))
		return errno;
	printf("listening\n");
	fflush(stdout);
	while (count > 0) {
		struct nlmsghdr *n = (void *)buf;
		const struct nlattr *item;

		if (poll(&p, 1, seconds * 1000) <= 0)
			return ETIMEDOUT;
		len = recv(sock, buf, sizeof(buf), 0);
		if (len < 0)
			return errno;
		item = within(top(n, VZLITE_A_COUNTERS), VZLITE_ITEM);
		printf("%llu %llu %llu %s %llu %llu\n",
		       (long long)value(top(n, VZLITE_A_VE_ID)),
		       (long long)value(within(item, VZLITE_COUNTER_A_RESOURCE)),
		       (long long)value(top(n, VZLITE_A_PID)), text(top(n, VZLITE_A_COMM)),
		       (long long)value(top(n, VZLITE_A_HITS)),
		       (long long)value(within(item, VZLITE_COUNTER_A_FAILCNT)));
		fflush(stdout);
		count--;
	}
	return 0;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	uint32_t id = argc > 2 ? strtoul(argv[2], NULL, 0) : 0;
	int ret;

	ret = resolve();
	if (ret)
		return fprintf(stderr, "vznl: no family: %s\n", strerror(ret)), ret;
	if (!strcmp(what, "new") && argc > 3)
		ret = ve_new(id, argv[3], argv + 4);
	else if (!strcmp(what, "churn") && argc > 3)
		ret = churn(id, argv[3]);
	else if (!strcmp(what, "set") && argc > 3) {
		struct message m;

		start(&m, family, VZLITE_CMD_VE_SET, NLM_F_ACK);
		put_u32(&m, VZLITE_A_VE_ID, id);
		put_counters(&m, argv + 3);
		ret = talk(&m, NULL);
	} else if (!strcmp(what, "views"))
		ret = views(id, argc > 3 ? argv[3] : NULL);
	else if (!strcmp(what, "del") && argc > 2)
		ret = ve_delete(id, argc > 3 && !strcmp(argv[3], "release"));
	else if (!strcmp(what, "counter") && argc > 3) {
		wanted = strtoul(argv[3], NULL, 0);
		ret = argc > 4 ? masked(1ULL << wanted, id, print_counter)
			       : by_id(VZLITE_CMD_COUNTER_GET, id, print_counter);
	} else if (!strcmp(what, "mask") && argc > 2)
		ret = masked(strtoull(argv[2], NULL, 0), argc > 3 ? atoi(argv[3]) : 0,
			     print_resources);
	else if (!strcmp(what, "list"))
		ret = dump(VZLITE_CMD_VE_GET, print_id);
	else if (!strcmp(what, "dump"))
		ret = dump(VZLITE_CMD_COUNTER_GET, NULL);
	else if (!strcmp(what, "ages"))
		ret = dump(VZLITE_CMD_COUNTER_GET, print_ages);
	else if (!strcmp(what, "events") && argc > 3)
		ret = events(id, atoi(argv[3]));
	else
		ret = 200;
	if (ret && ret != 200)
		fprintf(stderr, "vznl: %s: %s\n", what, strerror(ret));
	return ret;
}
