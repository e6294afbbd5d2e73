/* One verb on many containers: crun's --regex. */
#pragma once

#include "cmd/cmd.h"

/*
 * Call `act` with every id that the extended regular expression `pattern` matches (regex(7), anywhere in the
 * id). All are tried; the first failure is the answer. A pattern that matches nothing is no error.
 */
int match_each(struct call *c, const char *pattern, int (*act)(struct call *c, const char *id, struct err *e),
	       struct err *e);
