// SPDX-License-Identifier: GPL-2.0-or-later
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "config_line.h"
#include "resource.h"

bool config_split_line(char *line, char **key, char **value)
{
	char *p = line + strspn(line, " \t"), *end;
	char quote;

	*key = p;
	while (isalnum((unsigned char)*p) || *p == '_')
		p++;
	if (p == *key || *p != '=')
		return false;
	*p++ = '\0';
	quote = *p == '"' || *p == '\'' ? *p++ : '\0';
	*value = p;
	end = quote ? strchr(p, quote) : p + strcspn(p, " \t#");
	if (!end)
		return false;
	p = end + (quote != '\0');
	p += strspn(p, " \t\r");
	if (*p && *p != '#')
		return false;
	*end = '\0';
	return true;
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
