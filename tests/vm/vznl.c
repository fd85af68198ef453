// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The module's netlink family without any library: for the module's own tests,
 * and to say what no library would let one say.
 *
 *   vznl new ID DIR [RESOURCE=BARRIER:LIMIT]...   RESOURCE: a number of enum vzlite_resource
 *   vznl set ID RESOURCE=BARRIER:LIMIT...
 *   vznl views ID on|off          switch the feature; without on|off: what it is
 *   vznl views                    "name missing" of each view ("-": nothing is missing)
 *   vznl del ID [release]         also while tasks live in it
 *   vznl counter ID RESOURCE      "held maxheld barrier limit failcnt"
 *   vznl list                     the ids of a dump
 *   vznl dump                     take all counters of all VEs and look at none
 *   vznl ages                     "id resource milliseconds" of what is not of now in a dump
 *   vznl events COUNT SECONDS     "id resource pid comm hits failcnt" for each
 *   vznl malformed DIR            ok / not ok lines
 *   vznl flood COUNT              COUNT malformed messages, random
 * Exit status: 0, or the errno that the module answered.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "uapi/vzlite.h"

struct message {
	struct nlmsghdr n;
	struct genlmsghdr g;
	char data[8192];
};

static int sock, family, group;
static unsigned int sequence;

static void start(struct message *m, int type, int cmd, int flags)
{
	memset(m, 0, sizeof(*m));
	m->n.nlmsg_len = NLMSG_LENGTH(GENL_HDRLEN);
	m->n.nlmsg_type = type;
	m->n.nlmsg_flags = NLM_F_REQUEST | flags;
	m->n.nlmsg_seq = ++sequence;
	m->g.cmd = cmd;
	m->g.version = 1;
}

static struct nlattr *put(struct message *m, int type, const void *data, int len)
{
	struct nlattr *a = (void *)((char *)m + NLMSG_ALIGN(m->n.nlmsg_len));

	a->nla_type = type;
	a->nla_len = NLA_HDRLEN + len;
	if (len)
		memcpy((char *)a + NLA_HDRLEN, data, len);
	m->n.nlmsg_len = NLMSG_ALIGN(m->n.nlmsg_len) + NLA_ALIGN(a->nla_len);
	return a;
}

static void put_u32(struct message *m, int type, uint32_t v) { put(m, type, &v, 4); }
static void put_u64(struct message *m, int type, uint64_t v) { put(m, type, &v, 8); }

static struct nlattr *nest(struct message *m, int type)
{
	return put(m, type | NLA_F_NESTED, NULL, 0);
}

static void nest_end(struct message *m, struct nlattr *a)
{
	a->nla_len = (char *)m + m->n.nlmsg_len - (char *)a;
}

static const struct nlattr *find(const void *head, int len, int type)
{
	const struct nlattr *a = head;

	while (len >= NLA_HDRLEN && a->nla_len >= NLA_HDRLEN && a->nla_len <= len) {
		if ((a->nla_type & NLA_TYPE_MASK) == type)
			return a;
		len -= NLA_ALIGN(a->nla_len);
		a = (const void *)((const char *)a + NLA_ALIGN(a->nla_len));
	}
	return NULL;
}

static const struct nlattr *within(const struct nlattr *a, int type)
{
	return a ? find((const char *)a + NLA_HDRLEN, a->nla_len - NLA_HDRLEN, type) : NULL;
}

static uint64_t value(const struct nlattr *a)
{
	uint64_t v = 0;

	if (a)
		memcpy(&v, (const char *)a + NLA_HDRLEN, a->nla_len - NLA_HDRLEN > 4 ? 8 : 4);
	return v;
}

static const char *text(const struct nlattr *a)
{
	return a ? (const char *)a + NLA_HDRLEN : "?";
}

static const struct nlattr *top(const struct nlmsghdr *n, int type)
{
	return find((const char *)n + NLMSG_LENGTH(GENL_HDRLEN),
		    n->nlmsg_len - NLMSG_LENGTH(GENL_HDRLEN), type);
}

/* Send; call @each for every answer until the ack or the end. The errno. */
static int talk(struct message *m, void (*each)(const struct nlmsghdr *))
{
	static char buf[1 << 17];
	ssize_t len;

	if (send(sock, m, m->n.nlmsg_len, 0) < 0)
		return errno;
	for (;;) {
		struct nlmsghdr *n = (void *)buf;

		len = recv(sock, buf, sizeof(buf), 0);
		if (len < 0)
			return errno;
		for (; NLMSG_OK(n, len); n = NLMSG_NEXT(n, len)) {
			if (n->nlmsg_seq != sequence)
				continue;
			if (n->nlmsg_type == NLMSG_ERROR)
				return -((struct nlmsgerr *)NLMSG_DATA(n))->error;
			if (n->nlmsg_type == NLMSG_DONE)
				return -*(int *)NLMSG_DATA(n);
			if (each)
				each(n);
		}
	}
}

