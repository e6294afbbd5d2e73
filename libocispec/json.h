/* JSON text as a stream of events. */
#pragma once

#include "base/err.h"

#include <stddef.h>

enum json_kind { JSON_NULL, JSON_BOOLEAN, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

/* A handler ends the reading with a negative result, which oci_json_read() returns. */
struct json_handler {
	/* A scalar. Strings are decoded and may hold NUL bytes; of the others `text` is the literal as
	 * written. */
	int (*value)(void *arg, enum json_kind kind, const char *text, size_t len);
	int (*open)(void *arg, enum json_kind kind);
	int (*key)(void *arg, const char *text, size_t len);
	int (*close)(void *arg);
};

/* Read one document. Syntax errors, text that is not UTF-8 and trailing text are -EINVAL with line and
 * column. */
int oci_json_read(const char *text, size_t len, const struct json_handler *handler, void *arg, struct err *e);
