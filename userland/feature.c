// SPDX-License-Identifier: GPL-2.0-or-later
#include <ctype.h>
#include <string.h>

#include "feature.h"

static const struct {
	const char *name;
	bool on;		/* when nothing is said */
} features[FEATURE_COUNT] = {
	[FEATURE_VIEWS] = { "views", true },
	[FEATURE_FUSE] = { "fuse", false },
	[FEATURE_TUN] = { "tun", false },
	[FEATURE_NESTING] = { "nesting", false },
};
#define NAMES "views, fuse, tun, nesting"
#define SEPARATORS " \t,"	/* OpenVZ knows both */

/* One NAME:on|off of a list. */
struct word {
	const char *text;
	size_t len, name_len;
	bool on;
};

/* The next word of *@list. False at the end; a word that is none has a name of no length. */
static bool next_word(const char **list, struct word *w)
{
	const char *colon;

	w->text = *list += strspn(*list, SEPARATORS);
	w->len = strcspn(w->text, SEPARATORS);
	w->name_len = 0;
	if (!w->len)
		return false;
	*list += w->len;
	colon = memchr(w->text, ':', w->len);
	if (!colon)
		return true;
	w->on = w->len - (colon - w->text) == 3 && !memcmp(colon, ":on", 3);
	if (!w->on && (w->len - (colon - w->text) != 4 || memcmp(colon, ":off", 4)))
		return true;
	for (const char *p = w->text; p < colon; p++)
		if (!isalnum((unsigned char)*p) && *p != '_' && *p != '-')
			return true;
	w->name_len = colon - w->text;
	return true;
}

static bool names(const struct word *w, const char *name)
{
	return strlen(name) == w->name_len && !memcmp(w->text, name, w->name_len);
}

/* The last that @list says of @name, or @now. */
static bool look_up(const char *list, const char *name, bool now)
{
	struct word w;

	while (next_word(&list, &w))
		if (names(&w, name))
			now = w.on;
	return now;
}

bool features_valid(const char *list)
{
	struct word w;

	while (next_word(&list, &w))
		if (!w.name_len)
			return false;
	return true;
}

bool features_on(const char *list, enum feature feature)
{
	return look_up(list ? list : "", features[feature].name, features[feature].on);
}

bool features_views(const char *list)
{
	return features_on(list, FEATURE_VIEWS);
}

static bool known(const struct word *w)
{
	for (size_t i = 0; i < ARRAY_SIZE(features); i++)
		if (names(w, features[i].name))
			return true;
	return false;
}

bool features_at_start(const char *given)
{
	struct word w;

	while (next_word(&given, &w))
		if (w.name_len && known(&w) && !names(&w, features[FEATURE_VIEWS].name))
			return true;
	return false;
}

void features_text(bool views, const char *list, char text[FEATURES_TEXT])
{
	int n = snprintf(text, FEATURES_TEXT, "views:%s", views ? "on" : "off");

	for (int i = FEATURE_VIEWS + 1; i < FEATURE_COUNT; i++)
		if (features_on(list, i))
			n += snprintf(text + n, FEATURES_TEXT - n, " %s:on", features[i].name);
}

static bool mentions(const char *list, const char *name)
{
	return look_up(list, name, true) == look_up(list, name, false);
}

bool features_name(const char *given, enum feature feature)
{
	return mentions(given, features[feature].name);
}

static const char *check_given(const char *given, char *reason, size_t size)
{
	struct word w;
	bool any = false;

	for (; next_word(&given, &w); any = true) {
		if (w.name_len && known(&w))
			continue;
		snprintf(reason, size, w.name_len ? "%.*s: no such feature (" NAMES ")" :
			 "%.*s is no NAME:on|off", (int)(w.len > 60 ? 60 : w.len), w.text);
		return reason;
	}
	return any ? NULL : "must be NAME:on|off";
}

const char *features_change(const char *list, const char *given, char **out, char *reason,
			    size_t size)
{
	const char *why = check_given(given, reason, size), *rest = list = list ? list : "";
	size_t text_size;
	struct word w;
	FILE *file;

	if (why)
		return why;
	*out = NULL;
	file = open_memstream(out, &text_size);
	if (!file)
		return "out of memory";
	/* OpenVZ's own stay where they are. */
	while (next_word(&rest, &w))
		if (w.name_len && !known(&w))
			fprintf(file, "%s%.*s", ftell(file) > 0 ? " " : "", (int)w.len, w.text);
	for (size_t i = 0; i < ARRAY_SIZE(features); i++) {
		bool on = look_up(list, features[i].name, features[i].on);

		on = look_up(given, features[i].name, on);
		if (mentions(list, features[i].name) || mentions(given, features[i].name))
			fprintf(file, "%s%s:%s", ftell(file) > 0 ? " " : "", features[i].name,
				on ? "on" : "off");
	}
	if (!fclose(file) && *out)
		return NULL;
	free(steal_ptr(*out));
	return "out of memory";
}
