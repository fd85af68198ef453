// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "config.h"
#include "config_line.h"
#include "error.h"
#include "file.h"
#include "paths.h"
#include "setting.h"

#define TEXT_OF(number) #number
#define LONGER_THAN(number) "longer than " TEXT_OF(number) " bytes"

static const char *sysconfdir = VZLITE_SYSCONFDIR;
static const char *statedir = VZLITE_STATEDIR;

void config_set_dir(const char *dir)
{
	sysconfdir = statedir = dir;
}

void config_dir(char path[PATH_SIZE], bool adopted)
{
	snprintf(path, PATH_SIZE, adopted ? "%s/adopted" : "%s/conf", adopted ? statedir : sysconfdir);
}

static void path_in(char path[PATH_SIZE], bool adopted, uint32_t ctid)
{
	size_t n;

	config_dir(path, adopted);
	n = strlen(path);
	snprintf(path + n, PATH_SIZE - n, "/%u.conf", ctid);
}

static bool exists_in(bool adopted, uint32_t ctid)
{
	char path[PATH_SIZE];

	path_in(path, adopted, ctid);
	/* What cannot be looked at is no VE that there is not. */
	return !faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) ||
	       (errno != ENOENT && errno != ENOTDIR);
}

/* Should there be both, one was copied there by hand, and has files of its own. */
bool config_adopted(uint32_t ctid)
{
	return exists_in(true, ctid) && !exists_in(false, ctid);
}

bool config_exists(uint32_t ctid)
{
	return exists_in(false, ctid) || exists_in(true, ctid);
}

int config_not_running(uint32_t ctid)
{
	return config_exists(ctid) ?
	       fail(EXIT_NOT_RUNNING, "%s %u: the VE is not running", operation, ctid) :
	       fail(EXIT_NO_CONFIG, "%s %u: no such VE", operation, ctid);
}

void config_path(char path[PATH_SIZE], uint32_t ctid)
{
	path_in(path, config_adopted(ctid), ctid);
}

void config_init(struct config *c, uint32_t ctid)
{
	memset(c, 0, sizeof(*c));
	c->ctid = ctid;
	for (size_t i = 0; i < setting_count; i++)
		if (!settings[i].valid && !settings[i].memory)
			*(uint64_t *)((char *)c + settings[i].offset) = CONFIG_UNSET;
}

/* Two options may set one field. */
static void free_string(char **field)
{
	free(*field);
	*field = NULL;
}

void config_free(struct config *c)
{
	for (size_t i = 0; i < setting_count; i++)
		if (settings[i].valid)
			free_string((char **)((char *)c + settings[i].offset));
	for (size_t i = 0; i < c->nlines; i++)
		free(c->lines[i]);
	free(c->lines);
	memset(c, 0, sizeof(*c));
}

int config_append_line(struct config *c, char *line)
{
	char **lines = realloc(c->lines, (c->nlines + 1) * sizeof(*lines));

	if (!lines)
		return fail_memory();
	c->lines = lines;
	lines[c->nlines++] = line;
	return 0;
}

/* Why @line, which is not understood, cannot just be kept: a setting of ours that
 * counted as unknown would be a limit that is gone. NULL: it is no such line. */
static const char *broken_setting(const char *line, char name[32])
{
	struct key known;
	bool plain;

	if (!config_line_name(line, name, &plain) || !key_find(name, &known))
		return NULL;
	return plain ? "missing quote, or text behind the value" :
		       "must be NAME=\"value\", without blanks, export and the like";
}

/* A file that is read. */
struct source {
	const char *path;
	size_t number;	/* of its line */
	bool own;	/* the VE's, not that of the defaults: its lines are remembered */
	bool broken;	/* that was told; the rest is read for what else it says */
};

/* @value may be NULL. */
static void tell_broken(struct source *from, const char *name, const char *value, const char *why)
{
	const char *quote = value ? "\"" : "";

	if (!from->broken)
		(void)fail(EXIT_BAD_VALUE, "%s: %s:%zu: %s%s%s%s%s: %s", operation, from->path, from->number,
			   name, value ? "=" : "", quote, value ? value : "", quote, why);
	from->broken = true;
}

static int parse_line(struct config *c, struct source *from, const char *line)
{
	cleanup_free char *copy = strdup(line);
	char *name, *value, reason[256], word[32];
	struct key key;
	const char *why;

	if (!copy)
		return fail_memory();
	if (!config_split_line(copy, &name, &value)) {
		why = broken_setting(line, word);
		if (why)
			tell_broken(from, word, NULL, why);
		return 0;
	}
	if (!key_find(name, &key) || (!from->own && key.setting && key.setting->one_ve))
		return 0;
	why = setting_parse(c, &key, value, reason, sizeof(reason));
	/* OpenVZ takes host names and the like that nobody else would. That is no reason for
	 * a VE to stay down, as a limit is that nobody can tell. */
	if (why && key.setting && key.setting->label)
		warn("%s: %s:%zu: %s=\"%s\": does not count: %s", operation, from->path, from->number,
		     name, value, why);
	else if (why)
		tell_broken(from, name, value, why);
	return 0;
}

