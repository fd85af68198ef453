// SPDX-License-Identifier: GPL-2.0-or-later
/* What `create` and `set` change of a configuration, and of the lines that it is written as. */
#include <string.h>

#include "config.h"
#include "config_line.h"
#include "error.h"
#include "setting.h"

#define RAM_MIN (1 << 20)	/* bytes */

/* Make KEY="value" the last line that sets @key; a comment behind it stays, if there is room. */
static int set_line(struct config *c, const char *key, const char *value)
{
	size_t i = c->nlines;
	const char *rest = "";
	char *line;

	while (i && !config_line_sets(c->lines[i - 1], key))
		i--;
	if (i)
		rest = config_line_rest(c->lines[i - 1]);
	if (strlen(key) + strlen(value) + strlen(rest) + 3 > CONFIG_LINE_MAX)
		rest = "";
	if (asprintf(&line, "%s=\"%s\"%s", key, value, rest) < 0)
		return fail_memory();
	if (i) {
		free(c->lines[i - 1]);
		c->lines[i - 1] = line;
		return 0;
	}
	if (config_append_line(c, line)) {
		free(line);
		return EXIT_NO_RESOURCES;
	}
	return 0;
}

/* @label: what to call the setting in the error line. */
static int set_labelled(struct config *c, const char *name, const char *value,
			const char *label)
{
	char reason[256];
	struct key key;
	const struct setting *s = key_find(name, &key) ? key.setting : NULL;
	const char *why = strlen(value) > CONFIG_LINE_MAX / 2 ? "too long" :
			  setting_parse(c, &key, value, reason, sizeof(reason));

	if (why)
		return fail(s && s->bad ? s->bad : EXIT_BAD_VALUE, "%s %u: %s %.80s: %s", operation,
			    c->ctid, label, *value ? value : "\"\"", why);
	return set_line(c, name, value);
}

int config_set(struct config *c, const char *key, const char *value)
{
	return set_labelled(c, key, value, key);
}

/* A part of a setting: the rest of it stays. */
static int change_labelled(struct config *c, const struct setting *s, const char *value,
			   const char *label)
{
	cleanup_free char *whole = NULL;
	char reason[256];
	const char *now = *(char **)((char *)c + s->offset);
	const char *why = s->change(now, value, &whole, reason, sizeof(reason));

	if (why)
		return fail(s->bad ? s->bad : EXIT_BAD_VALUE, "%s %u: %s: %s", operation, c->ctid,
			    label, why);
	return set_labelled(c, s->key, whole, label);
}

int config_set_option(struct config *c, const char *option, const char *value)
{
	const struct setting *s = setting_by_option(option);
	char label[40], memory[64];
	uint64_t bytes;
	int r;

	snprintf(label, sizeof(label), "--%s", option);
	if (!s) {
		r = resource_find(option);
		return r >= 0 ? set_labelled(c, resources[r].key, value, label) :
		       fail(EXIT_BAD_OPTION, "%s %u: %s: unknown option", operation, c->ctid, label);
	}
	if (s->change)
		return change_labelled(c, s, value, label);
	if (!s->memory)
		return set_labelled(c, s->key, value, label);
	/* A plain number is bytes here, and pages in the file. */
	if (strlen(value) > 32 || !parse_size(value, UNIT_BYTES, &bytes))
		return fail(EXIT_BAD_VALUE, "%s %u: %s %.80s: must be a number of bytes (or with K, M, G, T, P) or unlimited",
			    operation, c->ctid, label, value);
	if (s->limit == CGROUP_MEMORY && bytes < RAM_MIN)
		return fail(EXIT_BAD_VALUE, "%s %u: %s %.80s: no VE can run with less than %dM (a plain number is bytes)",
			    operation, c->ctid, label, value, RAM_MIN >> 20);
	/* The number of no limit is none of bytes, as everywhere. */
	snprintf(memory, sizeof(memory), "0:%s%s", bytes == VZLITE_UNLIMITED ? "unlimited" : value,
		 bytes == VZLITE_UNLIMITED || value[strspn(value, "0123456789")] ? "" : "B");
	return set_labelled(c, s->key, memory, label);
}
