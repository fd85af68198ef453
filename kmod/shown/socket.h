/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tcpsndbuf, tcprcvbuf, othersockbuf, dgramrcvbuf: bytes of the buffers of all sockets
 * that the VE pays for, with the kernel's own overhead (truesize), as OpenVZ counts:
 *
 *   tcpsndbuf, tcprcvbuf   of TCP: written and not yet acknowledged; come in and not
 *                          yet read
 *   othersockbuf           of all others: written and not yet taken by the network, or,
 *                          AF_UNIX, by the reader
 *   dgramrcvbuf            of all others: come in and not yet read
 *
 * They are sampled (sample.h): one walk over the ledger sums those of all VEs. It is
 * made every 10 seconds, and at most once a second when somebody asks for one VE, by
 * work; so a tenant's 100,000 sockets cost some tens of instructions each of that,
 * however often he asks, and no reader waits for more than two walks. Nobody limits them but memory.max, which they
 * count in; barrier and limit are "unlimited", failcnt is 0.
 */
#ifndef VZLITE_SOCKET_H
#define VZLITE_SOCKET_H

/* Take a sample of all VEs unless the last is younger than a second. Sleeps. */
void vz_socket_sample(void);

#endif
