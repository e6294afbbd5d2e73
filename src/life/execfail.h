/* Why execve() refused: what one errno leaves open. */
#pragma once

#include "base/arena.h"

#include <stdbool.h>

/*
 * ": its interpreter /bin/x does not exist" and the like, in `a`; "" if there is no more to say than the
 * errno. Reads the program; `filtered`: a seccomp filter is in force, which may kill us for it, so whatever
 * is known already has to be told before.
 */
const char *execfail_cause(int code, const char *program, bool filtered, struct arena *a);
