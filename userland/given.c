// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "disk.h"
#include "error.h"
#include "feature.h"
#include "given.h"
#include "options.h"
#include "setting.h"

enum { VALUE = 'v', SAVE = 's', CGROUP = 'c', IGNORED = 'i' };

static void make_longs(struct option *longs, enum given_by by)
{
	if (by == GIVEN_SET)
		*longs++ = (struct option){ "save", no_argument, NULL, SAVE };
	if (by == GIVEN_ADOPT)
		*longs++ = (struct option){ "cgroup", required_argument, NULL, CGROUP };
	for (size_t i = 0; i < setting_count; i++)
		if (settings[i].settable || (by == GIVEN_CREATE && settings[i].option))
			*longs++ = (struct option){ settings[i].option, required_argument, NULL, VALUE };
	for (int r = 0; r < VZLITE_RESOURCE_COUNT; r++)
		if (resources[r].name)
			*longs++ = (struct option){ resources[r].name, required_argument, NULL, VALUE };
	*longs++ = (struct option){ "avnumproc", required_argument, NULL, IGNORED };
	*longs = (struct option){ };
}

int given_parse(int argc, char **argv, enum given_by by, struct given *g)
{
	struct option longs[GIVEN_MAX];
	int opt, which;

	make_longs(longs, by);
	while ((opt = option_next_index(argc, argv, "", longs, &which)) != -1) {
		if (opt == '?')
			return EXIT_BAD_OPTION;
		if (opt == SAVE) {
			g->save = true;
			continue;
		}
		if (opt == IGNORED) {
			g->ignored = true;
			warn("%s: --%s limits nothing, as in OpenVZ, and is left out", operation, longs[which].name);
			continue;
		}
		if (opt == CGROUP) {
			g->cgroup = optarg;
			continue;
		}
		if (g->n == GIVEN_MAX)
			return fail(EXIT_BAD_OPTION, "%s: too many options", operation);
		g->list[g->n].option = longs[which].name;
		g->list[g->n++].value = optarg;
	}
	return 0;
}

/* All values of the option that is the @first-th, unless it has come before. */
static int apply_joined(const struct given *g, size_t first, struct config *c)
{
	const char *option = g->list[first].option;
	cleanup_free char *text = NULL;
	size_t size;
	FILE *out;

	for (size_t i = 0; i < first; i++)
		if (!strcmp(g->list[i].option, option))
			return 0;
	out = open_memstream(&text, &size);
	for (size_t i = first; out && i < g->n; i++)
		if (!strcmp(g->list[i].option, option))
			fprintf(out, "%s%s", i == first ? "" : " ", g->list[i].value);
	if (!out || fclose(out))
		return fail_memory();
	return config_set_option(c, option, text);
}

int given_apply(const struct given *g, struct config *c)
{
	int status = 0;

	for (size_t i = 0; !status && i < g->n; i++) {
		const struct setting *s = setting_by_option(g->list[i].option);

		status = s && s->join ? apply_joined(g, i, c) :
			 config_set_option(c, g->list[i].option, g->list[i].value);
	}
	return status;
}

/* What the cgroup enforces, or one of the namespaces, was set by who made them, and
 * would be set anew by them at any time. */
bool given_engines(const char *option)
{
	const struct setting *s = setting_by_option(option);
	int r = resource_find(s && s->memory ? s->key : option);

	if (r < 0)
		return !s->adopted;
	return cgroup_limits_of(r) || r == VZLITE_SHMPAGES || r == VZLITE_NUMSIGINFO;
}

int given_check_adopted(const struct given *g, uint32_t ctid)
{
	for (size_t i = 0; i < g->n; i++) {
		const struct setting *s = setting_by_option(g->list[i].option);

		if (given_engines(g->list[i].option) ||
		    (s && s->apply == APPLY_FEATURES && features_at_start(g->list[i].value)))
			return fail(EXIT_BAD_OPTION, "%s %u: --%s: is for the engine that made the "
				    "container (podman update, incus config set, lxc-cgroup, "
				    "systemctl set-property)", operation, ctid, g->list[i].option);
	}
	return 0;
}

void given_warn(const struct given *g, const struct config *c)
{
	char names[128] = "";
	bool disk = false;
	size_t n = 0;

	for (size_t i = 0; i < g->n; i++) {
		const struct setting *s = setting_by_option(g->list[i].option);
		int r = s ? -1 : resource_find(g->list[i].option);

		disk |= s && s->apply == APPLY_DISK && s->offset != offsetof(struct config, diskquota);
		if (r >= 0 && resources[r].limited == LIMITED_BY_NOBODY &&
		    c->bound[r].barrier < VZLITE_UNLIMITED && n < sizeof(names))
			n += snprintf(names + n, sizeof(names) - n, "%s%s", n ? ", " : "", resources[r].name);
	}
	if (disk && disk_off(c))
		warn("%s %u: kept, but nothing is limited by it: DISK_QUOTA is no (--diskquota yes)", operation,
		     c->ctid);
	if (n)
		warn("%s %u: %s: kept and shown, but nothing is limited by it (--ram limits all memory, the "
		     "kernel's for the VE, too)", operation, c->ctid, names);
}

int given_check_name(const struct config *c)
{
	uint32_t other;
	int status;

	if (!c->name || !*c->name)
		return 0;
	status = config_find_name(c->name, &other);
	if (status || !other || other == c->ctid)
		return status;
	return fail(EXIT_BAD_NAME, "%s %u: --name %s: is the name of VE %u", operation, c->ctid,
		    c->name, other);
}
