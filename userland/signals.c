// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "signals.h"
#include "streams.h"
#include "terminal.h"

#define ANSWER_S 2

static struct {			/* one, as a signal's handler must find it */
	const struct container *c;
	struct spawned *volatile s;	/* NULL: none */
	volatile sig_atomic_t asked;	/* the signal that asked the command to end */
	volatile sig_atomic_t all;	/* that have, a bit for each */
	int killed;			/* it was by this one of them; 0: by none */
} the;

/* As if it had not been caught. It takes effect when the handler returns. */
static void die(int sig)
{
	terminal_restore();
	signal(sig, SIG_DFL);
	raise(sig);
}

/* Its own program does: its end of the channel is closed, whether we have seen it or not. */
static bool runs(const struct spawned *s)
{
	char byte;

	return s->pid > 0 &&
	       (s->channel < 0 || recv(s->channel, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0);
}

static bool frozen(void)
{
	int fd = openat(the.c->cgroup, "cgroup.events", O_RDONLY | O_CLOEXEC);
	char text[128];
	ssize_t n;

	if (fd < 0)
		return false;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[n < 0 ? 0 : n] = '\0';
	return strstr(text, "frozen 1");
}

static void ask_to_end(int sig)
{
	if (the.asked && frozen()) {
		die(sig);
		return;
	}
	the.asked = sig;
	the.all |= 1 << sig;
	alarm(ANSWER_S);
}

void signals_typed(int sig)
{
	struct sigaction action;
	sigset_t all, old;

	/* A handler writes there, too. */
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &old);
	/* One that our caller ignores would not have killed us. */
	if (!sigaction(sig, NULL, &action) && action.sa_handler != SIG_IGN)
		the.all |= 1 << sig;
	/* No core of ours: it is not us who is to be looked at. */
	if (frozen()) {
		die(SIGINT);
		/* Who has started us may have it blocked. */
		sigdelset(&old, SIGINT);
	}
	sigprocmask(SIG_SETMASK, &old, NULL);
}

static void pass_on(int sig)
{
	struct spawned *s = the.s;

	if (!s || s->ended || !runs(s)) {
		/* Its set-up may not hear of our death, if it is about to execute. */
		if (s && !s->ended && s->pidfd >= 0)
			pidfd_send_signal(s->pidfd, SIGKILL, NULL, 0);
		die(sig);
		return;
	}
	/* It leads a session, so it cannot have left its group. The number is its own, and no
	 * other group's, until it is reaped: spawn.c says so before, and SIGCHLD waits for us. */
	kill(-s->pid, sig);
	/* As the kernel does when a terminal hangs up: who is stopped must hear it. */
	if (sig == SIGTERM || sig == SIGHUP)
		kill(-s->pid, SIGCONT);
	if (sig != SIGUSR1 && sig != SIGUSR2)
		ask_to_end(sig);
}

static void handle(int sig)
{
	struct spawned *s = the.s;
	int err = errno;

	if (sig == SIGCHLD) {
		if (s)
			spawn_reap(s);
	} else if (sig == SIGWINCH || sig == SIGCONT) {
		if (sig == SIGCONT)
			terminal_continued();
		if (s)
			terminal_copy_size(the.c, s->terminal);
		/* The kernel tells only whose controlling terminal it is. */
		if (s && sig == SIGWINCH && !s->ended && runs(s) && !streams_control(the.c))
			kill(-s->pid, sig);
	} else if (sig == SIGALRM && the.asked) {
		if (s && !s->ended && frozen())
			die(the.asked);
	} else if (sig == SIGALRM) {
		/* Who has started us had set it. */
		die(sig);
	} else {
		pass_on(sig);
	}
	errno = err;
}

static void catch(int sig)
{
	struct sigaction action = { .sa_handler = handle, .sa_flags = SA_RESTART }, old;

	sigfillset(&action.sa_mask);
	if (!sigaction(sig, &action, &old) && old.sa_handler == SIG_IGN && sig != SIGCHLD)
		sigaction(sig, &old, NULL);
}

void signals_begin(const struct container *c, struct spawned *s)
{
	static const int caught[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2 };

	the.c = c;
	the.s = s;
	for (size_t i = 0; i < ARRAY_SIZE(caught); i++)
		catch(caught[i]);
}

void signals_running(void)
{
	/* Whoever takes what it writes may be long about it: the end is not awaited there. */
	catch(SIGCHLD);
	spawn_reap(the.s);
	catch(SIGALRM);
	if (the.s->terminal < 0)
		return;
	catch(SIGCONT);
	catch(SIGWINCH);
	terminal_copy_size(the.c, the.s->terminal);	/* it may have changed before */
}

void signals_end(void)
{
	const int repeated = 1 << SIGINT | 1 << SIGTERM | 1 << SIGHUP;
	struct spawned *s = the.s;

	the.s = NULL;
	if (s && s->ended && s->killed < 32 && (the.all & repeated & 1 << s->killed))
		the.killed = s->killed;
}

int signals_repeat(int status)
{
	sigset_t set;

	if (!the.killed)
		return status;
	die(the.killed);
	/* Who has started us may have it blocked. */
	sigemptyset(&set);
	sigaddset(&set, the.killed);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	return status;
}
