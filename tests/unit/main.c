// SPDX-License-Identifier: GPL-2.0-or-later
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <sys/stat.h>

#include "config.h"
#include "error.h"
#include "tree.h"
#include "unit.h"

static int saved_stderr = -1;
static FILE *captured;

void scratch_make(char path[256])
{
	const char *base = getenv("TMPDIR");

	snprintf(path, 256, "%s/vzlite-unit.XXXXXX", base ? base : "/tmp");
	ck_assert_msg(mkdtemp(path) != NULL, "mkdtemp %s", path);
}

void scratch_remove(const char *path)
{
	ck_assert_int_eq(tree_remove(AT_FDCWD, ".", path), 0);
}

void write_text(const char *dir, const char *name, const char *text)
{
	char path[512];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	ck_assert_msg(f != NULL, "%s", path);
	ck_assert(fputs(text, f) >= 0 && !fclose(f));
}

char *read_text(const char *dir, const char *name)
{
	char path[512], *text = calloc(1, 1 << 20);
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "r");
	ck_assert_msg(f && text, "%s", path);
	ck_assert(fread(text, 1, (1 << 20) - 1, f) < (1 << 20) - 1);
	fclose(f);
	return text;
}

void errors_begin(void)
{
	captured = tmpfile();
	fflush(stderr);
	saved_stderr = dup(STDERR_FILENO);
	ck_assert(captured && saved_stderr >= 0);
	ck_assert(dup2(fileno(captured), STDERR_FILENO) >= 0);
}

char *errors_end(void)
{
	char *text = calloc(1, 65536);

	fflush(stderr);
	dup2(saved_stderr, STDERR_FILENO);
	close(saved_stderr);
	rewind(captured);
	ck_assert(text && fread(text, 1, 65535, captured) < 65535);
	fclose(captured);
	return text;
}

void expect_line(char *text, const char *part)
{
	size_t n = strlen(text);

	ck_assert_msg(!strncmp(text, "vzlite: ", 8) && strchr(text, '\n') == text + n - 1,
		      "not one line: \"%s\"", text);
	ck_assert_msg(strstr(text, part) != NULL, "\"%s\" lacks \"%s\"", text, part);
	free(text);
}

static void write_result(int passed, int failed)
{
	const char *path = getenv("UNIT_RESULT");
	FILE *f = path ? fopen(path, "w") : NULL;

	if (!f)
		return;
	fprintf(f, "%d %d\n", passed, failed);
	fclose(f);
}

int main(void)
{
	SRunner *runner = srunner_create(units_suite());
	int run, failed;

	/* nohup, or a shell without job control, has all that it starts ignore them. */
	signal(SIGHUP, SIG_DFL);
	signal(SIGINT, SIG_DFL);
	signal(SIGQUIT, SIG_DFL);
	operation = "unit";
	setlocale(LC_CTYPE, "C.UTF-8");	/* as vzlite-template does */
	srunner_add_suite(runner, resource_suite());
	srunner_add_suite(runner, config_suite());
	srunner_add_suite(runner, config_find_suite());
	srunner_add_suite(runner, options_suite());
	srunner_add_suite(runner, message_suite());
	srunner_add_suite(runner, info_suite());
	srunner_add_suite(runner, request_suite());
	srunner_add_suite(runner, table_suite());
	srunner_add_suite(runner, tree_suite());
	srunner_add_suite(runner, template_suite());
	srunner_add_suite(runner, template_bad_suite());
	srunner_add_suite(runner, template_acl_suite());
	srunner_add_suite(runner, template_doubt_suite());
	srunner_add_suite(runner, template_build_suite());
	srunner_add_suite(runner, run_suite());
	srunner_add_suite(runner, progress_suite());
	srunner_add_suite(runner, filter_suite());
	srunner_add_suite(runner, relay_suite());
	srunner_add_suite(runner, signals_suite());
	srunner_add_suite(runner, terminal_suite());
	srunner_add_suite(runner, keys_suite());
	srunner_add_suite(runner, copy_suite());
	srunner_add_suite(runner, cgroup_suite());
	srunner_add_suite(runner, idrange_suite());
	srunner_add_suite(runner, error_suite());
	srunner_add_suite(runner, notify_suite());
	srunner_add_suite(runner, event_suite());
	srunner_add_suite(runner, on_limit_suite());
	srunner_add_suite(runner, line_suite());
	srunner_add_suite(runner, fold_suite());
	srunner_add_suite(runner, pace_suite());
	srunner_add_suite(runner, queue_suite());
	srunner_add_suite(runner, set_suite());
	srunner_add_suite(runner, feature_suite());
	srunner_add_suite(runner, adopted_suite());
	srunner_add_suite(runner, address_suite());
	srunner_add_suite(runner, netif_suite());
	srunner_add_suite(runner, disk_suite());
	srunner_add_suite(runner, io_suite());
	srunner_add_suite(runner, device_suite());
	srunner_add_suite(runner, bindmount_suite());
	srunner_add_suite(runner, action_suite());
	srunner_add_suite(runner, hosts_suite());
	srunner_add_suite(runner, resolver_suite());
	srunner_add_suite(runner, documentation_suite());
	srunner_run_all(runner, CK_ENV);
	run = srunner_ntests_run(runner);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	printf("%d passed, %d failed\n", run - failed, failed);
	write_result(run - failed, failed);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