static void learn_family(const struct nlmsghdr *n)
{
	family = value(top(n, CTRL_ATTR_FAMILY_ID)) & 0xffff;
	group = value(within(within(top(n, CTRL_ATTR_MCAST_GROUPS), 1), CTRL_ATTR_MCAST_GRP_ID));
}

static int resolve(void)
{
	struct message m;

	start(&m, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, NLM_F_ACK);
	put(&m, CTRL_ATTR_FAMILY_NAME, VZLITE_GENL_NAME, sizeof(VZLITE_GENL_NAME));
	return talk(&m, learn_family);
}

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

static int bad;

static void expect(const char *what, struct message *m, int want)
{
	int got = talk(m, NULL);

	if (got != want)
		bad = 1;
	printf("%s - %s: %s\n", got == want ? "ok" : "not ok", what,
	       got ? strerror(got) : "accepted");
}

static void begin_new(struct message *m, int fd)
{
	start(m, family, VZLITE_CMD_VE_NEW, NLM_F_ACK);
	put_u32(m, VZLITE_A_VE_ID, 900);
	put_u32(m, VZLITE_A_CGROUP_FD, fd);
}

static void one_counter(struct message *m, int resource, int64_t barrier, int64_t limit)
{
	struct nlattr *all = nest(m, VZLITE_A_COUNTERS), *item = nest(m, VZLITE_ITEM);

	if (resource >= 0)
		put_u32(m, VZLITE_COUNTER_A_RESOURCE, resource);
	put_u64(m, VZLITE_COUNTER_A_BARRIER, barrier);
	if (limit != -2)
		put_u64(m, VZLITE_COUNTER_A_LIMIT, limit);
	nest_end(m, item);
	nest_end(m, all);
}

static int malformed(const char *dir)
{
	char longname[80];
	struct message m;
	int fd = open(dir, O_RDONLY | O_DIRECTORY), null = open("/dev/null", O_RDONLY);

	start(&m, family, VZLITE_CMD_VE_NEW, NLM_F_ACK);
	expect("new without any attribute", &m, EINVAL);
	start(&m, family, VZLITE_CMD_VE_NEW, NLM_F_ACK);
	put_u32(&m, VZLITE_A_VE_ID, 900);
	expect("new without a cgroup", &m, EINVAL);
	begin_new(&m, fd);
	put_u64(&m, VZLITE_A_CGROUP_ID, 1);
	expect("new with two cgroups", &m, EINVAL);
	begin_new(&m, null);
	expect("new with an fd that is no cgroup", &m, EBADF);
	begin_new(&m, 999);
	expect("new with an fd that is not open", &m, EBADF);
	start(&m, family, VZLITE_CMD_VE_NEW, NLM_F_ACK);
	put_u32(&m, VZLITE_A_VE_ID, 0);
	put_u32(&m, VZLITE_A_CGROUP_FD, fd);
	expect("new with id 0", &m, ERANGE);
	start(&m, family, VZLITE_CMD_VE_NEW, NLM_F_ACK);
	put_u32(&m, VZLITE_A_VE_ID, 2147483648u);
	put_u32(&m, VZLITE_A_CGROUP_FD, fd);
	expect("new with id 2^31", &m, ERANGE);
	start(&m, family, VZLITE_CMD_VE_NEW, NLM_F_ACK);
	put(&m, VZLITE_A_VE_ID, "ab", 2);
	put_u32(&m, VZLITE_A_CGROUP_FD, fd);
	expect("short id", &m, EINVAL);
	start(&m, family, VZLITE_CMD_VE_NEW, NLM_F_ACK);
	put_u64(&m, VZLITE_A_VE_ID, 900);
	put_u32(&m, VZLITE_A_CGROUP_FD, fd);
	expect("long id", &m, EINVAL);
	begin_new(&m, fd);
	put_u32(&m, VZLITE_A_VE_ID, 901);
	expect("id twice", &m, EINVAL);
	begin_new(&m, fd);
	put_u32(&m, VZLITE_A_MAX + 7, 1);
	expect("unknown attribute", &m, EINVAL);
	begin_new(&m, fd);
	put_u32(&m, VZLITE_A_PID, 1);
	expect("attribute of another command", &m, EINVAL);
	memset(longname, 'a', sizeof(longname));
	longname[79] = 0;
	begin_new(&m, fd);
	put(&m, VZLITE_A_VE_NAME, longname, 80);
	expect("name too long", &m, EINVAL);
	begin_new(&m, fd);
	put(&m, VZLITE_A_VE_NAME, "abc", 3);
	expect("name without its end", &m, EINVAL);
	begin_new(&m, fd);
	put(&m, VZLITE_A_VE_NAME, "a\nb", 4);
	expect("name with a newline", &m, EINVAL);
	begin_new(&m, fd);
	put(&m, VZLITE_A_VE_NAME, "../x", 5);
	expect("name with a path", &m, EINVAL);
	begin_new(&m, fd);
	one_counter(&m, VZLITE_NUMPROC, 20, 10);
	expect("barrier above limit", &m, EINVAL);
	begin_new(&m, fd);
	one_counter(&m, VZLITE_NUMPROC, 20, -1);
	expect("limit 2^64-1", &m, ERANGE);
	begin_new(&m, fd);
	one_counter(&m, VZLITE_NUMPROC, 20, -2);
	expect("counter without a limit", &m, EINVAL);
	begin_new(&m, fd);
	one_counter(&m, 25, 1, 2);
	expect("unknown resource", &m, ERANGE);
	begin_new(&m, fd);
	one_counter(&m, -1, 1, 2);
	expect("counter without a resource", &m, EINVAL);
	begin_new(&m, fd);
	one_counter(&m, VZLITE_NUMPROC, 1, 2);
	m.n.nlmsg_len -= 4;
	expect("message cut off", &m, EINVAL);
	begin_new(&m, fd);
	put_u64(&m, VZLITE_A_FEATURES, 2ULL << 32 | 2);
	expect("a feature that does not exist", &m, EINVAL);
	begin_new(&m, fd);
	put_u64(&m, VZLITE_A_FEATURES, 1);
	expect("a feature that is on and not selected", &m, EINVAL);
	begin_new(&m, fd);
	put_u32(&m, VZLITE_A_FEATURES, 1);
	expect("short features", &m, ERANGE);
	start(&m, family, VZLITE_CMD_MODULE_GET, NLM_F_ACK);
	put_u64(&m, VZLITE_A_HITS, 1);
	expect("module get with the last attribute", &m, EINVAL);
	start(&m, family, VZLITE_CMD_MODULE_GET, NLM_F_ACK);
	put_u32(&m, VZLITE_A_RESOURCES, 3);
	expect("module get with another", &m, EINVAL);
	start(&m, family, 99, NLM_F_ACK);
	expect("unknown command", &m, EOPNOTSUPP);
	start(&m, family, VZLITE_CMD_LIMIT_EVENT, NLM_F_ACK);
	expect("an event as a request", &m, EOPNOTSUPP);
	start(&m, family, VZLITE_CMD_VE_GET, NLM_F_DUMP);
	put_u32(&m, VZLITE_A_VE_ID, 900);
	expect("dump with attributes", &m, EINVAL);
	start(&m, family, VZLITE_CMD_VE_DEL, NLM_F_ACK);
	put_u32(&m, VZLITE_A_VE_ID, 900);
	put_u32(&m, VZLITE_A_RELEASE, 1);
	expect("delete with a flag that says something", &m, ERANGE);
	start(&m, family, VZLITE_CMD_VE_DEL, NLM_F_ACK);
	put_u32(&m, VZLITE_A_VE_ID, 900);
	put(&m, VZLITE_A_VE_NAME, "x", 2);
	expect("delete with a name", &m, EINVAL);
	start(&m, family, VZLITE_CMD_VE_DEL, NLM_F_ACK);
	put_u32(&m, VZLITE_A_VE_ID, 900);
	put(&m, VZLITE_A_RELEASE, NULL, 0);
	expect("release of no VE", &m, ENOENT);
	start(&m, family, VZLITE_CMD_VE_DEL, NLM_F_ACK);
	put_u32(&m, VZLITE_A_VE_ID, 900);
	expect("delete of no VE (none of the above made one)", &m, ENOENT);
	return bad;
}

