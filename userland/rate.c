// SPDX-License-Identifier: GPL-2.0-or-later
#include <inttypes.h>
#include <string.h>

#include "rate.h"
#include "units.h"

#define RATE_MIN 8000ULL			/* bit/s: a packet must pass in a time one waits */
#define RATE_MAX 1000000000000ULL

/* "eth0:1:" in front, if it is there; NULL: something else is. */
static const char *skip_device(const char *text)
{
	const char *class = strchr(text, ':');
	size_t n;

	if (!class)
		return text;
	n = strspn(class + 1, "0123456789");
	return class > text && n && class[1 + n] == ':' &&
	       strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-*") ==
	       (size_t)(class - text) ? class + 2 + n : NULL;
}

bool rate_parse(const char *text, uint64_t *bytes)
{
	uint64_t unit = 1000, value;
	char digits[24];
	size_t n;

	text = skip_device(text);
	n = text ? strspn(text, "0123456789") : 0;
	if (!n || n >= sizeof(digits))
		return false;
	memcpy(digits, text, n);
	digits[n] = '\0';
	if (!strcmp(text + n, "M"))
		unit = 1000000;
	else if (!strcmp(text + n, "G"))
		unit = 1000000000;
	else if (text[n] && strcmp(text + n, "K"))
		return false;
	if (!parse_u64(digits, RATE_MAX / unit, &value) || (value && value * unit < RATE_MIN))
		return false;
	*bytes = value * unit / 8;
	return true;
}

const char *rate_limit(const struct config *c)
{
	bool bound = c->ratebound && !strcmp(c->ratebound, "yes");

	return c->rate && (bound || !strchr(c->rate, ':')) ? c->rate : NULL;
}

const char *rate_change(const char *now, const char *given, char **out, char *reason, size_t size)
{
	const char *plain = skip_device(given);

	(void)now;
	(void)reason;
	(void)size;
	/* What is bad its rule refuses. */
	*out = strdup(plain ? plain : given);
	return *out ? NULL : "out of memory";
}

bool rate_valid(const char *text)
{
	uint64_t bytes;

	return rate_parse(text, &bytes);
}

void rate_shorten(const char *text, char shorter[RATE_TEXT])
{
	uint64_t bytes;

	if (!text || !rate_parse(text, &bytes))
		bytes = 0;
	/* A kbit/s is 125 bytes a second, of which every rate is a multiple. */
	snprintf(shorter, RATE_TEXT, "%" PRIu64, bytes / 125);
}
