// SPDX-License-Identifier: GPL-2.0-or-later
/* The manual page and the completion are written by hand; what they must hold is
 * in the tables. */
#include "command.h"
#include "setting.h"
#include "table.h"
#include "unit.h"

static char *man, *completion;

static void setup(void)
{
	man = read_text(TOP, "userland/man/vzlite.8");
	completion = read_text(TOP, "userland/completion/vzlite.bash");
}

static void teardown(void)
{
	free(man);
	free(completion);
}

/* @word as a whole word of the completion. */
static bool completes(const char *word)
{
	size_t n = strlen(word);

	for (const char *p = completion; (p = strstr(p, word)); p++)
		if (strchr(" \t\n\"'(|", p[-1]) && strchr(" \t\n\"')|", p[n]))
			return true;
	return false;
}

/* roff writes a hyphen that can be copied as "\-". */
static bool documents(const char *option)
{
	char text[128];
	size_t n = 0;

	for (; *option && n + 3 < sizeof(text); option++) {
		if (*option == '-')
			text[n++] = '\\';
		text[n++] = *option;
	}
	text[n] = '\0';
	return strstr(man, text);
}

START_TEST(commands_stand_in_both)
{
	char line[64];

	for (size_t i = 0; i < command_count; i++) {
		snprintf(line, sizeof(line), ".SS \"%s", commands[i].name);
		ck_assert_msg(strstr(man, line) != NULL, "manual page: %s", commands[i].name);
		ck_assert_msg(completes(commands[i].name), "completion: %s", commands[i].name);
	}
}
END_TEST

static void check_option(const char *name)
{
	char option[64];

	snprintf(option, sizeof(option), "--%s", name);
	ck_assert_msg(documents(option), "manual page: %s", option);
	ck_assert_msg(completes(option), "completion: %s", option);
}

START_TEST(options_stand_in_both)
{
	for (size_t i = 0; i < setting_count; i++)
		if (settings[i].settable)
			check_option(settings[i].option);
	for (int r = 0; r < VZLITE_RESOURCE_COUNT; r++)
		if (resources[r].name)
			check_option(resources[r].name);
}
END_TEST

START_TEST(keys_stand_in_the_manual)
{
	for (size_t i = 0; i < setting_count; i++)
		/* Those of memory are resources' keys. */
		ck_assert_msg(settings[i].memory || strstr(man, settings[i].key), "%s", settings[i].key);
}
END_TEST

/* Every option that a command's own line of usage shows. */
START_TEST(usage_stands_in_both)
{
	for (size_t i = 0; i < command_count; i++) {
		for (const char *p = commands[i].arguments; (p = strstr(p, "--")); p += 2) {
			size_t n = strspn(p + 2, "abcdefghijklmnopqrstuvwxyz-");
			char name[40];

			if (!n || n >= sizeof(name))
				continue;
			snprintf(name, sizeof(name), "%.*s", (int)n, p + 2);
			check_option(name);
		}
	}
}
END_TEST

static bool helps(const char *command, const char *text)
{
	cleanup_free char *help = NULL;
	size_t size;
	FILE *out = open_memstream(&help, &size);

	command_help(out, command_find(command));
	ck_assert(!fclose(out));
	return strstr(help, text);
}

/* What the command itself takes, and what it does not. */
START_TEST(help_says_it)
{
	static const char *const list[] = {
		"-a, --all", "-S, --stopped", "-H, --no-header", "-1 ", "-n, --name", "-o, --output",
		"-s, --sort", "-j, --json", "-L, --list",
	};

	for (size_t i = 0; i < ARRAY_SIZE(list); i++)
		ck_assert_msg(helps("list", list[i]), "help list: %s", list[i]);
	ck_assert(helps("set", "--bindmount_add SRC:DST[,ro][,noexec] "));
	ck_assert(helps("set", "views (its own /proc), fuse"));
	ck_assert(helps("adopt", "--features views:on|off "));
	ck_assert(!helps("adopt", "nesting") && !helps("adopt", "fuse"));
}
END_TEST

Suite *documentation_suite(void)
{
	Suite *suite = suite_create("documentation");
	TCase *tcase = tcase_create("documentation");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, commands_stand_in_both);
	tcase_add_test(tcase, options_stand_in_both);
	tcase_add_test(tcase, keys_stand_in_the_manual);
	tcase_add_test(tcase, usage_stands_in_both);
	tcase_add_test(tcase, help_says_it);
	suite_add_tcase(suite, tcase);
	return suite;
}
