// SPDX-License-Identifier: GPL-2.0-or-later
/* The columns of `list`: vzlist's names, headers and widths. */
#include <ctype.h>
#include <inttypes.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "cgroup.h"
#include "config_line.h"
#include "error.h"
#include "feature.h"
#include "io.h"
#include "list_field.h"
#include "rate.h"

static const char *status_word(const struct ve_view *ve)
{
	return ve->status;
}

static const char *features_word(const struct ve_view *ve)
{
	static char text[FEATURES_TEXT];

	features_text(ve->views, ve->config->features, text);
	return text;
}

/* vzlist prints "-" for a VE without one. */
static const char *addresses_word(const struct ve_view *ve)
{
	const char *text = ve->config->ip_address;

	return text && *text ? text : NULL;
}

/* As /proc/PID/cgroup has it. Of its own a VE has one while there is anything of it. */
static const char *cgroup_word(const struct ve_view *ve)
{
	static char path[PATH_SIZE];

	if (ve->config->cgroup)
		return ve->config->cgroup;
	cgroup_path(ve->ctid, path);
	return access(path, F_OK) ? NULL : path + strlen(CGROUP_ROOT);
}

static uint64_t io_bytes(const struct config *c)
{
	return c->iolimit ? io_limit_bytes(c) : CONFIG_UNSET;
}

static uint64_t rate_bytes(const struct config *c)
{
	uint64_t bytes;

	return c->rate && rate_parse(c->rate, &bytes) ? bytes : CONFIG_UNSET;
}

#define WORD(function) .word = function
#define TEXT(field) .offset = offsetof(struct config, field)
#define YES_NO(field) TEXT(field), .yes_no = true
#define NUMBER(field) .offset = offsetof(struct config, field), .number = true
#define BOUND(field) NUMBER(field), .bound = true
#define BOUND_OF(function) .count = function, .number = true, .bound = true

static const struct list_field fields[] = {
	{ "ctid", "CTID", 10, NUMBER(ctid) },
	{ "status", "STATUS", -9, WORD(status_word) },
	{ "ip", "IP_ADDR", -15, WORD(addresses_word) },
	{ "hostname", "HOSTNAME", -32, TEXT(hostname) },
	{ "name", "NAME", -32, TEXT(name) },
	{ "nameserver", "NAMESERVER", -32, TEXT(nameserver) },
	{ "searchdomain", "SEARCHDOMAIN", -32, TEXT(searchdomain) },
	{ "ostemplate", "OSTEMPLATE", -24, TEXT(ostemplate) },
	{ "layout", "LAYOUT", -7, TEXT(layout) },
	{ "onboot", "ONBOOT", -6, YES_NO(onboot) },
	{ "disabled", "DISABL", -6, YES_NO(disabled) },
	{ "privileged", "PRIVIL", -6, YES_NO(privileged) },
	{ "bootorder", "BOOTORDER", 10, NUMBER(bootorder) },
	{ "on_limit", "ON_LIMIT", -32, TEXT(on_limit) },
	{ "features", "FEATURES", -15, WORD(features_word) },
	{ "cgroup", "CGROUP", -40, WORD(cgroup_word) },
	{ "cpumask", "CPUMASK", -10, TEXT(cpumask) },
	{ "cpuunits", "CPUUNI", 7, NUMBER(cpuunits) },
	{ "cpulimit", "CPUL", 5, BOUND(cpulimit) },
	{ "cpus", "CPUS", 4, NUMBER(ncpus) },
	{ "ioprio", "IOP", 3, NUMBER(ioprio) },
	{ "iolimit", "IOLIMIT", 10, BOUND_OF(io_bytes) },
	{ "iopslimit", "IOPSLIMIT", 10, BOUND(iopslimit) },
	{ "local_uid", "LOCAL_UID", 10, NUMBER(local_uid) },
	{ "init", "INIT", -15, TEXT(init) },
	{ "rate", "RATE", -12, TEXT(rate), .count = rate_bytes },
	{ "nat", "NAT", -3, YES_NO(nat) },
	{ "netif", "NETIF", -32, TEXT(netif) },
	{ "bindmount", "BINDMOUNT", -32, TEXT(bindmount) },
	{ "devnodes", "DEVNODES", -15, TEXT(devnodes) },
};

static const struct disk_field disk_fields[] = {
	{ "diskspace", "DQBLOCKS", false },
	{ "diskinodes", "DQINODES", true },
};

/* vzlist's word for numproc, of which scripts cut the header off anyway. */
static void resource_header(char *buf, size_t size, const struct column *c)
{
	const char *name = c->resource == VZLITE_NUMPROC ? "nproc" : resources[c->resource].name;
	size_t n = 0;

	for (; name[n] && n + 3 < size; n++)
		buf[n] = toupper((unsigned char)name[n]);
	if (c->part != 'h') {
		buf[n++] = '.';
		buf[n++] = toupper((unsigned char)c->part);
	}
	buf[n] = '\0';
}

