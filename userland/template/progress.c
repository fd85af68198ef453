// SPDX-License-Identifier: GPL-2.0-or-later
#include <inttypes.h>
#include <string.h>

#include "error.h"
#include "template/progress.h"

#define BAR 30
#define INTERVAL_NS 100000000L

void progress_start(struct progress *p, const char *what, uint64_t total)
{
	*p = (struct progress){ .what = what, .total = total, .terminal = verbosity >= 0 && isatty(STDERR_FILENO) };
}

static bool due(struct progress *p)
{
	struct timespec now;
	long ns;

	if (clock_gettime(CLOCK_MONOTONIC, &now))
		return false;
	ns = (now.tv_sec - p->last.tv_sec) * 1000000000L + now.tv_nsec - p->last.tv_nsec;
	if (p->shown && ns < INTERVAL_NS)
		return false;
	p->last = now;
	return true;
}

void progress_update(struct progress *p, uint64_t done)
{
	char bar[BAR + 1];
	int filled;

	if (!p->terminal || !due(p))
		return;
	p->shown = true;
	if (!p->total) {
		dprintf(STDERR_FILENO, "\r%s: %" PRIu64 " MB\033[K", p->what, done >> 20);
		return;
	}
	if (done > p->total)
		done = p->total;
	filled = (int)((double)done / (double)p->total * BAR);
	memset(bar, '#', filled);
	memset(bar + filled, ' ', BAR - filled);
	bar[BAR] = '\0';
	dprintf(STDERR_FILENO, "\r%s [%s] %3d%%\033[K", p->what, bar,
		(int)((double)done / (double)p->total * 100));
}

void progress_end(struct progress *p)
{
	if (p->shown)
		dprintf(STDERR_FILENO, "\r\033[K");
	p->shown = false;
}
