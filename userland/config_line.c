// SPDX-License-Identifier: GPL-2.0-or-later
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "config_line.h"
#include "resource.h"

/* Where the parts of a line are. */
struct parts {
	size_t key, sign, value, end, rest;
};

static bool find_parts(const char *line, struct parts *at)
{
	const char *p = line + strspn(line, " \t"), *end;
	char quote;

	at->key = p - line;
	while (isalnum((unsigned char)*p) || *p == '_')
		p++;
	at->sign = p - line;
	if (at->sign == at->key || *p++ != '=')
		return false;
	quote = *p == '"' || *p == '\'' ? *p++ : '\0';
	at->value = p - line;
	end = quote ? strchr(p, quote) : p + strcspn(p, " \t\r#");
	if (!end)
		return false;
	at->end = end - line;
	p = end + (quote != '\0');
	at->rest = p - line;
	p += strspn(p, " \t\r");
	return !*p || *p == '#';
}

bool config_split_line(char *line, char **key, char **value)
{
	struct parts at;

	if (!find_parts(line, &at))
		return false;
	line[at.sign] = line[at.end] = '\0';
	*key = line + at.key;
	*value = line + at.value;
	return true;
}

const char *config_line_rest(const char *line)
{
	struct parts at;

	return find_parts(line, &at) ? line + at.rest : "";
}

/* Behind what stands before a name in files that a shell has read, or an editor of Windows has
 * written. */
static const char *behind_words(const char *line)
{
	static const char *const words[] = { "export", "declare", "typeset", "readonly", "local" };
	size_t n, i;

	line += strncmp(line, "\xEF\xBB\xBF", 3) ? 0 : 3;
	for (;; line += n) {
		line += strspn(line, " \t");
		n = strcspn(line, " \t");
		for (i = 0; i < ARRAY_SIZE(words); i++)
			if (n == strlen(words[i]) && !strncmp(line, words[i], n))
				break;
		if (i == ARRAY_SIZE(words) && *line != '-')
			return line;
	}
}

bool config_line_name(const char *line, char name[32], bool *plain)
{
	const char *p = behind_words(line), *sign;
	size_t n = strcspn(p, " \t=+");

	sign = p + n + strspn(p + n, " \t+");
	if (n >= 32 || *sign != '=')
		return false;
	memcpy(name, p, n);
	name[n] = '\0';
	*plain = p == line + strspn(line, " \t") && sign == p + n;
	return true;
}

bool config_line_sets(const char *line, const char *key)
{
	char name[32];
	size_t n;

	line += strspn(line, " \t");
	n = strcspn(line, "=");
	if (n >= sizeof(name) || line[n] != '=')
		return false;
	memcpy(name, line, n);
	name[n] = '\0';
	return !strcasecmp(name, key) ||
	       (resource_find(key) >= 0 && resource_find(name) == resource_find(key));
}
