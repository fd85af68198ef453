// SPDX-License-Identifier: GPL-2.0-or-later
#include <limits.h>
#include <string.h>

#include "on_limit.h"
#include "program.h"
#include "units.h"

static const struct {
	const char *word;
	enum limit_action action;
} actions[] = {
	{ "", LIMIT_NONE },
	{ "none", LIMIT_NONE },
	{ "log", LIMIT_LOG },
	{ "freeze", LIMIT_FREEZE },
	{ "stop", LIMIT_STOP },
};

#define EXEC "exec:"

static bool parse_action(const char *text, size_t len, struct limit_rule *rule)
{
	char path[PATH_MAX];

	*rule = (struct limit_rule){ .text = text, .len = len };
	for (size_t i = 0; i < ARRAY_SIZE(actions); i++) {
		if (strlen(actions[i].word) == len && !strncmp(text, actions[i].word, len)) {
			rule->action = actions[i].action;
			return true;
		}
	}
	if (len <= strlen(EXEC) || strncmp(text, EXEC, strlen(EXEC)))
		return false;
	rule->action = LIMIT_EXEC;
	rule->path = text + strlen(EXEC);
	rule->path_len = len - strlen(EXEC);
	if (rule->path_len >= sizeof(path))
		return false;
	snprintf(path, sizeof(path), "%.*s", (int)rule->path_len, rule->path);
	return valid_path(path);
}

/* One "numproc=log" of @len bytes. */
static bool parse_rule(const char *text, size_t len, struct limit_rule *rules)
{
	const char *equals = memchr(text, '=', len);
	char name[32];
	int r;

	if (!equals || (size_t)(equals - text) >= sizeof(name))
		return false;
	snprintf(name, sizeof(name), "%.*s", (int)(equals - text), text);
	r = resource_find(name);
	equals++;
	return r >= 0 && parse_action(equals, len - (equals - text), &rules[r]);
}

bool on_limit_parse(const char *list, struct limit_rule rules[VZLITE_RESOURCE_COUNT],
		    const char **bad)
{
	memset(rules, 0, VZLITE_RESOURCE_COUNT * sizeof(*rules));
	for (size_t len; *(list += strspn(list, " ")); list += len) {
		len = strcspn(list, " ");
		if (!parse_rule(list, len, rules)) {
			*bad = list;
			return false;
		}
	}
	return true;
}

bool on_limit_valid(const char *list)
{
	struct limit_rule rules[VZLITE_RESOURCE_COUNT];
	const char *bad;

	return on_limit_parse(list, rules, &bad);
}

/* Those of @given in the place of those of @rules. */
static const char *take(struct limit_rule *rules, const char *given, char *reason, size_t size)
{
	struct limit_rule more[VZLITE_RESOURCE_COUNT];
	char path[PATH_MAX];
	const char *bad, *why;

	if (!on_limit_parse(given, more, &bad)) {
		snprintf(reason, size, "%.*s is no RESOURCE=log|freeze|stop|exec:/PATH|none",
			 (int)strcspn(bad, " ") > 60 ? 60 : (int)strcspn(bad, " "), bad);
		return reason;
	}
	for (int r = 0; r < VZLITE_RESOURCE_COUNT; r++) {
		if (!more[r].text)
			continue;
		rules[r] = more[r];
		if (more[r].action != LIMIT_NONE && resources[r].limited != LIMITED_BY_MODULE &&
		    resources[r].limited != LIMITED_WATCHED) {
			snprintf(reason, size, "nobody is told when %s hits its limit", resources[r].name);
			return reason;
		}
		if (more[r].action != LIMIT_EXEC)
			continue;
		snprintf(path, sizeof(path), "%.*s", (int)more[r].path_len, more[r].path);
		why = program_check(path, true, reason, size);
		if (why)
			return why;
	}
	return NULL;
}

/* In the order of the resources. */
static char *join(const struct limit_rule *rules)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	for (int r = 0; r < VZLITE_RESOURCE_COUNT; r++)
		if (rules[r].action != LIMIT_NONE)
			fprintf(out, "%s%s=%.*s", ftell(out) > 0 ? " " : "", resources[r].name,
				(int)rules[r].len, rules[r].text);
	if (fclose(out)) {
		free(text);
		return NULL;
	}
	return text;
}

const char *on_limit_change(const char *list, const char *given, char **out, char *reason,
			    size_t size)
{
	struct limit_rule rules[VZLITE_RESOURCE_COUNT] = { };
	const char *bad, *why = NULL;

	if (*given && strcmp(given, "none")) {
		if (list && !on_limit_parse(list, rules, &bad))
			return "the list that is there is broken";
		why = take(rules, given, reason, size);
	}
	if (why)
		return why;
	*out = join(rules);
	return *out ? NULL : "out of memory";
}
