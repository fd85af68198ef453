// SPDX-License-Identifier: GPL-2.0-or-later
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <strings.h>

#include "config.h"
#include "error.h"
#include "file.h"
#include "paths.h"
#include "setting.h"

#define FILE_MAX (256 * 1024)
#define LINE_MAX_BYTES 4096

static const char *sysconfdir = VZLITE_SYSCONFDIR;

void config_set_dir(const char *dir)
{
	sysconfdir = dir;
}

static void conf_dir(char path[PATH_MAX])
{
	snprintf(path, PATH_MAX, "%s/conf", sysconfdir);
}

static void conf_path(char path[PATH_MAX], uint32_t ctid)
{
	snprintf(path, PATH_MAX, "%s/conf/%u.conf", sysconfdir, ctid);
}

void config_init(struct config *c, uint32_t ctid)
{
	memset(c, 0, sizeof(*c));
	c->ctid = ctid;
	for (size_t i = 0; i < setting_count; i++)
		if (!settings[i].valid && !settings[i].memory)
			*(uint64_t *)((char *)c + settings[i].offset) = CONFIG_UNSET;
}

void config_free(struct config *c)
{
	for (size_t i = 0; i < setting_count; i++)
		if (settings[i].valid)
			free(*(char **)((char *)c + settings[i].offset));
	for (size_t i = 0; i < c->nlines; i++)
		free(c->lines[i]);
	free(c->lines);
	memset(c, 0, sizeof(*c));
}

/* Split NAME="value", NAME='value' or NAME=value in place, a comment behind it
 * allowed. False for anything else: such a line is kept and not understood. */
static bool split_line(char *line, char **key, char **value)
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

/* True when @line sets @key, under whatever of its names. */
static bool line_is(const char *line, const char *key)
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

static int append_line(struct config *c, char *line)
{
	char **lines = realloc(c->lines, (c->nlines + 1) * sizeof(*lines));

	if (!lines)
		return fail_memory();
	c->lines = lines;
	lines[c->nlines++] = line;
	return 0;
}

static int parse_line(struct config *c, const char *path, size_t number, const char *line)
{
	cleanup_free char *copy = strdup(line);
	char *key, *value, reason[256];
	const char *why;

	if (!copy)
		return fail_memory();
	if (!split_line(copy, &key, &value)) {
		/* A broken line of ours must not count as unknown: a limit would be gone. */
		return setting_known(key) ? fail(EXIT_BAD_VALUE, "%s: %s:%zu: %s: missing quote, or text behind the value",
						 operation, path, number, key) : 0;
	}
	if (!setting_known(key))
		return 0;
	why = setting_parse(c, key, value, reason, sizeof(reason));
	return why ? fail(EXIT_BAD_VALUE, "%s: %s:%zu: %s=\"%s\": %s", operation, path, number,
			  key, value, why) : 0;
}

/* -1 without a line when there is no such file. @keep: remember the lines. */
static int load_file(struct config *c, const char *path, bool keep)
{
	cleanup_free char *text = NULL;
	size_t number = 0;
	int status = file_read(path, FILE_MAX, &text);

	if (status)
		return status;
	for (char *line = text, *next; line && *line; line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		number++;
		if (strlen(line) > LINE_MAX_BYTES)
			return fail(EXIT_BAD_VALUE, "%s: %s:%zu: longer than %d bytes", operation,
				    path, number, LINE_MAX_BYTES);
		status = parse_line(c, path, number, line);
		if (!status && keep) {
			char *copy = strdup(line);

			status = copy ? append_line(c, copy) : fail_memory();
			if (status)
				free(copy);
		}
		if (status)
			return status;
	}
	return 0;
}

int config_load_defaults(struct config *c)
{
	char path[PATH_MAX];
	int status;

	snprintf(path, sizeof(path), "%s/vzlite.conf", sysconfdir);
	status = load_file(c, path, false);
	return status < 0 ? 0 : status;
}

int config_load(struct config *c, uint32_t ctid)
{
	char path[PATH_MAX];
	int status;

	config_init(c, ctid);
	conf_path(path, ctid);
	status = config_load_defaults(c);
	if (!status)
		status = load_file(c, path, true);
	if (status < 0)
		return fail(EXIT_NO_CONFIG, "%s %u: no such VE (no %s)", operation, ctid, path);
	return status;
}

bool config_exists(uint32_t ctid)
{
	char path[PATH_MAX];

	conf_path(path, ctid);
	return !faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW);
}

int config_save(struct config *c)
{
	cleanup_free char *text = NULL;
	char dir[PATH_MAX], name[32];
	size_t size, n = 0;
	int status;

	for (size = 1, n = 0; n < c->nlines; n++)
		size += strlen(c->lines[n]) + 1;
	text = malloc(size);
	if (!text)
		return fail_memory();
	size = 0;
	for (n = 0; n < c->nlines; n++)
		size += sprintf(text + size, "%s\n", c->lines[n]);
	conf_dir(dir);
	snprintf(name, sizeof(name), "%u.conf", c->ctid);
	status = file_replace(dir, name, 0644, text, size);
	return status == EXIT_SYSTEM ? EXIT_SAVE_FAILED : status;
}