static void header(char *buf, size_t size, const struct column *c)
{
	if (c->field)
		snprintf(buf, size, "%s", c->field->header);
	else if (c->disk)
		snprintf(buf, size, "%s%s", c->disk->header, c->part == 's' ? ".S" : c->part == 'l' ? ".H" : "");
	else
		resource_header(buf, size, c);
}

/* "diskspace", and with ".s" or ".h". */
static bool find_disk_column(const char *name, struct column *c)
{
	size_t n = strcspn(name, ".");
	const char *part = name + n;

	for (size_t i = 0; i < ARRAY_SIZE(disk_fields); i++) {
		if (strncmp(disk_fields[i].name, name, n) || disk_fields[i].name[n])
			continue;
		*c = (struct column){
			.disk = &disk_fields[i],
			.part = !*part ? 'h' : !strcmp(part, ".s") ? 's' : !strcmp(part, ".h") ? 'l' : '\0',
		};
		return c->part;
	}
	return false;
}

static bool find_column(const char *name, struct column *c)
{
	const char *dot = strchr(name, '.');
	char base[32];

	if (find_disk_column(name, c))
		return true;
	/* What vzlist has called it, and takes still. */
	if (!strcmp(name, "veid") || !strcmp(name, "vpsid"))
		name = "ctid";
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		if (!strcmp(fields[i].name, name)) {
			*c = (struct column){ .field = &fields[i] };
			return true;
		}
	}
	*c = (struct column){ .part = 'h' };
	if (dot) {
		if (!dot[1] || dot[2] || !strchr("mblf", dot[1]))
			return false;
		c->part = dot[1];
	}
	snprintf(base, sizeof(base), "%.*s", (int)(dot ? dot - name : (int)strlen(name)), name);
	c->resource = resource_find(base);
	return c->resource >= 0;
}

int list_sort_column(const char *name, struct column *column)
{
	if (find_column(name, column))
		return 0;
	return fail(EXIT_BAD_VALUE, "%s -s %.80s: unknown field (man vzlite)", operation, name);
}

int list_columns(const char *names, struct column columns[LIST_COLUMNS_MAX])
{
	char name[40];
	int n = 0;

	for (const char *next; names; names = next) {
		size_t len = strcspn(names, ",");

		next = names[len] ? names + len + 1 : NULL;
		snprintf(name, sizeof(name), "%.*s", (int)len, names);
		if (n == LIST_COLUMNS_MAX) {
			fail(EXIT_BAD_VALUE, "%s -o: more than %d fields", operation, n);
			return -1;
		}
		if (len >= sizeof(name) || !find_column(name, &columns[n++])) {
			fail(EXIT_BAD_VALUE, "%s -o %s: unknown field (man vzlite)", operation, name);
			return -1;
		}
	}
	return n;
}

int list_all_columns(struct column columns[LIST_COLUMNS_MAX])
{
	int n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
		columns[n++] = (struct column){ .field = &fields[i] };
	for (size_t i = 0; i < ARRAY_SIZE(disk_fields); i++)
		columns[n++] = (struct column){ .disk = &disk_fields[i], .part = 'h' };
	for (int r = 0; r < VZLITE_RESOURCE_COUNT; r++)
		if (resources[r].name)
			columns[n++] = (struct column){ .resource = r, .part = 'h' };
	return n;
}

bool list_resource_value(const struct column *c, const struct ve_view *ve, uint64_t *value)
{
	const struct bound *b = &ve->config->bound[c->resource];
	struct counter counter = { };

	if (ve->counters && ve->counters[c->resource].present) {
		counter = ve->counters[c->resource];
	} else {
		/* A running VE has what others limit all the same. */
		if (ve->uncounted && (ve->config->adopted || resources[c->resource].limited == LIMITED_BY_MODULE))
			return false;
		if (!strchr("bl", c->part) || !ve->config->set[c->resource])
			return false;
		counter.barrier = b->barrier;
		counter.limit = b->limit;
	}
	*value = c->part == 'm' ? counter.maxheld : c->part == 'b' ? counter.barrier :
		 c->part == 'l' ? counter.limit : c->part == 'f' ? counter.failcnt : counter.held;
	return true;
}

uint64_t list_disk_value(const struct disk_field *f, char part, const struct ve_view *ve)
{
	struct disk_quota q = { CONFIG_UNSET, CONFIG_UNSET, CONFIG_UNSET, CONFIG_UNSET, 0, 0 };
	uint64_t value;

	if (part == 'h')
		return !ve->disk ? CONFIG_UNSET : f->inodes ? ve->disk->inodes : ve->disk->space;
	if (ve->disk)
		q = ve->disk->quota;
	else if (disk_off(ve->config))
		q = (struct disk_quota){ };
	else
		disk_quota_of(ve->config, &q);
	if (part == 's')
		value = f->inodes ? q.inodes_soft : q.space_soft;
	else
		value = f->inodes ? q.inodes_hard : q.space_hard;
	return value ? value : VZLITE_UNLIMITED;
}