static int keep_line(struct config *c, const char *line)
{
	char *copy = strdup(line);
	int status = copy ? config_append_line(c, copy) : fail_memory();

	if (status)
		free(copy);
	return status;
}

/* @text, which is cut into its lines. */
static int load_text(struct config *c, struct source *from, char *text)
{
	int status;

	for (char *line = text, *next; line && *line; line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		from->number++;
		if (strlen(line) > CONFIG_LINE_MAX) {
			tell_broken(from, "line", NULL, LONGER_THAN(CONFIG_LINE_MAX));
			continue;
		}
		status = parse_line(c, from, line);
		if (!status && from->own)
			status = keep_line(c, line);
		if (status)
			return status;
	}
	return from->broken ? EXIT_BAD_VALUE : 0;
}

static void defaults_path(char path[PATH_SIZE])
{
	snprintf(path, PATH_SIZE, "%s/vzlite.conf", sysconfdir);
}

int config_read_defaults(char **text)
{
	char path[PATH_SIZE];
	int status;

	defaults_path(path);
	status = file_read(path, CONFIG_FILE_MAX, text);
	return status < 0 ? 0 : status;
}

/* @text may be NULL. */
static int load_defaults(struct config *c, const char *text)
{
	cleanup_free char *copy = NULL;
	char path[PATH_SIZE];

	if (!text)
		return 0;
	copy = strdup(text);
	if (!copy)
		return fail_memory();
	defaults_path(path);
	return load_text(c, &(struct source){ .path = path }, copy);
}

int config_load_defaults(struct config *c)
{
	cleanup_free char *text = NULL;
	int status = config_read_defaults(&text);

	return status ? status : load_defaults(c, text);
}

/* c->adopted is set. */
static int load_own(struct config *c)
{
	cleanup_free char *text = NULL;
	char path[PATH_SIZE];
	int status;

	path_in(path, c->adopted, c->ctid);
	status = file_read(path, CONFIG_FILE_MAX, &text);
	if (status < 0)
		return fail(EXIT_NO_CONFIG, "%s %u: no such VE (no %s)", operation, c->ctid, path);
	return status ? status : load_text(c, &(struct source){ .path = path, .own = true }, text);
}

int config_load_with(struct config *c, uint32_t ctid, bool adopted, const char *defaults)
{
	int status = 0;

	config_init(c, ctid);
	c->adopted = adopted;
	if (!adopted)
		status = load_defaults(c, defaults);
	return status ? status : load_own(c);
}

int config_load(struct config *c, uint32_t ctid)
{
	cleanup_free char *defaults = NULL;
	bool adopted = config_adopted(ctid);
	int status = adopted ? 0 : config_read_defaults(&defaults);

	if (!status)
		return config_load_with(c, ctid, adopted, defaults);
	config_init(c, ctid);
	return status;
}

int config_load_partly(struct config *c, uint32_t ctid)
{
	int status = config_load(c, ctid);
	bool adopted = c->adopted;

	if (status && status != EXIT_BAD_VALUE) {
		config_free(c);
		config_init(c, ctid);
		c->adopted = adopted;
	}
	return status;
}

int config_draft(struct config *c, struct file_draft *draft)
{
	cleanup_free char *text = NULL;
	char dir[PATH_SIZE], name[32];
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
	config_dir(dir, c->adopted);
	snprintf(name, sizeof(name), "%u.conf", c->ctid);
	status = file_draft(draft, dir, name, 0644, text, size);
	return status == EXIT_SYSTEM ? EXIT_SAVE_FAILED : status;
}

int config_commit(struct file_draft *draft)
{
	int status = file_commit(draft);

	return status == EXIT_SYSTEM ? EXIT_SAVE_FAILED : status;
}

int config_save(struct config *c)
{
	struct file_draft cleanup_file_draft draft = FILE_DRAFT_NONE;
	int status = config_draft(c, &draft);

	return status ? status : config_commit(&draft);
}

int config_remove(uint32_t ctid)
{
	char path[PATH_SIZE];

	config_path(path, ctid);
	if (!unlink(path) || errno == ENOENT)
		return 0;
	/* A read-only file system says so of what is not there, too. */
	if (errno == EROFS && faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) && errno == ENOENT)
		return 0;
	return fail_errno(EXIT_SYSTEM, "%s %u: remove %s", operation, ctid, path);
}

int config_retire(uint32_t ctid)
{
	char path[PATH_SIZE], away[PATH_SIZE + 16];

	path_in(path, false, ctid);
	snprintf(away, sizeof(away), "%s" CONFIG_DESTROYED, path);
	if (rename(path, away) && errno != ENOENT)
		return fail_errno(EXIT_SYSTEM, "%s %u: rename %s", operation, ctid, path);
	return 0;
}
