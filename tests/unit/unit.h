/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the unit tests share. */
#ifndef VZLITE_UNIT_H
#define VZLITE_UNIT_H

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "util.h"

/* One suite a file; main.c has the list. */
Suite *units_suite(void);
Suite *resource_suite(void);
Suite *config_suite(void);
Suite *config_find_suite(void);
Suite *options_suite(void);
Suite *message_suite(void);
Suite *info_suite(void);
Suite *request_suite(void);
Suite *table_suite(void);
Suite *tree_suite(void);
Suite *template_suite(void);
Suite *template_bad_suite(void);
Suite *template_acl_suite(void);
Suite *template_doubt_suite(void);
Suite *template_build_suite(void);
Suite *run_suite(void);
Suite *progress_suite(void);
Suite *filter_suite(void);
Suite *relay_suite(void);
Suite *signals_suite(void);
Suite *terminal_suite(void);
Suite *keys_suite(void);
Suite *copy_suite(void);
Suite *cgroup_suite(void);
Suite *idrange_suite(void);
Suite *error_suite(void);
Suite *notify_suite(void);
Suite *event_suite(void);
Suite *on_limit_suite(void);
Suite *line_suite(void);
Suite *fold_suite(void);
Suite *pace_suite(void);
Suite *queue_suite(void);
Suite *set_suite(void);
Suite *feature_suite(void);
Suite *adopted_suite(void);
Suite *address_suite(void);
Suite *netif_suite(void);
Suite *disk_suite(void);
Suite *io_suite(void);
Suite *device_suite(void);
Suite *bindmount_suite(void);
Suite *action_suite(void);
Suite *hosts_suite(void);
Suite *resolver_suite(void);
Suite *documentation_suite(void);

/* A new directory below TMPDIR; removed, with what is in it, by the end of the test
 * that calls scratch_remove. */
void scratch_make(char path[256]);
void scratch_remove(const char *path);
void write_text(const char *dir, const char *name, const char *text);
/* malloc'ed; fails the test when there is no such file. */
char *read_text(const char *dir, const char *name);

/* A test's fixture: config_set_dir() is the scratch directory @site, with an empty conf/. */
extern char site[256], site_conf[300];
void site_make(void);
void site_remove(void);

/* Of setting.h's change, which said @why and made @then: that is @want, or it was refused
 * (NULL). Frees @then. */
void change_is(const char *why, char *then, const char *want);
/* config_set_option() of it returns @want, with a line that holds @part. */
struct config;
void option_refused(struct config *c, const char *option, const char *value, int want,
		    const char *part);

/* A message to the family of that number, with no attribute yet; the caller frees it. */
#define MESSAGE_FAMILY 42
struct nl_msg *message_start(int command);

/* follow_now() is that much later than it is. */
extern int64_t clock_passed;

/* A stream whose text the second compares, and closes. One at a time. */
FILE *output_begin(void);
void output_is(FILE *out, const char *want);

/* Between the two stderr goes to a file; errors_end gives what came, malloc'ed. */
void errors_begin(void);
char *errors_end(void);
/* The text must be one line, "vzlite: " first, that holds @part. Frees it. */
void expect_line(char *text, const char *part);

#endif
