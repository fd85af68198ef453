/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The two ends of a spawn talk over a socket of packets: one kind a message, up
 * to CHANNEL_FDS descriptors with it. A dead peer reads as CHANNEL_END.
 */
#ifndef VZLITE_CHANNEL_H
#define VZLITE_CHANNEL_H

#include "util.h"

#define CHANNEL_FDS 2

enum channel_kind {
	CHANNEL_END,		/* the other end is closed: dead, or executing */
	CHANNEL_MAPPED,		/* to the process: ids are mapped; [root] */
	CHANNEL_READY,		/* from it: set up; [terminal or notify socket]... */
	CHANNEL_GO,		/* to it: execute */
	CHANNEL_FAILED,		/* from it: status and errno */
};

struct channel_message {
	enum channel_kind kind;
	int status;		/* CHANNEL_FAILED: an exitcode; the line was printed */
	int error;		/* CHANNEL_FAILED: errno of exec, 0: nothing to print */
	int fds[CHANNEL_FDS];	/* -1: none; the receiver owns them */
};

int channel_open(int ends[2]);	/* -1 with errno */
int channel_send(int fd, const struct channel_message *m);	/* -1 with errno */
/* Waits. -1 with errno; a closed end is a message of kind CHANNEL_END. */
int channel_receive(int fd, struct channel_message *m);

#endif
