// SPDX-License-Identifier: GPL-2.0-or-later
#include "fold.h"

/* Logged less than a minute ago. */
struct folded {
	struct folded *next;
	int64_t until;			/* follow_now() */
	struct limit_event last;	/* its hits are those that were not logged */
	const char *action;
};

static struct folded *first;

static struct folded *find(const struct limit_event *e)
{
	struct folded *f = first;

	while (f && (f->last.ve.id != e->ve.id || f->last.resource != e->resource))
		f = f->next;
	return f;
}

bool fold_due(const struct limit_event *event, const char *action, int64_t now)
{
	struct folded *f = find(event);

	/* With fewer refusals it is another VE, or another start: what is kept of the one before is
	 * told in its time. */
	if (f && event->counter.failcnt >= f->last.counter.failcnt) {
		uint64_t hits = f->last.hits + event->hits;

		f->last = *event;
		f->last.hits = hits;
		f->action = action;
		return false;
	}
	f = malloc(sizeof(*f));
	/* No memory: then all are logged. */
	if (!f)
		return true;
	*f = (struct folded){ first, now + FOLD_MS, *event, action };
	f->last.hits = 0;
	first = f;
	return true;
}

bool fold_next(int64_t now, struct limit_event *event, const char **action)
{
	struct folded **at = &first, *f;

	while ((f = *at)) {
		if (now < f->until) {
			at = &f->next;
		} else if (!f->last.hits) {
			*at = f->next;
			free(f);
		} else {
			*event = f->last;
			*action = f->action;
			f->last.hits = 0;
			f->until = now + FOLD_MS;
			return true;
		}
	}
	return false;
}

int fold_wait(int64_t now)
{
	int64_t soonest = -1;

	for (const struct folded *f = first; f; f = f->next) {
		int64_t left = f->until > now ? f->until - now : 0;

		if (f->last.hits && (soonest < 0 || left < soonest))
			soonest = left;
	}
	return soonest;
}
