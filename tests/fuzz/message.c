// SPDX-License-Identifier: GPL-2.0-or-later
/* What the module answers and tells, of any bytes: the reader of it takes no byte behind its end. */
#include <linux/genetlink.h>
#include <netlink/attr.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "message.h"
#include "module.h"

static void put_counter(struct nl_msg *msg, int type)
{
	struct nlattr *item = nla_nest_start(msg, type);

	nla_put_u32(msg, VZLITE_COUNTER_A_RESOURCE, VZLITE_NUMPROC);
	for (int a = VZLITE_COUNTER_A_HELD; a <= VZLITE_COUNTER_A_FAILCNT; a++)
		nla_put_u64(msg, a, 240);
	nla_put_u32(msg, VZLITE_COUNTER_A_ENFORCER, VZLITE_ENFORCER_MODULE);
	nla_nest_end(msg, item);
}

static void put_names(struct nl_msg *msg, int list, int name, int missing)
{
	struct nlattr *array = nla_nest_start(msg, list), *item = nla_nest_start(msg, VZLITE_ITEM);

	if (list == VZLITE_A_RESOURCES) {
		nla_put_u32(msg, VZLITE_RESOURCE_A_ID, VZLITE_NUMFILE);
		nla_put_u32(msg, VZLITE_RESOURCE_A_ENFORCER, VZLITE_ENFORCER_MODULE);
	}
	nla_put_string(msg, name, "numfile");
	nla_put_string(msg, missing, "alloc_empty_file");
	nla_nest_end(msg, item);
	nla_nest_end(msg, array);
}

static void put_info(struct nl_msg *msg)
{
	nla_put_string(msg, VZLITE_A_VERSION, "0.1.0");
	nla_put_u32(msg, VZLITE_A_VE_COUNT, 3);
	nla_put_u32(msg, VZLITE_A_ZOMBIE_COUNT, 1);
	nla_put_string(msg, VZLITE_A_END_MISSING, "do_exit");
	put_names(msg, VZLITE_A_RESOURCES, VZLITE_RESOURCE_A_NAME, VZLITE_RESOURCE_A_MISSING);
	put_names(msg, VZLITE_A_VIEWS, VZLITE_VIEW_A_NAME, VZLITE_VIEW_A_MISSING);
}

static void put_ve(struct nl_msg *msg, int command)
{
	const struct nla_bitfield32 features = { 1, 1 };
	struct nlattr *array;

	nla_put_u32(msg, VZLITE_A_VE_ID, 101);
	nla_put_string(msg, VZLITE_A_VE_NAME, "web");
	if (command == VZLITE_CMD_VE_GET) {
		nla_put_u64(msg, VZLITE_A_CGROUP_ID, 4711);
		nla_put_u8(msg, VZLITE_A_POPULATED, 1);
		nla_put(msg, VZLITE_A_FEATURES, sizeof(features), &features);
	}
	if (command == VZLITE_CMD_VE_GET || command == VZLITE_CMD_END_EVENT) {
		nla_put_u32(msg, VZLITE_A_END, VZLITE_END_REBOOT);
		nla_put_u32(msg, VZLITE_A_WAIT_STATUS, 9);
	}
	if (command != VZLITE_CMD_COUNTER_GET && command != VZLITE_CMD_LIMIT_EVENT)
		return;
	array = nla_nest_start(msg, VZLITE_A_COUNTERS);
	put_counter(msg, VZLITE_ITEM);
	nla_nest_end(msg, array);
	if (command == VZLITE_CMD_COUNTER_GET)
		return;
	nla_put_u32(msg, VZLITE_A_PID, 4711);
	nla_put_string(msg, VZLITE_A_COMM, "forkbomb");
	nla_put_u64(msg, VZLITE_A_HITS, 7);
}

static struct nl_msg *reply(int command)
{
	struct nl_msg *msg = message_new(GENL_ID_CTRL, command, 0);

	if (command == VZLITE_CMD_MODULE_GET)
		put_info(msg);
	else
		put_ve(msg, command);
	return msg;
}

size_t fuzz_seed(size_t i, uint8_t data[FUZZ_MAX])
{
	struct nl_msg *msg;
	size_t size;

	if (i > VZLITE_CMD_MAX)
		return 0;
	msg = reply(i);
	size = nlmsg_hdr(msg)->nlmsg_len;
	memcpy(data, nlmsg_hdr(msg), size);
	nlmsg_free(msg);
	return size;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct counter counters[VZLITE_RESOURCE_COUNT];
	struct limit_event event;
	struct module_info info;
	struct module_ve ve;
	struct nlmsghdr *nlh;
	char text[256];
	bool there;

	/* libnl takes no message whose length is another than that of what came. */
	if (size < sizeof(*nlh))
		return 0;
	nlh = malloc(size);
	fuzz_assert(nlh);
	memcpy(nlh, data, size);
	nlh->nlmsg_len = size;
	(void)message_command(nlh);
	if (message_parse_info(nlh, &info))
		fuzz_assert(memchr(info.version, '\0', sizeof(info.version)));
	if (message_parse_ve(nlh, &ve))
		fuzz_assert(memchr(ve.name, '\0', sizeof(ve.name)));
	(void)message_parse_counters(nlh, &ve, counters);
	(void)message_parse_end(nlh, &ve);
	if (message_parse_event(nlh, &event))
		fuzz_assert(event.resource < VZLITE_RESOURCE_COUNT && memchr(event.comm, '\0', sizeof(event.comm)));
	(void)message_parse_family(nlh, &there);
	message_error_text(nlh, text, sizeof(text));
	fuzz_assert(memchr(text, '\0', sizeof(text)));
	free(nlh);
	return 0;
}
