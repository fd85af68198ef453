// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "channel.h"

/* What goes over the wire; descriptors go beside it, @has says for which slot. */
struct packet {
	int kind, status, error;
	bool has[CHANNEL_FDS];
};

int channel_open(int ends[2])
{
	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends);
}

int channel_send(int fd, const struct channel_message *m)
{
	struct packet packet = { .kind = m->kind, .status = m->status, .error = m->error };
	union { struct cmsghdr head; char space[CMSG_SPACE(sizeof(int) * CHANNEL_FDS)]; } control;
	struct iovec iov = { .iov_base = &packet, .iov_len = sizeof(packet) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	int fds[CHANNEL_FDS];
	size_t n = 0;

	for (size_t i = 0; i < CHANNEL_FDS; i++) {
		packet.has[i] = m->fds[i] >= 0;
		if (packet.has[i])
			fds[n++] = m->fds[i];
	}
	if (n) {
		memset(&control, 0, sizeof(control));
		control.head.cmsg_level = SOL_SOCKET;
		control.head.cmsg_type = SCM_RIGHTS;
		control.head.cmsg_len = CMSG_LEN(sizeof(int) * n);
		memcpy(CMSG_DATA(&control.head), fds, sizeof(int) * n);
		msg.msg_control = &control;
		msg.msg_controllen = CMSG_SPACE(sizeof(int) * n);
	}
	return sendmsg(fd, &msg, MSG_NOSIGNAL) == sizeof(packet) ? 0 : -1;
}

/* The descriptors that came, put where @packet says; surplus ones are closed. */
static void take_fds(struct msghdr *msg, const struct packet *packet, struct channel_message *m)
{
	struct cmsghdr *head = CMSG_FIRSTHDR(msg);
	int fds[CHANNEL_FDS];
	size_t n, next = 0;

	if (!head || head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_RIGHTS)
		return;
	n = (head->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	memcpy(fds, CMSG_DATA(head), n * sizeof(int));
	for (size_t i = 0; i < CHANNEL_FDS; i++)
		if (packet->has[i] && next < n)
			m->fds[i] = fds[next++];
	while (next < n)
		close(fds[next++]);
}

int channel_receive(int fd, struct channel_message *m)
{
	struct packet packet = { .kind = CHANNEL_END };
	union { struct cmsghdr head; char space[CMSG_SPACE(sizeof(int) * CHANNEL_FDS)]; } control;
	struct iovec iov = { .iov_base = &packet, .iov_len = sizeof(packet) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control,
			      .msg_controllen = sizeof(control) };
	ssize_t n;

	do
		n = recvmsg(fd, &msg, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	*m = (struct channel_message){ .kind = CHANNEL_END, .fds = { -1, -1 } };
	if (n < 0 && errno == ECONNRESET)
		return 0;
	if (n < 0)
		return -1;
	if (n == 0)
		return 0;
	take_fds(&msg, &packet, m);
	if (n != sizeof(packet)) {
		errno = EPROTO;
		return -1;
	}
	m->kind = packet.kind;
	m->status = packet.status;
	m->error = packet.error;
	return 0;
}
