/* What a command has to say, to standard output: one write, and a reader that is gone is an error. */
#pragma once

#include "base/err.h"

#include <stddef.h>

/* `fd` is 1 for results, 2 for main's complaints. A closed pipe gives EPIPE instead of a silent death. */
int output_write(int fd, const char *text, size_t len, struct err *e);
