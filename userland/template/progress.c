// SPDX-License-Identifier: GPL-2.0-or-later
#include <inttypes.h>
#include <string.h>
#include <sys/ioctl.h>

#include "error.h"
#include "template/progress.h"

#define BAR 30
#define BAR_MIN 4
#define COLUMNS 80	/* of a terminal that does not say */
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

/* " [####      ]  40%", in at most @columns if there are as many as 5; wider ones have no more. */
static void text_end(char *end, size_t size, double part, int columns)
{
	char bar[BAR + 1];
	int width = columns - (int)strlen(" []") - (int)strlen(" 100%"), filled;

	if (width > BAR)
		width = BAR;
	if (width < BAR_MIN) {
		snprintf(end, size, " %3d%%", (int)(part * 100));
		return;
	}
	filled = (int)(part * width);
	memset(bar, '#', filled);
	memset(bar + filled, ' ', width - filled);
	bar[width] = '\0';
	snprintf(end, size, " [%s] %3d%%", bar, (int)(part * 100));
}

void progress_text(const struct progress *p, uint64_t done, int columns, char text[PROGRESS_TEXT])
{
	char end[BAR + 32];
	int room;

	/* In the last one some terminals begin a new line. */
	columns--;
	if (p->total)
		text_end(end, sizeof(end), done < p->total ? (double)done / (double)p->total : 1,
			 columns - (int)strlen(p->what));
	else
		snprintf(end, sizeof(end), ": %" PRIu64 " MB", done >> 20);
	room = columns - (int)strlen(end);
	snprintf(text, PROGRESS_TEXT, "%.*s%s", room < 0 ? 0 : room, p->what, end);
}

/* It may change at any time. */
static int columns_now(void)
{
	struct winsize size;

	return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) || !size.ws_col ? COLUMNS : size.ws_col;
}

void progress_update(struct progress *p, uint64_t done)
{
	char text[PROGRESS_TEXT];

	if (!p->terminal || !due(p))
		return;
	p->shown = true;
	progress_text(p, done, columns_now(), text);
	dprintf(STDERR_FILENO, "\r%s\033[K", text);
}

void progress_end(struct progress *p)
{
	if (p->shown)
		dprintf(STDERR_FILENO, "\r\033[K");
	p->shown = false;
}
