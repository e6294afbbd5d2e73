/* Run another program to its end: a hook, newuidmap. */
#pragma once

#include "base/err.h"

#include <stddef.h>

struct helper {
	const char *path;  /* absolute */
	char *const *args; /* NULL-terminated, args[0] is the program's own name; NULL: the path alone */
	char *const *env;  /* NULL: ours */
	const char *dir;   /* working directory, NULL: ours */
	const char *input; /* its standard input, NULL: /dev/null */
	int timeout;       /* seconds, 0: none */
	const char *out_file, *err_file; /* appended to instead of being caught; NULL: caught */
};

/*
 * Waits for the program; only that one, not for what it left in the background. It gets its own process
 * group, which is killed when the time is up. Nothing but the three standard descriptors reaches it; stdout
 * and stderr are caught. Errors: what went wrong, with the tail of its output: "exit status 3: no such
 * bridge".
 */
int helper_run(const struct helper *h, struct err *e);
