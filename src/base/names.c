/* Tables of {name, value}. */
#include "base/names.h"

#include <string.h>
#include <strings.h>

bool names_value(const struct name *table, const char *name, int64_t *ret)
{
	for (; table->name; table++)
		if (strcmp(table->name, name) == 0) {
			*ret = table->value;
			return true;
		}
	return false;
}

bool names_value_nocase(const struct name *table, const char *name, int64_t *ret)
{
	for (; table->name; table++)
		if (strcasecmp(table->name, name) == 0) {
			*ret = table->value;
			return true;
		}
	return false;
}

const char *names_name(const struct name *table, int64_t value)
{
	for (; table->name; table++)
		if (table->value == value)
			return table->name;
	return NULL;
}
