/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What runs inside the test machine: reads the job that scripts/vm wrote, runs
 * it, hands its output, its status and the kernel log to the host, powers off. Asked by
 * the host, it says what hangs.
 *
 * With --init tiny it is process 1 and sets the machine up first; under systemd
 * it is a service.  It is static, so that it works in every image, and C, so
 * that the arguments of the job pass no shell and an orphan is always reaped.
 */
#ifndef AGENT_H
#define AGENT_H

#include <stdbool.h>
#include <stddef.h>

#define JOB_FILE "/usr/lib/vzlite/vm/job"

/*
 * A job is NUL-terminated strings: "run SECONDS", what the time is, or
 * "shell ROWS COLUMNS TERM", then the argument vector. Or it is "wait", for the job
 * to be on the disk that the argument names.
 */
struct job {
	char *kind;
	char *argv[4096];
};

/* port.c: ports to the host, by the name that scripts/vm gave them; -1 if there is none. */
int open_port(const char *wanted, int mode);
void write_all(int fd, const char *data, size_t size);
/* To the kernel log, with what errno says: there is no better place when a port is missing. */
void complain(const char *what);
/* All of the kernel log; what userland wrote into it is marked. */
void send_kernel_log(void);

/* machine.c: process 1 only: what an init system gives every program. */
void set_machine_up(void);
void write_file(const char *path, const char *text);

/* job.c: false when there is none that makes sense. */
bool read_job(struct job *job);
/* A machine that is to be kept waits here until there is a job on @disk, and says so to @port. */
void take_next_job(const char *disk, int port);

#endif
