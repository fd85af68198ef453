/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writing JSON, for --json: a comma where one is due, strings escaped. */
#ifndef VZLITE_JSON_H
#define VZLITE_JSON_H

#include "util.h"

struct json {
	FILE *out;
	bool comma;	/* something stands before, at this level */
};

/* @key is NULL in arrays and at the top. */
void json_open(struct json *j, const char *key, char bracket);	/* '{' or '[' */
void json_close(struct json *j, char bracket);			/* '}' or ']' */
void json_string(struct json *j, const char *key, const char *value);	/* NULL: null */
void json_bool(struct json *j, const char *key, bool value);
/* A value that is JSON already. */
void json_text(struct json *j, const char *value);
void json_number(struct json *j, const char *key, uint64_t value);

#endif
