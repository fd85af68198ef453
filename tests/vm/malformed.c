// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Messages that the module must refuse.
 *
 *   malformed each DIR       ok / not ok lines; DIR is a cgroup
 *   malformed flood COUNT    COUNT random ones; fails if one that is to change something is taken
 */
#include "vznl.h"

static int bad;

static void expect(const char *what, struct message *m, int want)
{
	int got = talk(m, NULL);

	if (got != want)
		bad = 1;
	printf("%s - %s: %s\n", got == want ? "ok" : "not ok", what,
	       got ? strerror(got) : "accepted");
}

/* Descriptors that messages name: the cgroup, one that is none, and one that is not open. */
enum { CGROUP = 100, NO_CGROUP = 101, CLOSED = 999 };

/* What a message is put together of. */
struct part {
	enum { END, U32, U64, BYTES, COUNTER, CUT } kind;
	int type;		/* of the attribute; of a counter its resource */
	uint64_t value;		/* of a counter its barrier; of bytes, how many */
	uint64_t limit;
	const char *bytes;
};

#define U32(t, v) { .kind = U32, .type = t, .value = v }
#define U64(t, v) { .kind = U64, .type = t, .value = v }
#define BYTES(t, b, n) { .kind = BYTES, .type = t, .bytes = b, .value = n }
/* -1: without a resource; NONE: without a limit. */
#define COUNTER(r, b, l) { .kind = COUNTER, .type = r, .value = b, .limit = l }
#define NONE (UINT64_MAX - 1)
#define CUT_OFF { .kind = CUT }	/* the last 4 bytes are missing */

#define ID(v) U32(VZLITE_A_VE_ID, v)
#define FD(v) U32(VZLITE_A_CGROUP_FD, v)
#define GOOD ID(900), FD(CGROUP)	/* would make a VE */
#define LONG_NAME "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

#define NEW VZLITE_CMD_VE_NEW, NLM_F_ACK
#define DELETE VZLITE_CMD_VE_DEL, NLM_F_ACK
#define MODULE VZLITE_CMD_MODULE_GET, NLM_F_ACK
#define DUMP_VES VZLITE_CMD_VE_GET, NLM_F_DUMP
#define DUMP_COUNTERS VZLITE_CMD_COUNTER_GET, NLM_F_DUMP

/* In this order: the last says that none of the others made a VE. */
static const struct {
	const char *what;
	int command, flags, want;
	struct part parts[4];
} messages[] = {
	{ "new without any attribute", NEW, EINVAL, { } },
	{ "new without a cgroup", NEW, EINVAL, { ID(900) } },
	{ "new with two cgroups", NEW, EINVAL, { GOOD, U64(VZLITE_A_CGROUP_ID, 1) } },
	{ "new with an fd that is no cgroup", NEW, EBADF, { ID(900), FD(NO_CGROUP) } },
	{ "new with an fd that is not open", NEW, EBADF, { ID(900), FD(CLOSED) } },
	{ "new with id 0", NEW, ERANGE, { ID(0), FD(CGROUP) } },
	{ "new with id 2^31", NEW, ERANGE, { ID(2147483648u), FD(CGROUP) } },
	{ "short id", NEW, EINVAL, { BYTES(VZLITE_A_VE_ID, "ab", 2), FD(CGROUP) } },
	{ "long id", NEW, EINVAL, { U64(VZLITE_A_VE_ID, 900), FD(CGROUP) } },
	{ "id twice", NEW, EINVAL, { GOOD, ID(901) } },
	{ "unknown attribute", NEW, EINVAL, { GOOD, U32(VZLITE_A_MAX + 7, 1) } },
	{ "attribute of another command", NEW, EINVAL, { GOOD, U32(VZLITE_A_PID, 1) } },
	{ "name too long", NEW, EINVAL, { GOOD, BYTES(VZLITE_A_VE_NAME, LONG_NAME, 80) } },
	{ "name without its end", NEW, EINVAL, { GOOD, BYTES(VZLITE_A_VE_NAME, "abc", 3) } },
	{ "name that goes on behind its end", NEW, EINVAL, { GOOD, BYTES(VZLITE_A_VE_NAME, "abc\0def", 8) } },
	{ "name with a newline", NEW, EINVAL, { GOOD, BYTES(VZLITE_A_VE_NAME, "a\nb", 4) } },
	{ "name with a path", NEW, EINVAL, { GOOD, BYTES(VZLITE_A_VE_NAME, "../x", 5) } },
	{ "barrier above limit", NEW, EINVAL, { GOOD, COUNTER(VZLITE_NUMPROC, 20, 10) } },
	{ "limit 2^64-1", NEW, ERANGE, { GOOD, COUNTER(VZLITE_NUMPROC, 20, UINT64_MAX) } },
	{ "counter without a limit", NEW, EINVAL, { GOOD, COUNTER(VZLITE_NUMPROC, 20, NONE) } },
	{ "unknown resource", NEW, ERANGE, { GOOD, COUNTER(25, 1, 2) } },
	{ "counter without a resource", NEW, EINVAL, { GOOD, COUNTER(-1, 1, 2) } },
	{ "message cut off", NEW, EINVAL, { GOOD, COUNTER(VZLITE_NUMPROC, 1, 2), CUT_OFF } },
	{ "a feature that does not exist", NEW, EINVAL, { GOOD, U64(VZLITE_A_FEATURES, 2ULL << 32 | 2) } },
	{ "a feature that is on and not selected", NEW, EINVAL, { GOOD, U64(VZLITE_A_FEATURES, 1) } },
	{ "short features", NEW, ERANGE, { GOOD, U32(VZLITE_A_FEATURES, 1) } },
	{ "module get with the last attribute", MODULE, EINVAL, { U64(VZLITE_A_HITS, 1) } },
	{ "module get with another", MODULE, EINVAL, { U32(VZLITE_A_RESOURCES, 3) } },
	{ "unknown command", 99, NLM_F_ACK, EOPNOTSUPP, { } },
	{ "an event as a request", VZLITE_CMD_LIMIT_EVENT, NLM_F_ACK, EOPNOTSUPP, { } },
	{ "dump with attributes", DUMP_VES, EINVAL, { ID(900) } },
	{ "dump of counters of one VE", DUMP_COUNTERS, EINVAL, { ID(900), U64(VZLITE_A_RESOURCE_MASK, 1) } },
	{ "dump of counters with two masks", DUMP_COUNTERS, EINVAL,
	  { U64(VZLITE_A_RESOURCE_MASK, 1), U64(VZLITE_A_RESOURCE_MASK, 2) } },
	{ "dump of counters with a short mask", DUMP_COUNTERS, EINVAL, { U32(VZLITE_A_RESOURCE_MASK, 1) } },
	{ "dump of counters with a name", DUMP_COUNTERS, EINVAL, { BYTES(VZLITE_A_VE_NAME, "x", 2) } },
	{ "dump of VEs with a mask", DUMP_VES, EINVAL, { U64(VZLITE_A_RESOURCE_MASK, 1) } },
	{ "delete with a flag that says something", DELETE, ERANGE, { ID(900), U32(VZLITE_A_RELEASE, 1) } },
	{ "delete with a name", DELETE, EINVAL, { ID(900), BYTES(VZLITE_A_VE_NAME, "x", 2) } },
	{ "release of no VE", DELETE, ENOENT, { ID(900), BYTES(VZLITE_A_RELEASE, NULL, 0) } },
	{ "delete of no VE (none of the above made one)", DELETE, ENOENT, { ID(900) } },
};