int config_remove(uint32_t ctid)
{
	char path[PATH_MAX];

	conf_path(path, ctid);
	if (unlink(path) && errno != ENOENT)
		return fail_errno(EXIT_SYSTEM, "%s %u: remove %s", operation, ctid, path);
	return 0;
}

static int compare_ids(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* "101.conf" and no other way to write it ("0101.conf" would be 101 twice). */
static bool parse_conf_name(const char *name, uint32_t *ctid)
{
	char text[16], canonical[16];
	size_t n = strlen(name);

	if (n <= 5 || n - 5 >= sizeof(text) || strcmp(name + n - 5, ".conf"))
		return false;
	memcpy(text, name, n - 5);
	text[n - 5] = '\0';
	if (!parse_ctid(text, ctid))
		return false;
	snprintf(canonical, sizeof(canonical), "%u", *ctid);
	return !strcmp(text, canonical);
}

int config_list(uint32_t **ids, size_t *n)
{
	cleanup_free uint32_t *list = NULL;
	cleanup_dir DIR *dir = NULL;
	size_t count = 0, room = 0;
	struct dirent *entry;
	char path[PATH_MAX];

	conf_dir(path);
	dir = opendir(path);
	if (!dir && errno != ENOENT)
		return fail_errno(EXIT_SYSTEM, "%s: open %s", operation, path);
	while (dir && (errno = 0, entry = readdir(dir))) {
		uint32_t ctid;

		if (!parse_conf_name(entry->d_name, &ctid))
			continue;
		if (count == room) {
			uint32_t *more = realloc(list, (room = room * 2 + 16) * sizeof(*list));

			if (!more)
				return fail_memory();
			list = more;
		}
		list[count++] = ctid;
	}
	if (dir && errno)
		return fail_errno(EXIT_SYSTEM, "%s: read %s", operation, path);
	if (count)
		qsort(list, count, sizeof(*list), compare_ids);
	*ids = steal_ptr(list);
	*n = count;
	return 0;
}

/* The one line of a VE's file that a search by name needs; a file that cannot be
 * read is another VE's trouble: its line is printed and the search goes on. */
static bool has_name(uint32_t ctid, const char *name)
{
	cleanup_free char *text = NULL;
	char path[PATH_MAX], *key, *value;
	bool found = false;

	conf_path(path, ctid);
	if (file_read(path, FILE_MAX, &text))
		return false;
	for (char *line = text, *next; line; line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		if (line_is(line, "NAME") && split_line(line, &key, &value))
			found = !strcmp(value, name);
	}
	return found;
}

bool config_find_name(const char *name, uint32_t *ctid)
{
	cleanup_free uint32_t *ids = NULL;
	size_t n = 0;

	if (config_list(&ids, &n))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (has_name(ids[i], name)) {
			*ctid = ids[i];
			return true;
		}
	}
	return false;
}

int config_resolve(const char *arg, uint32_t *ctid)
{
	if (parse_ctid(arg, ctid))
		return 0;
	if (!valid_name(arg) || !arg[strspn(arg, "0123456789")])
		return fail(EXIT_BAD_VALUE, "%s %.80s: a CTID is a number from %d to %d, or a VE's name",
			    operation, arg, VZLITE_VE_ID_MIN, VZLITE_VE_ID_MAX);
	if (config_find_name(arg, ctid))
		return 0;
	return fail(EXIT_BAD_VALUE, "%s %s: no VE has this name", operation, arg);
}

/* Make KEY="value" the last line that sets @key. */
static int set_line(struct config *c, const char *key, const char *value)
{
	char *line;

	if (asprintf(&line, "%s=\"%s\"", key, value) < 0)
		return fail_memory();
	for (size_t i = c->nlines; i-- > 0; ) {
		if (line_is(c->lines[i], key)) {
			free(c->lines[i]);
			c->lines[i] = line;
			return 0;
		}
	}
	if (append_line(c, line)) {
		free(line);
		return EXIT_NO_RESOURCES;
	}
	return 0;
}

/* @label: what to call the setting in the error line. */
static int set_labelled(struct config *c, const char *key, const char *value, const char *label)
{
	char reason[256];
	const char *why = strlen(value) > LINE_MAX_BYTES / 2 ? "too long" :
			  setting_parse(c, key, value, reason, sizeof(reason));

	if (why)
		return fail(EXIT_BAD_VALUE, "%s %u: %s %.80s: %s", operation, c->ctid, label,
			    *value ? value : "\"\"", why);
	return set_line(c, key, value);
}

int config_set(struct config *c, const char *key, const char *value)
{
	return set_labelled(c, key, value, key);
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
	if (!s->memory)
		return set_labelled(c, s->key, value, label);
	/* A plain number is bytes here, and pages in the file. */
	if (strlen(value) > 32 || !parse_size(value, UNIT_BYTES, &bytes))
		return fail(EXIT_BAD_VALUE, "%s %u: %s %.80s: must be a number of bytes (or with K, M, G, T, P) or unlimited",
			    operation, c->ctid, label, value);
	snprintf(memory, sizeof(memory), "0:%s%s", value,
		 value[strspn(value, "0123456789")] ? "" : "B");
	return set_labelled(c, s->key, memory, label);
}
