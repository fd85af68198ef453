// SPDX-License-Identifier: GPL-2.0-or-later
#include "hold.h"

void hold_signals(bool term, sigset_t *old)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGQUIT);
	if (term)
		sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, old);
}

void hold_end(const sigset_t *old)
{
	sigprocmask(SIG_SETMASK, old, NULL);
}