/* Random bytes behind valid headers: nothing may come of it but errors. */
static int flood(int count)
{
	struct message m;
	int len, i;

	srandom(1);
	while (count--) {
		start(&m, family, random() % 9, NLM_F_ACK);
		len = random() % 200;
		for (i = 0; i < len; i++)
			m.data[i] = random() % 4 ? random() % 16 : random();
		m.n.nlmsg_len += len;
		talk(&m, NULL);
	}
	return 0;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	uint32_t id = argc > 2 ? strtoul(argv[2], NULL, 0) : 0;
	int ret;

	sock = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	ret = sock < 0 ? errno : resolve();
	if (ret)
		return fprintf(stderr, "vznl: no family: %s\n", strerror(ret)), ret;
	if (!strcmp(what, "new") && argc > 3)
		ret = ve_new(id, argv[3], argv + 4);
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
		ret = by_id(VZLITE_CMD_COUNTER_GET, id, print_counter);
	} else if (!strcmp(what, "list"))
		ret = dump(VZLITE_CMD_VE_GET, print_id);
	else if (!strcmp(what, "dump"))
		ret = dump(VZLITE_CMD_COUNTER_GET, NULL);
	else if (!strcmp(what, "ages"))
		ret = dump(VZLITE_CMD_COUNTER_GET, print_ages);
	else if (!strcmp(what, "events") && argc > 3)
		ret = events(id, atoi(argv[3]));
	else if (!strcmp(what, "malformed") && argc > 2)
		ret = malformed(argv[2]);
	else if (!strcmp(what, "flood") && argc > 2)
		ret = flood(id);
	else
		ret = 200;
	if (ret && ret != 200 && strcmp(what, "malformed"))
		fprintf(stderr, "vznl: %s: %s\n", what, strerror(ret));
	return ret;
}
