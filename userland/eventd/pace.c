// SPDX-License-Identifier: GPL-2.0-or-later
#include "config.h"
#include "eventd.h"
#include "follow.h"
#include "state.h"

/* A life of less is a short one; a longer makes up for one in each. Each start writes all VEs' rules anew. */
#define SHORT_MS 60000
#define SHORT_LIVES 30		/* until starts get fewer */
#define SHORT_LIVES_MAX (SHORT_LIVES + 7)	/* with which DELAY_MAX_MS is reached */
#define DELAY_MAX_MS 60000
#define QUIET_MS 60000		/* after an action of a limit has failed */

struct life {
	struct life *next;
	uint32_t ctid;
	uint64_t start;		/* the last of them: see state_start() */
	unsigned int n;		/* short lives, less what longer ones made up for */
};

static struct life *first;

/* The place of @ctid in the list, or the list's end. */
static struct life **find(uint32_t ctid)
{
	struct life **at = &first;

	while (*at && (*at)->ctid != ctid)
		at = &(*at)->next;
	return at;
}

static void forget(struct life **at)
{
	struct life *old = *at;

	if (!old)
		return;
	*at = old->next;
	free(old);
}

/* One long life does not make up for many short ones: else a VE could have a start a second
 * for ever, with a longer life now and then. */
static void count(struct life *life, int64_t age)
{
	uint64_t made_up = age / SHORT_MS;

	if (age < SHORT_MS)
		life->n += life->n < SHORT_LIVES_MAX;
	else
		life->n -= made_up < life->n ? made_up : life->n;
}

unsigned int pace_delay_ms(uint32_t ctid)
{
	uint64_t start = state_start(ctid);
	int64_t age = state_age(ctid);
	unsigned int delay = age < 1000 ? 1000 - age : 0;
	struct life **at = find(ctid), *life;

	if (!*at && age >= SHORT_MS)
		return 0;
	if (!*at && (*at = calloc(1, sizeof(**at))))
		(*at)->ctid = ctid;
	life = *at;
	/* No memory: then a start a second. */
	if (!life)
		return delay;
	/* It may be told of more than once: events can get lost, and all VEs are looked at. */
	if (life->start != start)
		count(life, age);
	life->start = start;
	if (age >= SHORT_MS) {
		if (!life->n)
			forget(at);
		return 0;
	}
	if (life->n <= SHORT_LIVES)
		return delay;
	for (unsigned int i = SHORT_LIVES; i < life->n && delay < DELAY_MAX_MS; i++)
		delay = delay < 1000 ? 1000 : 2 * delay;
	return delay < DELAY_MAX_MS ? delay : DELAY_MAX_MS;
}

struct failure {
	struct failure *next;
	uint32_t ctid;
	int resource;
	int64_t until;		/* follow_now() */
};

static struct failure *failures;

static struct failure *failure_of(uint32_t ctid, int resource)
{
	struct failure *f = failures;

	while (f && (f->ctid != ctid || f->resource != resource))
		f = f->next;
	return f;
}

void pace_failed(uint32_t ctid, int resource)
{
	struct failure *f = failure_of(ctid, resource);

	if (!f && (f = calloc(1, sizeof(*f)))) {
		*f = (struct failure){ .next = failures, .ctid = ctid, .resource = resource };
		failures = f;
	}
	/* No memory: then it is tried again at once. */
	if (f)
		f->until = follow_now() + QUIET_MS;
}

bool pace_rests(uint32_t ctid, int resource)
{
	const struct failure *f = failure_of(ctid, resource);

	return f && follow_now() < f->until;
}

static void forget_failures(void)
{
	struct failure **at = &failures, *f;

	while ((f = *at)) {
		if (config_exists(f->ctid) && follow_now() < f->until) {
			at = &f->next;
		} else {
			*at = f->next;
			free(f);
		}
	}
}

void pace_tidy(void)
{
	for (struct life **at = &first; *at; )
		if (config_exists((*at)->ctid))
			at = &(*at)->next;
		else
			forget(at);
	forget_failures();
}
