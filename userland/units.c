// SPDX-License-Identifier: GPL-2.0-or-later
#include <ctype.h>
#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "units.h"

#define PAGE_SHIFT 12	/* OpenVZ's P is 4096 bytes on every machine */

/* Digits at *@s, which moves behind them; false without a digit or above @max. */
static bool take_digits(const char **s, uint64_t max, uint64_t *out)
{
	const char *p = *s;
	uint64_t value = 0;

	if (!isdigit((unsigned char)*p))
		return false;
	for (; isdigit((unsigned char)*p); p++) {
		uint64_t digit = *p - '0';

		if (value > (UINT64_MAX - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	if (value > max)
		return false;
	*s = p;
	*out = value;
	return true;
}

bool parse_u64(const char *s, uint64_t max, uint64_t *out)
{
	uint64_t value;

	if (!take_digits(&s, max, &value) || *s)
		return false;
	*out = value;
	return true;
}

/* log2 of the bytes that a suffix stands for, -1 when there is no such suffix. */
static int suffix_shift(char c)
{
	switch (toupper((unsigned char)c)) {
	case 'B': return 0;
	case 'K': return 10;
	case 'P': return PAGE_SHIFT;
	case 'M': return 20;
	case 'G': return 30;
	case 'T': return 40;
	default: return -1;
	}
}

/* What may stand behind "1": ".5" is 5 of 10. Millionths, what is less is nothing. */
static bool take_fraction(const char **s, uint64_t *part, uint64_t *of)
{
	const char *p = *s + 1;

	*part = 0;
	*of = 1;
	if (!isdigit((unsigned char)*p))
		return false;
	for (; isdigit((unsigned char)*p); p++) {
		if (*of == 1000000)
			continue;
		*part = *part * 10 + (*p - '0');
		*of *= 10;
	}
	*s = p;
	return true;
}

bool parse_size(const char *s, enum unit unit, uint64_t *out)
{
	uint64_t value, part = 0, of = 0;
	int shift;

	if (!strcasecmp(s, "unlimited")) {
		*out = VZLITE_UNLIMITED;
		return true;
	}
	if (!take_digits(&s, VZLITE_UNLIMITED, &value))
		return false;
	if (!*s) {
		*out = value;
		return true;
	}
	if (*s == '.' && !take_fraction(&s, &part, &of))
		return false;
	shift = *s ? suffix_shift(*s) : -1;
	if (unit == UNIT_ITEMS || shift < 0 || s[1] || (of && !shift))
		return false;
	if (of) {
		if (value >= VZLITE_UNLIMITED >> shift)
			return false;
		value = (value << shift) + (part << shift) / of;
		/* A little is not nothing, which would be no limit. */
		if (!value)
			return false;
		shift = 0;
	}
	if (unit == UNIT_PAGES && shift >= PAGE_SHIFT) {
		shift -= PAGE_SHIFT;
	} else if (unit == UNIT_PAGES) {
		/* A limit that is no whole number of pages is rounded up: never
		 * less than was asked for. */
		if (value > VZLITE_UNLIMITED >> shift)
			return false;
		value <<= shift;
		value = (value >> PAGE_SHIFT) + !!(value & ((1 << PAGE_SHIFT) - 1));
		shift = 0;
	}
	if (value > VZLITE_UNLIMITED >> shift)
		return false;
	*out = value << shift;
	return true;
}

bool parse_bound(const char *s, enum unit unit, struct bound *out)
{
	char first[32];
	const char *colon = strchr(s, ':');
	size_t n = colon ? (size_t)(colon - s) : strlen(s);
	struct bound b;

	if (n >= sizeof(first))
		return false;
	memcpy(first, s, n);
	first[n] = '\0';
	if (!parse_size(first, unit, &b.barrier))
		return false;
	b.limit = b.barrier;
	if (colon && !parse_size(colon + 1, unit, &b.limit))
		return false;
	if (b.barrier > b.limit)
		return false;
	*out = b;
	return true;
}

bool parse_ctid(const char *s, uint32_t *out)
{
	uint64_t value;

	if (!parse_u64(s, VZLITE_VE_ID_MAX, &value) || value < VZLITE_VE_ID_MIN)
		return false;
	*out = value;
	return true;
}

bool parse_cpulist(const char *s)
{
	uint64_t first, last;

	do {
		if (!take_digits(&s, CPU_NUMBER_MAX, &first))
			return false;
		if (*s == '-') {
			s++;
			if (!take_digits(&s, CPU_NUMBER_MAX, &last) || last < first)
				return false;
		}
	} while (*s == ',' && *++s);
	return !*s && s[-1] != ',';
}

bool valid_name(const char *s)
{
	size_t n = strlen(s);

	if (n < 1 || n > VZLITE_VE_NAME_MAX || *s == '-' || *s == '.')
		return false;
	for (; *s; s++)
		if (!isalnum((unsigned char)*s) && !strchr("_.+-", *s))
			return false;
	return true;
}

/* A configuration is a file that a shell can source: nothing that one would expand. */
bool valid_path(const char *s)
{
	if (*s != '/' || strlen(s) > 4000)
		return false;
	for (; *s; s++)
		if (*s <= ' ' || *s == 0x7f || strchr("\"'\\$`", *s))
			return false;
	return true;
}

bool valid_cgroup(const char *s)
{
	if (*s != '/' || strlen(s) > 2000)
		return false;
	while (*s == '/') {
		size_t n = strcspn(++s, "/");

		if (!n || (*s == '.' && (n == 1 || (n == 2 && s[1] == '.'))))
			return false;
		for (; n--; s++)
			if (*s <= ' ' || *s == 0x7f || strchr("\"'$`", *s))
				return false;
	}
	return !*s;
}

bool valid_hostname(const char *s)
{
	size_t n = strlen(s), label = 0;

	/* The kernel's __NEW_UTS_LEN. */
	if (n < 1 || n > 64)
		return false;
	for (; *s; s++) {
		if (*s == '.') {
			if (!label || s[-1] == '-')
				return false;
			label = 0;
			continue;
		}
		if (!isalnum((unsigned char)*s) && (*s != '-' || !label))
			return false;
		label++;
	}
	return label && s[-1] != '-';
}

size_t format_value(char *buf, size_t size, uint64_t value)
{
	int n = value == VZLITE_UNLIMITED ? snprintf(buf, size, "unlimited")
					  : snprintf(buf, size, "%" PRIu64, value);

	return n < 0 ? 0 : (size_t)n;
}

void format_bound(char *buf, size_t size, const struct bound *b)
{
	size_t n = format_value(buf, size, b->barrier);

	if (b->limit == b->barrier || n + 1 >= size)
		return;
	buf[n++] = ':';
	format_value(buf + n, size - n, b->limit);
}
