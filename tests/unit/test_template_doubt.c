// SPDX-License-Identifier: GPL-2.0-or-later
/* What import and build say of a template that will not do as it is. */
#include <archive_entry.h>
#include <signal.h>
#include <sys/wait.h>

#include "template/store.h"
#include "templates.h"

#define OLD "its systemd 219 needs cgroup v1: its VEs do not come up"
#define SAYS(version) "systemd: " version " running in %ssystem mode. (+PAM"
#define INIT { "sbin/init", AE_IFREG, 0755, NULL, "x" }
#define LINK(to) { "sbin/init", AE_IFLNK, 0777, to, NULL }
#define FILE_OF(path, data) { path, AE_IFREG, 0755, NULL, data }

static const struct {
	const char *said;	/* "": nothing; a "|" stands between lines */
	struct entry entries[4];
} doubted[] = {
	{ "", { INIT } },
	{ "there is no /sbin/init: its VEs need --init", { FILE_OF("etc/passwd", "x") } },
	{ "there is no /sbin/init", { LINK("../../../bin/true") } },
	{ "there is no /sbin/init", { { "sbin/init", AE_IFREG, 0644, NULL, "x" } } },
	{ OLD, { LINK("../usr/lib/systemd/systemd"), FILE_OF("usr/lib/systemd/systemd", SAYS("systemd 219")) } },
	{ OLD, { LINK("/lib/systemd/systemd"), FILE_OF("lib/systemd/systemd", SAYS("systemd 219-2~x")) } },
	{ OLD, { FILE_OF("sbin/init", SAYS("systemd 219")) } },
	{ "its systemd 229 needs", { FILE_OF("sbin/init", SAYS("systemd 229")) } },
	{ "its systemd 44 needs", { FILE_OF("sbin/init", "systemd 44 running in system mode. (+PAM") } },
	{ "", { FILE_OF("sbin/init", SAYS("systemd 219, systemd 230")) } },
	{ "", { FILE_OF("sbin/init", SAYS("systemd 230")) } },
	{ "", { FILE_OF("sbin/init", SAYS("systemd 257.13-1~deb13u1")) } },
	{ "", { FILE_OF("sbin/init", SAYS("system 219")) } },
	{ "", { FILE_OF("sbin/init", SAYS("systemd x")) } },
	{ "", { FILE_OF("sbin/init", "systemd 219") } },
	{ "", { FILE_OF("sbin/init", " running in %ssystem mode") } },
	{ "/etc/machine-id is not empty: all its VEs have the same",
	  { INIT, FILE_OF("etc/machine-id", "0123456789abcdef0123456789abcdef\n") } },
	{ "", { INIT, FILE_OF("etc/machine-id", "") } },
	{ "", { INIT, FILE_OF("etc/machine-id", "uninitialized\n") } },
	{ "", { INIT, { "etc/machine-id", AE_IFIFO, 0600, NULL, NULL } } },
	{ "", { INIT, { "etc/machine-id", AE_IFLNK, 0777, "/../../../../etc/passwd", NULL } } },
	{ "there is /etc/ssh/ssh_host_ed25519_key: all its VEs have the same",
	  { INIT, FILE_OF("etc/ssh/ssh_host_ed25519_key.pub", "x"), FILE_OF("etc/ssh/ssh_host_ed25519_key", "x") } },
	{ "", { INIT, FILE_OF("etc/ssh/ssh_host_ed25519_key.pub", "x"), FILE_OF("etc/ssh/sshd_config", "x") } },
	{ "there is no /sbin/init|/etc/machine-id is not empty|there is /etc/ssh/ssh_host_rsa_key",
	  { FILE_OF("etc/machine-id", "0123"), FILE_OF("etc/ssh/ssh_host_rsa_key", "x") } },
};

START_TEST(doubts)
{
	char *text, *line, *said = strdup(doubted[_i].said), *want = said, *next, *rest;

	write_archive(doubted[_i].entries, ARRAY_SIZE(doubted[_i].entries));
	errors_begin();
	ck_assert_int_eq(template_imported("t", template_file), 0);
	text = rest = errors_end();
	while ((line = strsep(&rest, "\n")) && *line) {
		next = strsep(&want, "|");
		ck_assert_msg(next && *next && strstr(line, next), "%s", line);
		ck_assert(strstr(line, "template t: "));
	}
	ck_assert_msg(!want || !*want, "%s", want);
	free(text);
	free(said);
	ck_assert_int_eq(store_delete("t"), 0);
}
END_TEST

/* While anything is renamed the kernel may not look through a "..", and wants to be asked again. */
START_TEST(renames)
{
	static const struct entry entries[] = {
		LINK("../usr/../usr/../usr/../usr/lib/systemd/systemd"), FILE_OF("usr/lib/systemd/systemd", "x"),
	};
	char one[300], other[300], *said;
	pid_t pid;

	snprintf(one, sizeof(one), "%s/one", template_home);
	snprintf(other, sizeof(other), "%s/other", template_home);
	write_text(template_home, "one", "x");
	write_archive(entries, ARRAY_SIZE(entries));
	pid = fork();
	ck_assert(pid >= 0);
	while (!pid)
		if (rename(one, other) || rename(other, one))
			_exit(1);
	for (int i = 0; i < 20; i++) {
		errors_begin();
		ck_assert_int_eq(template_imported("t", template_file), 0);
		said = errors_end();
		ck_assert_str_eq(said, "");
		free(said);
		ck_assert_int_eq(store_delete("t"), 0);
	}
	ck_assert(!kill(pid, SIGKILL) && waitpid(pid, NULL, 0) == pid);
}
END_TEST

Suite *template_doubt_suite(void)
{
	Suite *suite = suite_create("template_doubt");
	TCase *c = templates_case(suite);

	if (!c)
		return suite;
	tcase_add_loop_test(c, doubts, 0, ARRAY_SIZE(doubted));
	tcase_add_test(c, renames);
	return suite;
}
