// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>

#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>

#include "error.h"
#include "module.h"
#include "netlink.h"

/* A dump that VEs keep changing under is taken as it is after so many tries: who came or went
 * meanwhile may be in it or not, all others are in it once. */
#define DUMP_TRIES 20

static void cleanup_msg_(struct nl_msg **msg) { nlmsg_free(*msg); }
#define cleanup_msg __attribute__((cleanup(cleanup_msg_)))

/* A request under way. */
struct exchange {
	const struct request *request;
	size_t replies;
	bool done, malformed;
	int error;		/* the module's errno */
	char text[160];		/* and its words for it */
};

struct nl_sock *netlink_connect(int *status)
{
	cleanup_sock struct nl_sock *sock = nl_socket_alloc();
	int one = 1, err;

	*status = EXIT_SYSTEM;
	if (!sock) {
		*status = fail_memory();
		return NULL;
	}
	err = genl_connect(sock);
	if (err < 0) {
		fail(EXIT_SYSTEM, "%s: open a netlink socket: %s", operation, nl_geterror(err));
		return NULL;
	}
	/* Both only make errors say more: refused is as good. */
	setsockopt(nl_socket_get_fd(sock), SOL_NETLINK, NETLINK_EXT_ACK, &one, sizeof(one));
	setsockopt(nl_socket_get_fd(sock), SOL_NETLINK, NETLINK_CAP_ACK, &one, sizeof(one));
	/* A buffer that any part of a dump fits in, instead of peeking at its size. */
	nl_socket_set_msg_buf_size(sock, 32768);
	return steal_ptr(sock);
}

/* The module's family is there in the host's network namespace only, and we may have been called
 * in another one (ip netns exec, a VRF's). What else we do to the network is in the host's, too. */
static bool enter_hosts(void)
{
	cleanup_close int host = module_loaded_now() ? open("/proc/1/ns/net", O_RDONLY | O_CLOEXEC) : -1;

	return host >= 0 && !setns(host, CLONE_NEWNET);
}

struct nl_sock *netlink_open(int *family, int *status)
{
	cleanup_sock struct nl_sock *sock = netlink_connect(status);
	int err;

	if (!sock)
		return NULL;
	err = genl_ctrl_resolve(sock, VZLITE_GENL_NAME);
	if (err == -NLE_OBJ_NOTFOUND && enter_hosts()) {
		cleanup_sock_(&sock);
		sock = netlink_connect(status);
		if (!sock)
			return NULL;
		err = genl_ctrl_resolve(sock, VZLITE_GENL_NAME);
	}
	if (err == -NLE_OBJ_NOTFOUND) {
		*status = fail(EXIT_NO_MODULE, "%s: the vzlite module is not loaded (modprobe vzlite; "
			       "not installed? see README, make dkms)", operation);
		return NULL;
	}
	if (err < 0) {
		fail(EXIT_SYSTEM, "%s: look for the module: %s", operation, nl_geterror(err));
		return NULL;
	}
	*family = err;
	return steal_ptr(sock);
}

static int on_valid(struct nl_msg *msg, void *arg)
{
	struct exchange *x = arg;
	const struct request *r = x->request;

	x->replies++;
	if (!r->reply || message_command(nlmsg_hdr(msg)) != (int)r->command ||
	    !r->reply(nlmsg_hdr(msg), r->reply_arg))
		x->malformed = true;
	return NL_OK;
}

static int on_ack(struct nl_msg *msg, void *arg)
{
	(void)msg;
	((struct exchange *)arg)->done = true;
	return NL_STOP;
}

/* The end of a dump carries the error that stopped it, if one did. */
static int on_finish(struct nl_msg *msg, void *arg)
{
	struct exchange *x = arg;
	int error;

	if (nlmsg_datalen(nlmsg_hdr(msg)) >= (int)sizeof(error)) {
		memcpy(&error, nlmsg_data(nlmsg_hdr(msg)), sizeof(error));
		if (error < 0)
			x->error = -error;
	}
	x->done = true;
	return NL_STOP;
}

