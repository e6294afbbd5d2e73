/* Tables of {name, value}, read in both directions. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct name {
	const char *name;
	int64_t value;
};

/* Tables end with a NULL name. The first match wins. */
bool names_value(const struct name *table, const char *name, int64_t *ret);
bool names_value_nocase(const struct name *table, const char *name, int64_t *ret);
const char *names_name(const struct name *table, int64_t value); /* NULL if there is none */
