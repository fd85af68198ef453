// SPDX-License-Identifier: GPL-2.0-or-later
#include "hold.h"

static const int terminals[] = { SIGINT, SIGHUP, SIGQUIT };

void hold_signals(bool term, sigset_t *old)
{
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < ARRAY_SIZE(terminals); i++)
		sigaddset(&set, terminals[i]);
	if (term)
		sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, old);
}

void hold_stops(sigset_t *old)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTSTP);
	sigaddset(&set, SIGTTIN);
	sigaddset(&set, SIGTTOU);
	sigprocmask(SIG_BLOCK, &set, old);
}

bool hold_pending(void)
{
	sigset_t set;
	bool any;

	if (sigpending(&set))
		return false;
	any = sigismember(&set, SIGTERM) == 1;
	for (size_t i = 0; i < ARRAY_SIZE(terminals); i++)
		any = any || sigismember(&set, terminals[i]) == 1;
	return any;
}

void hold_end(const sigset_t *old)
{
	sigprocmask(SIG_SETMASK, old, NULL);
}