uint64_t list_number(const struct list_field *f, const struct ve_view *ve)
{
	const char *at = (const char *)ve->config + f->offset;

	if (f->count)
		return f->count(ve->config);
	return f->offset == offsetof(struct config, ctid) ? ve->ctid : *(const uint64_t *)at;
}

const char *list_text(const struct list_field *f, const struct ve_view *ve)
{
	const char *text = f->word ? f->word(ve) : *(char *const *)((const char *)ve->config + f->offset);

	return f->yes_no && !text ? "no" : text;
}

static bool is_text(const struct column *c)
{
	return c->field && !c->field->number;
}

/* CONFIG_UNSET: nothing is known. */
static uint64_t number_of(const struct column *c, const struct ve_view *ve)
{
	uint64_t number;

	if (c->disk)
		return list_disk_value(c->disk, c->part, ve);
	if (c->field)
		return list_number(c->field, ve);
	return list_resource_value(c, ve, &number) ? number : CONFIG_UNSET;
}

/* Lists stand in a file as somebody wrote them: one blank between two, "-" for none. */
static void put_words(char *buf, size_t size, const char *text)
{
	size_t n = 0;

	snprintf(buf, size, "-");
	for (size_t len; *(text += strspn(text, " \t")); text += len) {
		len = strcspn(text, " \t");
		if (n < size)
			n += snprintf(buf + n, size - n, "%s%.*s", n ? " " : "", (int)len, text);
	}
}

static void cell(char *buf, size_t size, const struct column *c, const struct ve_view *ve)
{
	uint64_t number;
	const char *text;

	if (is_text(c)) {
		text = list_text(c->field, ve);
		put_words(buf, size, text ? text : "");
		return;
	}
	number = number_of(c, ve);
	if (number == CONFIG_UNSET)
		snprintf(buf, size, "-");
	/* Of a resource the number, as vzlist has it: scripts compute with it. */
	else if (number == VZLITE_UNLIMITED && (c->field || c->disk))
		snprintf(buf, size, "unlimited");
	else
		snprintf(buf, size, "%" PRIu64, number);
}

/* The last column is not padded on its right: no line ends in blanks. */
static void put_cell(FILE *out, const struct column *c, const char *text, bool last)
{
	int width = c->field ? c->field->width : 10;

	if (last && width < 0)
		width = 0;
	fprintf(out, "%*s%c", width, text, last ? '\n' : ' ');
}

void list_names(FILE *out)
{
	struct column columns[LIST_COLUMNS_MAX];
	int n = list_all_columns(columns);
	char text[40];

	for (int i = 0; i < n; i++) {
		struct column *c = &columns[i];
		const char *name = c->field ? c->field->name : c->disk ? c->disk->name : resources[c->resource].name;

		for (const char *part = c->field ? "h" : c->disk ? "hsl" : "hmblf"; *part; part++) {
			char dot[3] = { '.', c->disk && *part == 'l' ? 'h' : *part, '\0' };
			int width = 20 - (int)strlen(name) - (*part == 'h' ? 0 : 2);

			c->part = *part;
			header(text, sizeof(text), c);
			fprintf(out, "%s%s%*s%s\n", name, *part == 'h' ? "" : dot, width > 1 ? width : 1, "", text);
		}
	}
}

int list_key(const struct column *column, const struct ve_view *ve, struct list_key *key)
{
	char text[CONFIG_LINE_MAX];

	/* What is not known comes first. */
	if (!is_text(column))
		key->number = number_of(column, ve) + 1;
	else
		key->number = column->field->count ? column->field->count(ve->config) + 1 : 0;
	cell(text, sizeof(text), column, ve);
	key->text = strdup(text);
	return key->text ? 0 : fail_memory();
}

bool list_shows_features(const struct column *columns, int n)
{
	for (int i = 0; i < n; i++)
		if (columns[i].field && columns[i].field->word == features_word)
			return true;
	return false;
}

bool list_shows_disk(const struct column *columns, int n)
{
	for (int i = 0; i < n; i++)
		if (columns[i].disk)
			return true;
	return false;
}

void list_header(FILE *out, const struct column *columns, int n)
{
	char text[40];

	for (int i = 0; i < n; i++) {
		header(text, sizeof(text), &columns[i]);
		put_cell(out, &columns[i], text, i == n - 1);
	}
}

void list_row(FILE *out, const struct column *columns, int n, const struct ve_view *ve)
{
	char text[CONFIG_LINE_MAX];

	for (int i = 0; i < n; i++) {
		cell(text, sizeof(text), &columns[i], ve);
		/* A list is one word but at the end, where it shifts no other column. */
		for (char *p = text; i < n - 1 && (p = strchr(p, ' ')); )
			*p = ',';
		put_cell(out, &columns[i], text, i == n - 1);
	}
}
