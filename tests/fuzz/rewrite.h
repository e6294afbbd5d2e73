/* The oracle of the JSON targets: parse -> write -> parse -> write gives the same text. */
#pragma once

#include "oci/oci.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline void demand(bool held, const char *what, const struct err *e)
{
	if (held)
		return;
	fprintf(stderr, "%s: %s\n", what, e->text);
	abort();
}

static inline bool one_safe_line(const struct err *e)
{
	for (const char *p = e->text; *p; p++)
		if (*p < 0x20 || *p > 0x7e)
			return false;
	return e->len > 0 && e->len == strlen(e->text);
}

static inline void rewrite_twice(const struct oci_type *type, const uint8_t *data, size_t size)
{
	own_arena a = arena_new();
	struct err e = ERR_INIT;
	char *once, *twice;
	size_t len;
	void *object;

	if (oci_parse(type, (const char *)data, size, a, &object, &e) < 0) {
		demand(one_safe_line(&e), "the error is not one printable line", &e);
		return;
	}
	demand(oci_write(type, object, 0, a, &once, &len, &e) == 0, "cannot write what was read", &e);
	demand(oci_parse(type, once, len, a, &object, &e) == 0, "cannot read what was written", &e);
	demand(oci_write(type, object, 0, a, &twice, NULL, &e) == 0, "cannot write again", &e);
	demand(strcmp(once, twice) == 0, "the second text differs", &e);
}