static void put_counter(struct message *m, const struct part *p)
{
	struct nlattr *all = nest(m, VZLITE_A_COUNTERS), *item = nest(m, VZLITE_ITEM);

	if (p->type >= 0)
		put_u32(m, VZLITE_COUNTER_A_RESOURCE, p->type);
	put_u64(m, VZLITE_COUNTER_A_BARRIER, p->value);
	if (p->limit != NONE)
		put_u64(m, VZLITE_COUNTER_A_LIMIT, p->limit);
	nest_end(m, item);
	nest_end(m, all);
}

static void put_part(struct message *m, const struct part *p)
{
	switch (p->kind) {
	case END: break;
	case U32: put_u32(m, p->type, p->value); break;
	case U64: put_u64(m, p->type, p->value); break;
	case BYTES: put(m, p->type, p->bytes, p->value); break;
	case COUNTER: put_counter(m, p); break;
	case CUT: m->n.nlmsg_len -= 4; break;
	}
}

static int malformed(const char *dir)
{
	struct message m;

	if (dup2(open(dir, O_RDONLY | O_DIRECTORY), CGROUP) < 0 ||
	    dup2(open("/dev/null", O_RDONLY), NO_CGROUP) < 0)
		return perror(dir), 1;
	for (size_t i = 0; i < sizeof(messages) / sizeof(messages[0]); i++) {
		start(&m, family, messages[i].command, messages[i].flags);
		for (size_t k = 0; k < sizeof(messages[i].parts) / sizeof(messages[i].parts[0]); k++)
			put_part(&m, &messages[i].parts[k]);
		expect(messages[i].what, &m, messages[i].want);
	}
	return bad;
}

/* Random bytes behind valid headers: nothing may come of it but errors, and answers to who asks. */
static int flood(int count)
{
	struct message m;
	int len, i, command, refused = 0, all = count;

	srandom(1);
	while (count--) {
		command = random() % 9;
		start(&m, family, command, NLM_F_ACK);
		len = random() % 200;
		for (i = 0; i < len; i++)
			m.data[i] = random() % 4 ? random() % 16 : random();
		m.n.nlmsg_len += len;
		if (talk(&m, NULL))
			refused++;
		else if (command == VZLITE_CMD_VE_NEW || command == VZLITE_CMD_VE_SET ||
			 command == VZLITE_CMD_VE_DEL)
			bad = 1;
	}
	printf("# %d of %d refused\n", refused, all);
	return bad || !refused;
}

int main(int argc, char **argv)
{
	int ret = argc == 3 ? resolve() : EINVAL;

	if (ret)
		return fprintf(stderr, "malformed: %s\n", strerror(ret)), ret;
	return strcmp(argv[1], "flood") ? malformed(argv[2]) : flood(atoi(argv[2]));
}
