// SPDX-License-Identifier: GPL-2.0-or-later
#include <time.h>

#include "json.h"
#include "options.h"
#include "template/store.h"
#include "template/subcommand.h"

static void format_date(char *buf, size_t size, int64_t seconds)
{
	time_t date = seconds;
	struct tm tm;

	if (!localtime_r(&date, &tm) || !strftime(buf, size, "%Y-%m-%d %H:%M", &tm))
		snprintf(buf, size, "-");
}

static void print_table(const struct stored *list, size_t n)
{
	char date[32];

	printf("%-32s %-16s %5s\n", "NAME", "DATE", "VES");
	for (size_t i = 0; i < n; i++) {
		format_date(date, sizeof(date), list[i].date);
		printf("%-32s %-16s %5zu\n", list[i].name, date, list[i].ves);
	}
}

static void print_json(const struct stored *list, size_t n)
{
	struct json j = { .out = stdout };

	json_open(&j, NULL, '[');
	for (size_t i = 0; i < n; i++) {
		json_open(&j, NULL, '{');
		json_string(&j, "name", list[i].name);
		json_number(&j, "date", list[i].date);
		json_number(&j, "ves", list[i].ves);
		json_close(&j, '}');
	}
	json_close(&j, ']');
	putchar('\n');
}

int template_list(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "json", no_argument, NULL, 'j' },
		{ },
	};
	struct stored *list;
	bool json = false;
	size_t n;
	int opt, status, unread;

	while ((opt = option_next(argc, argv, "j", longs)) != -1) {
		if (opt == '?')
			return EXIT_BAD_OPTION;
		json = true;
	}
	status = option_end(argc, argv);
	if (status)
		return status;
	status = store_list(&list, &n, &unread);
	if (!status)
		(json ? print_json : print_table)(list, n);
	store_list_free(list, n);
	return status ? status : unread;
}

int template_delete(int argc, char **argv)
{
	static const struct option none[] = { { } };
	const char *name;
	int status;

	if (option_next(argc, argv, "", none) != -1)
		return EXIT_BAD_OPTION;
	status = template_name(argc, argv, &name);
	if (!status)
		status = option_end(argc, argv);
	return status ? status : store_delete(name);
}
