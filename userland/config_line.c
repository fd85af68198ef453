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