static int on_error(struct sockaddr_nl *from, struct nlmsgerr *err, void *arg)
{
	struct exchange *x = arg;

	(void)from;
	x->error = -err->error;
	x->done = true;
	/* libnl hands out the payload; its header is right before it. */
	message_error_text((struct nlmsghdr *)((char *)err - NLMSG_HDRLEN), x->text,
			   sizeof(x->text));
	return NL_STOP;
}

/* Send @msg and read until the kernel has said its last word. 0 or libnl's error. */
static int exchange(struct nl_sock *sock, struct nl_msg *msg, struct exchange *x)
{
	struct nl_cb *cb = nl_cb_alloc(NL_CB_DEFAULT);
	bool interrupted = false;
	int err;

	if (!cb)
		return -NLE_NOMEM;
	nl_cb_set(cb, NL_CB_VALID, NL_CB_CUSTOM, on_valid, x);
	nl_cb_set(cb, NL_CB_ACK, NL_CB_CUSTOM, on_ack, x);
	nl_cb_set(cb, NL_CB_FINISH, NL_CB_CUSTOM, on_finish, x);
	nl_cb_err(cb, NL_CB_CUSTOM, on_error, x);
	err = nl_send_auto(sock, msg);
	while (err >= 0 && !x->done) {
		err = nl_recvmsgs(sock, cb);
		/* libnl says so for each part: read on to the end. */
		if (err == -NLE_DUMP_INTR) {
			interrupted = true;
			err = 0;
		}
	}
	nl_cb_put(cb);
	if (x->error)
		return 0;
	return err < 0 ? err : interrupted ? -NLE_DUMP_INTR : 0;
}

static int run_once(const struct request *r, struct exchange *x, int *err)
{
	cleanup_sock struct nl_sock *sock = NULL;
	cleanup_msg struct nl_msg *msg = NULL;
	int family, status;

	sock = netlink_open(&family, &status);
	if (!sock)
		return status;
	msg = message_new(family, r->command, r->dump ? NLM_F_DUMP : 0);
	if (!msg || (r->id && !message_put_id(msg, r->id)) ||
	    (r->fill && !r->fill(msg, r->fill_arg)))
		return fail_memory();
	*err = exchange(sock, msg, x);
	return 0;
}

static enum exitcode exit_of(int error)
{
	switch (error) {
	case EPERM:
		return EXIT_NO_PERMISSION;
	case ENOENT:
		return EXIT_NOT_RUNNING;
	case EEXIST:
		return EXIT_RUNNING;
	case EINVAL:
	case ERANGE:
		return EXIT_SETUBC;
	case EOPNOTSUPP:
		return EXIT_NO_MODULE;
	case ENOMEM:
		return EXIT_NO_RESOURCES;
	default:
		return EXIT_SYSTEM;
	}
}

/* "vzlite: set 101: change the limits: Invalid argument (barrier above limit)" */
static int refused(const struct request *r, const struct exchange *x)
{
	char object[16] = "";

	if (r->id)
		snprintf(object, sizeof(object), " %u", r->id);
	return fail(exit_of(x->error), "%s%s: %s: %s%s%s%s", operation, object, r->what,
		    strerror(x->error), *x->text ? " (" : "", x->text, *x->text ? ")" : "");
}

int request_run(struct request *r)
{
	struct exchange x;
	int tries = 0, status, err;

	do {
		x = (struct exchange){ .request = r };
		if (tries && r->restart)
			r->restart(r->reply_arg);
		status = run_once(r, &x, &err);
		if (status)
			return status;
	} while (err == -NLE_DUMP_INTR && ++tries < DUMP_TRIES);
	if (err < 0 && err != -NLE_DUMP_INTR)
		return fail(EXIT_SYSTEM, "%s: %s: %s", operation, r->what, nl_geterror(err));
	r->error = x.error;
	if (x.error)
		return x.error == r->expected[0] || x.error == r->expected[1] ? 0 :
		       refused(r, &x);
	if (x.malformed || (r->reply && !r->dump && x.replies != 1))
		return fail(EXIT_SYSTEM, "%s: %s: the module's answer makes no sense", operation,
			    r->what);
	return 0;
}
